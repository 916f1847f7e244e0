"""The rows of a CSV file as numbers and labels, a chunk at a time: quickly where all is plain, else cell by cell."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.tables.header import is_number
from micrograd_plus.tables.rows import CsvRows, is_blank
from micrograd_plus.tables.source import DataError

# Cells that stand for a missing value, in any case and with space around them.
MISSING = frozenset(("", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "+nan", "null", "none", "?", "-"))

_CHUNK = 2**21  # characters
_MOST_CELLS = 2**26  # half a gigabyte; a stream may never end
_TYPES: dict[str, Any] = {"number": np.float64, "label": object, "other": "U1"}
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+([eE][-+]?\d+)?\s*")


class Chunk(NamedTuple):
    """Numbers of shape (rows, columns), the label of each row if they are asked for, and the line of each row."""

    X: NDArray[np.float64]
    labels: list[str]
    lines: list[int]


class Chunks:
    """The columns `numbers` of a file, in that order, and its column `label` as words without surrounding space.

    A missing number is nan, unless it is to be refused with `advice`. Iterating reads the file and raises `DataError`
    for what is not as wanted.
    """

    def __init__(self, rows: CsvRows, numbers: Sequence[str], label: str | None = None, *, advice: str | None) -> None:
        self._rows = rows
        self._advice = advice
        self._names = numbers
        place_of = {name: place for place, name in enumerate(rows.header)}
        self._places = [place_of[name] for name in numbers]
        self._label = None if label is None else place_of[label]
        self._dtype = self._table_dtype()
        mark, least = rows.delimiter, int(len(rows.header) == 1)  # quotes tell an only cell that is empty from no cell
        self._quoted = re.compile(f'"(?<![^{mark}]")([^"{mark}\\r\\n]{{{least},}})"(?=[{mark}\\r\\n]|$)')
        rank_of = {place: rank for rank, place in enumerate(sorted(self._places))}
        self._order = [rank_of[place] for place in self._places]

    def __iter__(self) -> Iterator[Chunk]:
        source = self._rows.source
        rows = 0
        while lines := source.lines(_CHUNK):
            chunk = self._quick(lines) or self._careful(lines)
            if chunk.lines:
                chunk.X[np.isnan(chunk.X)] = np.nan  # C writes also -nan
                rows += len(chunk.lines)
                if rows * (len(self._places) + 1) > _MOST_CELLS:
                    raise DataError(f"{source.name}, line {chunk.lines[-1]}: more than {_MOST_CELLS:,} cells so far")
                yield chunk
        if not rows:
            raise DataError(f"{source.name}: a header and no rows below it")

    # --- quickly: NumPy's parser, which takes numbers as `float` does

    def _table_dtype(self) -> np.dtype[Any]:
        """Return a row of the file: neighbours of one kind are one field."""
        kinds = ["other"] * len(self._rows.header)
        for place in self._places:
            kinds[place] = "number"
        if self._label is not None:
            kinds[self._label] = "label"
        fields = [(kind, len(list(group))) for kind, group in groupby(kinds)]
        return np.dtype([(f"{kind} {k}", _TYPES[kind], (count,)) for k, (kind, count) in enumerate(fields)])

    def _quick(self, lines: Sequence[str]) -> Chunk | None:
        """Return the chunk of these lines, or None where it needs a closer look: quotes, or no finite number."""
        start = self._rows.source.count - len(lines) + 1
        begins = [number for number, line in enumerate(lines, start) if not is_blank(line)]
        if not begins:
            return Chunk(np.empty((0, len(self._places))), [], [])
        if len(begins) < len(lines):
            lines = [line for line in lines if not is_blank(line)]
        if any('"' in line for line in lines):
            lines = [self._quoted.sub(r"\1", line) for line in lines]
            if any('"' in line or is_blank(line) for line in lines):  # blank: a row whose only cell is empty
                return None
        takes_missing = self._advice is None
        table = self._table(lines)
        if table is None and takes_missing:
            table = self._table([self._with_nan(line) for line in lines])
        if table is None:
            return None
        fields = self._dtype.names or ()
        X = np.concatenate([table[name] for name in fields if name.startswith("number")], axis=1)
        if np.isinf(X).any() or (np.isnan(X).any() and not takes_missing):
            return None
        labels = [label.strip() for name in fields if name.startswith("label") for label in table[name][:, 0]]
        return Chunk(X[:, self._order], labels, begins)

    def _table(self, lines: Sequence[str]) -> NDArray[Any] | None:
        try:
            return np.loadtxt(lines, self._dtype, comments=None, delimiter=self._rows.delimiter, ndmin=1)
        except ValueError:
            return None

    def _with_nan(self, line: str) -> str:
        """Return a line with nan for the numbers that are missing."""
        delimiter = self._rows.delimiter
        if MISSING.isdisjoint(map(str.strip, line.casefold().split(delimiter))):
            return line
        cells = line.split(delimiter)
        for place in self._places:
            if place < len(cells) and is_missing(cells[place]):
                cells[place] = "nan"
        return delimiter.join(cells)

    # --- cell by cell

    def _careful(self, lines: Sequence[str]) -> Chunk:
        rows = list(self._rows.rows(lines))
        begins = [line for line, _ in rows]
        columns = list(zip(*(cells for _, cells in rows), strict=True))
        X = np.empty((len(rows), len(self._places)))
        for column, place in enumerate(self._places):
            X[:, column] = self._numbers(columns[place], begins, self._names[column])
        labels = [] if self._label is None else [label.strip() for label in columns[self._label]]
        return Chunk(X, labels, begins)

    def _numbers(self, cells: Sequence[str], lines: Sequence[int], name: str) -> NDArray[np.float64]:
        try:
            found = np.fromiter(map(float, cells), np.float64, len(cells))
        except ValueError:
            found = np.array([np.nan if is_missing(cell) or not is_number(cell) else float(cell) for cell in cells])
        for row in np.flatnonzero(~np.isfinite(found)).tolist():
            problem = self._problem(cells[row])
            if problem:
                self._rows.refuse(lines[row], name, problem)
        return found

    def _problem(self, cell: str) -> str | None:
        """Return what is wrong with a cell that is no finite number, or None if it may be missing."""
        if is_missing(cell) and self._advice is None:
            return None
        kind = "finite number" if is_number(cell) else "number"
        problem = f"{reprlib.repr(cell)} is not a {kind}"
        if is_missing(cell):
            return f"{problem} ({self._advice})"
        if _DECIMAL_COMMA.fullmatch(cell):
            return f"{problem}: decimal commas are not read, {cell.strip().replace(',', '.')} is wanted"
        return problem


def is_missing(cell: str) -> bool:
    """Tell whether a cell stands for a missing value."""
    return cell.strip().casefold() in MISSING
