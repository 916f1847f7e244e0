"""What is left out of a table's samples before training, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.tables.labels import NO_LABEL
from micrograd_plus.tables.source import DataError


class Samples:
    """The numbers of a file, with the codes of its labels, while what is not to be used is left out."""

    def __init__(self, name: str, X: NDArray[np.float64], codes: NDArray[np.int64], names: list[str]) -> None:
        self.name = name
        self.X = X
        self.codes = codes
        self.names = names

    def leave_out_row_numbers(self, notes: list[str]) -> None:
        """Leave out the first column if it counts the rows."""
        counts = np.zeros(len(self.names), dtype=bool)
        counts[0] = len(self.X) > 1 and (np.diff(self.X[:, 0]) == 1.0).all()
        self._leave_out(counts, "row numbers", notes)

    def leave_out_empty_columns(self, notes: list[str]) -> None:
        """Leave out the columns that have no value in any row."""
        self._leave_out(np.isnan(np.fmax.reduce(self.X, axis=0)), "no values", notes)

    def _leave_out(self, columns: NDArray[np.bool_], why: str, notes: list[str]) -> None:
        if not columns.any():
            return
        notes.append(f"{self.name}: {_columns(self.names, columns)}: left out, {why}")
        if columns.all():
            raise DataError(f"{self.name}: no feature columns ({_columns(self.names, columns)}: {why})")
        self.X = np.compress(~columns, self.X, axis=1)
        self.names = [name for name, is_out in zip(self.names, columns, strict=True) if not is_out]

    def leave_out_rows(self, notes: list[str]) -> None:
        """Leave out the rows in which a value or the label is missing."""
        is_left = (self.codes != NO_LABEL) & ~np.isnan(np.maximum.reduce(self.X, axis=1))
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
            count = int(np.isnan(self.X).sum())
            columns = _columns(self.names, has_missing)
            notes.append(f"{self.name}: {columns}: {count:,} missing, filled with the mean of the training samples")
        is_constant = np.fmin.reduce(self.X, axis=0) == np.fmax.reduce(self.X, axis=0)
        if is_constant.any():
            notes.append(f"{self.name}: {_columns(self.names, is_constant)}: the same in all rows")


def _columns(names: Sequence[str], chosen: NDArray[np.bool_], most: int = 5) -> str:
    found = [repr(name) for name, is_chosen in zip(names, chosen, strict=True) if is_chosen]
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return f"column{'s' * (len(found) > 1)} {', '.join(found[:most])}{more}"
