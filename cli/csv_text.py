"""Tables as the text of a CSV file, in which no text is a formula for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

# What a spreadsheet would compute, at the start of a cell, or of what it takes for one where it separates by another
# sign than the comma: the signs of OWASP's page on CSV injection, of full width too, also behind blanks.
_FORMULA = re.compile(r"^(?=\n)|(^|[;,\t\r\n])(?=[^\S\t\r\n]*[=+\-@＝＋－＠]|[\t\r])")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf|nan)", re.IGNORECASE | re.ASCII)


def csv_text(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a header and rows as RFC 4180 writes them, but for the ends of lines; None is an empty cell.

    A text that a spreadsheet would compute is led by an apostrophe, which makes it a text there; numbers are left.

    >>> csv_text(["class", "n"], [["a, b", 1], ["=1+2", -1.5]])
    'class,n\\n"a, b",1\\n\\'=1+2,-1.5\\n'
    """
    return "".join(_line(cells) for cells in [header, *rows])


def csv_content(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Return what `csv_text` does in UTF-8, where half a sign, which a name in a model may hold, becomes `?`."""
    return csv_text(header, rows).encode(errors="replace")


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(_inert, cells))  # both signs are quoted in cells then
    return text.getvalue().removesuffix("\r\n") + "\n"


def _inert(cell: Any) -> Any:
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    return _FORMULA.sub(r"\1'", cell)
