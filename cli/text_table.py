"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len


def table(rows: Sequence[Sequence[str]], right: str = "") -> list[str]:
    """Return rows in columns; `right` has an "r" for each column whose cells stand to the right, else a space.

    >>> print(*table([["name", "samples"], ["a", "12"]], " r"), sep="\\n")
    name  samples
    a          12
    """
    widths = [max(cell_len(row[k]) for row in rows) for k in range(len(rows[0]))] if rows else []
    return ["  ".join(_cells(row, widths, right)).rstrip() for row in rows]


def _cells(row: Sequence[str], widths: Sequence[int], right: str) -> Iterator[str]:
    for k, cell in enumerate(row):
        padding = " " * (widths[k] - cell_len(cell))
        yield padding + cell if right[k : k + 1] == "r" else cell + padding
