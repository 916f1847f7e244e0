"""The first row of a CSV file: what separates its cells, and a name of its own for each column."""

from __future__ import annotations

import csv
import reprlib
from collections.abc import Sequence

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_MOST_NOTES = 3


def delimiter_of(line: str, name: str, notes: list[str]) -> str:
    """Return what makes the most cells of a line: a comma, a semicolon or a tab; other than commas are noted.

    >>> delimiter_of("a;b, in cm;kind", "table.csv", notes := []), notes
    (';', ['table.csv: cells are separated by semicolons'])
    """
    delimiter = max(_DELIMITERS, key=lambda mark: len(next(csv.reader([line], delimiter=mark))))
    if delimiter != ",":
        notes.append(f"{name}: cells are separated by {_DELIMITERS[delimiter]}")
    return delimiter


def column_names(cells: Sequence[str], name: str, notes: list[str]) -> list[str]:
    """Return the names of columns, each once: a second `x` becomes `x.2`, a third column without a name `column 3`.

    >>> column_names(["x", "x", " "], "table.csv", notes := [])
    ['x', 'x.2', 'column 3']
    >>> print(*notes, sep="\\n")
    table.csv: column 2 is named 'x' again: taken as 'x.2'
    table.csv: column 3 has no name: taken as 'column 3'
    """
    given = [cell.strip() for cell in cells]
    taken = set(given)
    seen = {""}
    names, changes = [], []
    for number, wanted in enumerate(given, 1):
        found = wanted
        if wanted in seen:
            found = _unused(wanted or f"column {number}", taken)
            problem = f"is named {reprlib.repr(wanted)} again" if wanted else "has no name"
            changes.append(f"{name}: column {number} {problem}: taken as {reprlib.repr(found)}")
        seen.add(found)
        taken.add(found)
        names.append(found)
    notes += changes[:_MOST_NOTES]
    if len(changes) > _MOST_NOTES:
        notes.append(f"{name}: {len(changes) - _MOST_NOTES} more columns have no name of their own")
    return names


def _unused(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}.{number}"
    return found


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number to Python, finite or not."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
