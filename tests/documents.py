"""The commands that documents show, what they show below them, and the scripts that the commands are about.

A block marked `console` shows what comes out to the letter. In one marked `text` the numbers are those of one machine:
the words are compared. In both `...` stands for anything, long lines are wrapped, and what goes to stderr is left out.
"""

import re
from collections.abc import Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from typing import NamedTuple

from tests.command_line import ROOT

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SCRIPT = re.compile(r"^```python\n(# (\S+\.py)\n.*?)^```$", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"[-+]?\b\d[\d,.]*(e[-+]?\d+)?")


class Shown(NamedTuple):
    """A line for a shell with the command in it, and what the document shows that it prints, None if nothing."""

    line: str
    output: str | None
    is_exact: bool

    def prints(self, output: str) -> bool:
        """Tell whether this output is what the document shows."""
        if self.output is None:
            return True
        texts = (self.output, output) if self.is_exact else (_NUMBER.sub("0", text) for text in (self.output, output))
        return OutputChecker().check_output(*texts, ELLIPSIS | NORMALIZE_WHITESPACE)


def shown_in(document: str) -> Iterator[Shown]:
    """Yield the commands of a document in their order."""
    for kind, block in _BLOCK.findall((ROOT / document).read_text(encoding="utf-8")):
        if "$ " in block and kind in ("console", "text"):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                line, _, output = part.partition("\n")
                yield Shown(line, output, kind == "console")
        elif not kind:
            yield from (Shown(line, None, True) for line in block.splitlines() if "micrograd-plus " in line)


def write_scripts(document: str, folder: Path) -> list[str]:
    """Write the scripts that a document shows, blocks that begin with `# name.py`, and return their names."""
    names = []
    for content, name in _SCRIPT.findall((ROOT / document).read_text(encoding="utf-8")):
        (folder / name).write_text(content, encoding="utf-8")
        names.append(name)
    return names
