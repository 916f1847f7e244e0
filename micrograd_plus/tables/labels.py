"""Labels as words to class numbers, while they come."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import MOST_CLASSES
from micrograd_plus.tables.header import is_number
from micrograd_plus.tables.rows import CsvRows
from micrograd_plus.tables.source import DataError

NO_LABEL = -1


class Labels:
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
            if len(self._lines) == MOST_CLASSES:
                problem = f"more than {MOST_CLASSES:,} classes; a column of labels is wanted, not of numbers or names"
                raise DataError(f"{self._rows.source.name}, column {self._target!r}: {problem}")
            self._code[label] = len(self._lines)
            self._lines.append(line)
        elif self._may_be_empty:
            self._code[label] = NO_LABEL
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
