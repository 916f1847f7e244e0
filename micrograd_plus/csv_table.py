"""CSV files as arrays: a header, columns of numbers, and for training a column of labels.

Quoting follows RFC 4180, blank lines are skipped; `text_source` tells of encodings, `csv_header` of delimiters and of
columns without a name of their own. Whatever is wrong in a file is one `DataError` that names the file and, where it
applies, the line and the column. What its reader should know of a file that can be used is a note, one line too.

A file is read in chunks, so that it takes little more memory than its numbers do.
"""

from __future__ import annotations

import math
import os
import reprlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.csv_chunks import Chunks
from micrograd_plus.csv_header import is_number
from micrograd_plus.csv_rows import CsvRows
from micrograd_plus.text_source import DataError, open_text

# What is done about missing values.
REFUSED, DROPPED, FILLED = WAYS = ("error", "drop", "mean")

_ADVICE = "a missing value? --missing drop leaves such rows out, --missing mean fills them in"
_ADVICE_TO_PREDICT = "a missing value? only a model that was trained with --missing mean takes it"
_NO_LABEL = -1


class LabelledTable(NamedTuple):
    """A file for training: `X` float64 (n, features), `y` int64 (n,) counting into `class_names`."""

    X: NDArray[np.float64]
    y: NDArray[np.int64]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


class FeatureTable(NamedTuple):
    """A file to predict the classes of: `X` float64 (n, features)."""

    X: NDArray[np.float64]
    notes: tuple[str, ...]


def read_labelled(path: str | os.PathLike[str], target: str | None = None, *, missing: str = REFUSED) -> LabelledTable:
    """Return the samples of a CSV file for training; "-" is standard input.

    `target` names the label column, by default the last one; all others are features. The class names are sorted: as
    numbers if all labels are numbers, else as words. Cells that stand for a missing value (`csv_chunks.MISSING`) are
    an error, or with `missing` "drop" their rows are left out, also where the label is empty, or with "mean" they are
    nan, which a `Standardiser` fills with the mean of the samples that it is fitted to. A column without any value is
    left out then. Raises `DataError`.
    """
    notes: list[str] = []
    with open_text(os.fspath(path), notes) as source:
        rows = CsvRows(source)
        if len(rows.header) < 2:
            raise DataError(
                f"{source.name}: one column only ({reprlib.repr(rows.header[0])}); "
                "feature columns and a label column are wanted, separated by commas"
            )
        _refuse_data_for_header(rows, rows.first_row)
        target = rows.header[-1] if target is None else target
        rows.require([target])
        names = [name for name in rows.header if name != target]
        labels = _Labels(rows, target, may_be_empty=missing == DROPPED)
        X, codes = _Growing(len(names)), _Growing(dtype=np.int64)
        for chunk in Chunks(rows, names, target, advice=_ADVICE if missing == REFUSED else None):
            X.add(chunk.X)
            codes.add(labels.codes(chunk.labels, chunk.lines))
    samples = _Samples(source.name, X.all(), codes.all(), names)
    if missing != REFUSED:
        samples.leave_out_empty_columns(notes)
    if missing == DROPPED:
        samples.leave_out_rows(notes)
    y, class_names = labels.encoded(samples.codes)
    if target in class_names:
        _refuse_data_for_header(rows, [name for name in rows.first_row if name.strip() != target])
    samples.describe(notes)
    return LabelledTable(samples.X, y, tuple(samples.names), class_names, tuple(notes))


def read_features(
    path: str | os.PathLike[str], feature_names: Sequence[str], *, missing: str = REFUSED
) -> FeatureTable:
    """Return the columns `feature_names` of a CSV file for prediction; "-" is standard input.

    The file may hold them in any order and other columns besides. Missing values are an error, or with `missing`
    "mean" nan, as for `read_labelled`. Raises `DataError`.
    """
    notes: list[str] = []
    with open_text(os.fspath(path), notes) as source:
        rows = CsvRows(source)
        rows.require(feature_names)
        chunks = Chunks(rows, feature_names, advice=_ADVICE_TO_PREDICT if missing == REFUSED else None)
        X = _Growing(len(feature_names))
        for chunk in chunks:
            X.add(chunk.X)
    return FeatureTable(X.all(), tuple(notes))


def _refuse_data_for_header(rows: CsvRows, names: Iterable[str]) -> None:
    if all(map(is_number, names)):
        raise DataError(
            f"{rows.source.name}: the first row ({reprlib.repr(', '.join(rows.first_row))}) looks like data; "
            "it is to name the columns"
        )


class _Growing:
    """Rows that are added block by block, in one array that grows in its place where the system can do that."""

    def __init__(self, *width: int, dtype: type = np.float64) -> None:
        self._rows: NDArray[Any] = np.empty((0, *width), dtype)
        self._count = 0

    def add(self, block: NDArray[Any]) -> None:
        """Append a block of rows."""
        start, self._count = self._count, self._count + len(block)
        if self._count > len(self._rows):
            self._resize(max(self._count, len(self._rows) * 5 // 4))
        self._rows[start : self._count] = block

    def all(self) -> NDArray[Any]:
        """Return all rows; none can be added after that."""
        self._resize(self._count)
        return self._rows

    def _resize(self, length: int) -> None:
        self._rows.resize((length, *self._rows.shape[1:]), refcheck=False)  # nobody else has it yet


class _Labels:
    """Numbers for the labels of a file, as they come, and then for those that are left, sorted."""

    def __init__(self, rows: CsvRows, target: str, *, may_be_empty: bool) -> None:
        self._rows = rows
        self._target = target
        self._may_be_empty = may_be_empty
        self._code: dict[str, int] = {}
        self._lines: list[int] = []  # where each came first

    def codes(self, labels: Sequence[str], lines: Sequence[int]) -> NDArray[np.int64]:
        """Return the numbers of labels; that of an empty one, if there may be any, is negative."""
        for label, line in zip(labels, lines, strict=True):
            if label not in self._code:
                self._add(label, line)
        return np.fromiter(map(self._code.__getitem__, labels), np.int64, len(labels))

    def _add(self, label: str, line: int) -> None:
        if label:
            self._code[label] = len(self._lines)
            self._lines.append(line)
        elif self._may_be_empty:
            self._code[label] = _NO_LABEL
        else:
            self._rows.refuse(line, self._target, "the label is empty")

    def encoded(self, codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Return the classes for numbers of labels, and the names of the classes."""
        present = set(np.unique(codes).tolist())
        names = sorted(name for name, code in self._code.items() if code in present)
        if all(map(is_number, names)):
            for name in names:
                if not math.isfinite(float(name)):
                    problem = f"the label {name!r} is not a finite number"
                    self._rows.refuse(self._lines[self._code[name]], self._target, problem)
            names.sort(key=float)
        if len(names) == 1:
            place = f"{self._rows.source.name}, column {self._target!r}"
            raise DataError(f"{place}: one class only ({names[0]!r}); at least two are wanted")
        class_of = np.zeros(len(self._lines), np.int64)
        class_of[[self._code[name] for name in names]] = np.arange(len(names))
        return class_of[codes], tuple(names)


class _Samples:
    """The numbers of a file, with the codes of its labels, while what is not to be used is left out."""

    def __init__(self, name: str, X: NDArray[np.float64], codes: NDArray[np.int64], names: list[str]) -> None:
        self.name = name
        self.X = X
        self.codes = codes
        self.names = names

    def leave_out_empty_columns(self, notes: list[str]) -> None:
        """Leave out the columns that have no value in any row."""
        is_empty = np.isnan(np.fmax.reduce(self.X, axis=0))
        if not is_empty.any():
            return
        if is_empty.all():
            raise DataError(f"{self.name}: no column but the labels has any value")
        notes.append(f"{self.name}: {_columns(self.names, is_empty)} without any value: left out")
        self.X = self.X[:, ~is_empty]
        self.names = [name for name, empty in zip(self.names, is_empty, strict=True) if not empty]

    def leave_out_rows(self, notes: list[str]) -> None:
        """Leave out the rows in which a value or the label is missing."""
        is_left = (self.codes != _NO_LABEL) & ~np.isnan(self.X).any(axis=1)
        left, rows = int(is_left.sum()), len(is_left)
        if left == rows:
            return
        if not left:
            raise DataError(f"{self.name}: a value is missing in every row, so --missing drop leaves none")
        notes.append(f"{self.name}: {rows - left:,} of {rows:,} rows left out: a value is missing")
        self.X, self.codes = self.X[is_left], self.codes[is_left]

    def describe(self, notes: list[str]) -> None:
        """Note the columns with missing values, and those that tell nothing."""
        has_missing = np.isnan(np.maximum.reduce(self.X, axis=0))
        if has_missing.any():
            count = int(np.isnan(self.X[:, has_missing]).sum())
            columns = _columns(self.names, has_missing)
            notes.append(f"{self.name}: {count:,} missing in {columns}: taken as the mean of the training samples")
        is_constant = np.fmin.reduce(self.X, axis=0) == np.fmax.reduce(self.X, axis=0)
        if is_constant.any():
            notes.append(
                f"{self.name}: {_columns(self.names, is_constant)} the same in all rows: nothing to learn from"
            )


def _columns(names: Sequence[str], chosen: NDArray[np.bool_], most: int = 5) -> str:
    found = [repr(name) for name, is_chosen in zip(names, chosen, strict=True) if is_chosen]
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return f"column{'s' * (len(found) > 1)} {', '.join(found[:most])}{more}"
