"""Formulas as MathML, which browsers show by themselves: pages need no script and no network for them.

docutils turns LaTeX into MathML; a formula that it cannot read ends the build.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

_NAME = re.compile(r"(?<=\\operatorname)\{[^{}]*\}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Make Sphinx show formulas in this way."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def visit_math(translator: Any, node: nodes.math) -> None:
    """Write a formula within a line."""
    translator.body.append(mathml(node.astext(), is_block=False))
    raise nodes.SkipNode


def visit_math_block(translator: Any, node: nodes.math_block) -> None:
    """Write a formula on a line of its own."""
    translator.body.append(f'<div class="math">{mathml(node.astext(), is_block=True)}</div>\n')
    raise nodes.SkipNode


def mathml(latex: str, *, is_block: bool) -> str:
    """Return a formula as MathML; ExtensionError if it cannot be read."""
    # docutils takes the name of an operator as it stands, with the backslashes that LaTeX wants.
    plain = _NAME.sub(lambda name: name[0].replace("\\_", "_"), latex)
    try:
        return str(tex2mathml(plain, as_block=is_block))
    except MathError as error:
        raise ExtensionError(f"{error} in the formula {latex}") from error
