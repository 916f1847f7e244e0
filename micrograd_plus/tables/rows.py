"""The column names of a CSV file, and its rows as cells of text."""

from __future__ import annotations

import csv
import reprlib
from collections.abc import Iterator, Sequence
from typing import NoReturn

from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.tables.header import column_names, delimiter_of
from micrograd_plus.tables.source import DataError, TextSource

_MOST_COLUMNS = 20_000
_MOST_NOTES = 3

Row = tuple[int, list[str]]  # the line on which it begins, and its cells


class CsvRows:
    """A CSV file whose header has been read; its rows can be read once.

    `first_row` holds the cells of the header as they are, `header` a name of its own for each column.
    """

    def __init__(self, source: TextSource) -> None:
        self.source = source
        first = source.lines(1)
        while first and is_blank(first[0]):
            first = source.lines(1)
        if not first:
            raise DataError(f"{source.name}: the file is empty")
        self.delimiter = delimiter_of(first[0], source.name, source.notes)
        [(_, self.first_row)] = self._rows(first)
        if len(self.first_row) > _MOST_COLUMNS:
            raise DataError(f"{source.name}: {len(self.first_row):,} columns; at most {_MOST_COLUMNS:,} are read")
        self._names = column_names(self.first_row)
        self.header = list(self._names)

    def rows(self, lines: Sequence[str]) -> Iterator[Row]:
        """Yield the rows that begin in the lines last read from the source, and end there or in lines that follow."""
        for line, cells in self._rows(lines):
            if len(cells) != len(self.header):
                raise DataError(
                    f"{self.source.name}, line {line}: {len(cells)} cells where the header has {len(self.header)}"
                )
            yield line, cells

    def require(self, names: Sequence[str]) -> None:
        """Raise `DataError` unless the file has all these columns, and note of which the names are not their own."""
        missing = [name for name in names if name not in self._names]
        if missing:
            known = did_you_mean(missing[0], self.header) or f"; the columns are {reprlib.repr(self.header)}"
            raise DataError(f"{self.source.name}: no column {', '.join(map(repr, missing))}{known}")
        renamed = [f"{self._names[name]}: taken as {reprlib.repr(name)}" for name in names if self._names[name]]
        self.source.notes += [f"{self.source.name}: {change}" for change in renamed[:_MOST_NOTES]]
        if len(renamed) > _MOST_NOTES:
            more = len(renamed) - _MOST_NOTES
            self.source.notes.append(f"{self.source.name}: {more} more columns have no name of their own")

    def refuse(self, line: int, column: str, problem: str) -> NoReturn:
        """Raise `DataError` for a cell."""
        raise DataError(f"{self.source.name}, line {line}, column {column!r}: {problem}")

    def _rows(self, lines: Sequence[str]) -> Iterator[Row]:
        start = self.source.count - len(lines) + 1
        reader = csv.reader(self._with_more(lines), delimiter=self.delimiter, strict=True)
        while reader.line_num < len(lines):
            line = start + reader.line_num
            try:
                cells = next(reader)
            except csv.Error as error:
                raise DataError(f"{self.source.name}, line {line}: {error}") from error
            if cells:
                yield line, cells

    def _with_more(self, lines: Sequence[str]) -> Iterator[str]:
        yield from lines
        while more := self.source.lines(1):
            yield from more


def is_blank(line: str) -> bool:
    """Tell whether there is nothing on a line but its end."""
    return not line.strip("\r\n")
