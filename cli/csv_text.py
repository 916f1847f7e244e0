"""Tables as the text of a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any


def csv_text(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return a header and rows as RFC 4180 writes them, but for the ends of lines; None is an empty cell.

    >>> csv_text(["class", "n"], [["a, b", 1]])
    'class,n\\n"a, b",1\\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
