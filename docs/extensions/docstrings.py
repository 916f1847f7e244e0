"""Docstrings of the reference: they mark code as Markdown does, and Sphinx reads reStructuredText."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_CODE = re.compile(r"(?<![`\w])`([^`\n]+)`(?!`)")
_MARKED = re.compile(r"(``.*?``)")  # code, once it is written as reStructuredText has it
_SPECIAL = re.compile(r"([*|\\]|_(?=\W|$)|^\s*(?=\w\.\s))")  # the last: initials, which would number a list


def setup(app: Sphinx) -> dict[str, Any]:
    """Have docstrings translated as they are read."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", translate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def translate(app: Sphinx, what: str, name: str, documented: Any, options: Any, lines: list[str]) -> None:
    """Translate the lines of a docstring where they stand, but for its examples."""
    is_example = False
    for k, line in enumerate(lines):
        is_example = bool(line.strip()) and (is_example or line.lstrip().startswith(">>>"))
        if not is_example:
            lines[k] = translated(line)


def translated(line: str) -> str:
    """Return a line of text with its code marked as reStructuredText has it; what is special there means nothing.

    >>> translated("Return `x` times *n*, of `Value`s.")
    'Return ``x`` times \\\\*n\\\\*, of ``Value``\\\\ s.'
    """
    marked = _CODE.sub(r"``\1``", line)
    parts = _MARKED.split(marked)
    for k, part in enumerate(parts):
        if k % 2 == 0:
            parts[k] = _SPECIAL.sub(r"\\\1", part)
            if k and part[:1].isalnum():
                parts[k] = rf"\ {parts[k]}"
    return "".join(parts)
