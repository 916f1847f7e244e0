"""The first row of a CSV file: what separates its cells, and a name of its own for each column."""

from __future__ import annotations

import csv
import reprlib
from collections.abc import Iterator, Sequence
from itertools import count

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def delimiter_of(line: str, name: str, notes: list[str]) -> str:
    """Return what makes the most cells of a line: a comma, a semicolon or a tab; other than commas are noted.

    >>> delimiter_of("a;b, in cm;kind", "table.csv", notes := []), notes
    (';', ['table.csv: cells are separated by semicolons'])
    """
    delimiter = max(_DELIMITERS, key=lambda mark: _cells(line, mark))
    if delimiter != ",":
        notes.append(f"{name}: cells are separated by {_DELIMITERS[delimiter]}")
    return delimiter


def _cells(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:  # a cell of enormous length
        return 1


def column_names(cells: Sequence[str]) -> dict[str, str | None]:
    """Return the names of columns, each once, with what is wrong with a name that is not the column's own.

    A second `x` becomes `x.2`, a third column without a name `column 3`.

    >>> column_names(["x", "x", " "])
    {'x': None, 'x.2': "column 2 is named 'x' again", 'column 3': 'column 3 has no name'}
    """
    given = [cell.strip() for cell in cells]
    taken = set(given)
    numbers: dict[str, Iterator[int]] = {}  # which names that are derived from a name are to be tried next
    names: dict[str, str | None] = {}
    for number, wanted in enumerate(given, 1):
        if wanted and wanted not in names:
            names[wanted] = None
            continue
        stem = found = wanted or f"column {number}"
        while found in taken:
            found = f"{stem}.{next(numbers.setdefault(stem, count(2)))}"
        taken.add(found)
        names[found] = (
            f"column {number} is named {reprlib.repr(wanted)} again" if wanted else f"column {number} has no name"
        )
    return names


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number to Python, finite or not."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
