"""CSV files as arrays: a header, columns of numbers, and for training a column of labels.

Quoting follows RFC 4180, text is UTF-8 (a byte order mark is skipped), blank lines are skipped. Whatever is wrong in a
file is one `DataError` that names the file and, where it applies, the line and the column.
"""

from __future__ import annotations

import csv
import math
import os
import reprlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.suggestions import did_you_mean

LabelledTable = tuple[NDArray[np.float64], NDArray[np.int64], tuple[str, ...], tuple[str, ...]]


class DataError(ValueError):
    """What is wrong with a data set, in one line."""


def read_labelled(path: str | os.PathLike[str], target: str | None = None) -> LabelledTable:
    """Return `(X, y, feature_names, class_names)` of a file for training.

    `target` names the label column, by default the last one; all others are features. `X` is float64 of shape
    (rows, features); `y`, int64 of shape (rows,), counts into `class_names`, which are sorted: as numbers if all labels
    are numbers, else as words. Raises `DataError`.
    """
    path = os.fspath(path)
    table = _Table.read(path)
    if len(table.header) < 2:
        raise DataError(
            f"{path}: one column only ({reprlib.repr(table.header[0])}); "
            "feature columns and a label column are wanted, separated by commas"
        )
    target = table.header[-1] if target is None else target
    table.require([target])
    feature_names = tuple(name for name in table.header if name != target)
    X = table.numbers(feature_names)
    y, class_names = _encoded(table, target)
    return X, y, feature_names, class_names


def read_features(path: str | os.PathLike[str], feature_names: Sequence[str]) -> NDArray[np.float64]:
    """Return the columns `feature_names` of a file, float64 of shape (rows, features), for prediction.

    The file may hold them in any order and other columns besides. Raises `DataError`.
    """
    table = _Table.read(os.fspath(path))
    table.require(feature_names)
    return table.numbers(feature_names)


@dataclass(frozen=True)
class _Table:
    """The cells of a file as text, by column; `lines` holds the line on which each row begins."""

    path: str
    header: list[str]
    columns: list[tuple[str, ...]]
    lines: list[int]

    @classmethod
    def read(cls, path: str) -> _Table:
        rows, lines = _read_rows(path)
        if not rows:
            raise DataError(f"{path}: the file is empty")
        header = [name.strip() for name in rows[0]]
        _check_header(path, header)
        if len(rows) == 1:
            raise DataError(f"{path}: a header and no rows below it")
        for row, line in zip(rows, lines, strict=True):
            if len(row) != len(header):
                raise DataError(f"{path}, line {line}: {len(row)} cells where the header has {len(header)}")
        return cls(path, header, list(zip(*rows[1:], strict=True)), lines[1:])

    def require(self, names: Sequence[str]) -> None:
        """Raise `DataError` unless the file has all these columns."""
        missing = [name for name in names if name not in self.header]
        if missing:
            known = did_you_mean(missing[0], self.header) or f"; the columns are {reprlib.repr(self.header)}"
            raise DataError(f"{self.path}: no column {', '.join(map(repr, missing))}{known}")

    def labels(self, name: str) -> list[str]:
        """Return a column as words without surrounding space, none of them empty."""
        labels = [cell.strip() for cell in self.columns[self.header.index(name)]]
        if "" in labels:
            self.refuse(labels.index(""), name, "the label is empty")
        return labels

    def numbers(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Return columns as finite numbers, of shape (rows, len(names))."""
        return np.stack([self._numbers(name) for name in names], axis=1)

    def _numbers(self, name: str) -> NDArray[np.float64]:
        cells = self.columns[self.header.index(name)]
        try:
            numbers = np.fromiter(map(float, cells), np.float64, len(cells))
        except ValueError:
            row = next(row for row, cell in enumerate(cells) if not _is_number(cell))
            self.refuse(row, name, f"{reprlib.repr(cells[row])} is not a number")
        bad = np.flatnonzero(~np.isfinite(numbers))
        if bad.size:
            row = int(bad[0])
            self.refuse(row, name, f"{reprlib.repr(cells[row])} is not a finite number")
        return numbers

    def refuse(self, row: int, name: str, problem: str) -> NoReturn:
        raise DataError(f"{self.path}, line {self.lines[row]}, column {name!r}: {problem}")


def _read_rows(path: str) -> tuple[list[list[str]], list[int]]:
    """Return the rows that are not blank, and the line on which each begins."""
    rows, lines = [], []
    line = 1
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for row in reader:
                if row:
                    rows.append(row)
                    lines.append(line)
                line = reader.line_num + 1
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text (byte 0x{error.object[error.start]:02x})") from error
    except csv.Error as error:
        raise DataError(f"{path}, line {line}: {error}") from error
    return rows, lines


def _check_header(path: str, header: list[str]) -> None:
    if "" in header:
        raise DataError(f"{path}: column {header.index('') + 1} has no name")
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise DataError(f"{path}: more than one column is named {', '.join(map(repr, repeated))}")


def _encoded(table: _Table, target: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the label column as class numbers, and the names of the classes."""
    labels = table.labels(target)
    names = sorted(set(labels))
    if all(map(_is_number, names)):
        for name in names:
            if not math.isfinite(float(name)):
                table.refuse(labels.index(name), target, f"the label {name!r} is not a finite number")
        names.sort(key=float)
    if len(names) == 1:
        raise DataError(f"{table.path}, column {target!r}: one class only ({names[0]!r}); at least two are wanted")
    number_of = {name: number for number, name in enumerate(names)}
    return np.fromiter(map(number_of.__getitem__, labels), np.int64, len(labels)), tuple(names)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
