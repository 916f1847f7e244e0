"""CSV files as arrays: a header, columns of numbers, and for training a column of labels.

Quoting follows RFC 4180, blank lines are skipped; `source` tells of encodings, `header` of delimiters and of columns
without a name of their own. Whatever is wrong in a file is one `DataError` that names the file and, where it
applies, the line and the column. What its reader should know of a file that can be used is a note, one line too.

A file is read in chunks, so that it takes little more memory than its numbers do.
"""

from __future__ import annotations

import os
import reprlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.tables.chunks import Chunks
from micrograd_plus.tables.growing import Growing
from micrograd_plus.tables.header import is_number
from micrograd_plus.tables.labels import Labels
from micrograd_plus.tables.rows import CsvRows
from micrograd_plus.tables.samples import Samples
from micrograd_plus.tables.source import DataError, open_text

# What is done about missing values.
REFUSED, DROPPED, FILLED = WAYS = ("error", "drop", "mean")

_ADVICE = "a missing value? --missing drop leaves such rows out, --missing mean fills them in"
_ADVICE_TO_PREDICT = "a missing value? only a model that was trained with --missing mean takes it"
_MANY_CLASSES = 20


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
    numbers if all labels are numbers, else as words. Cells that stand for a missing value (`chunks.MISSING`) are
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
        rows.require(names)
        labels = Labels(rows, target, may_be_empty=missing == DROPPED)
        X, codes = Growing(len(names)), Growing(dtype=np.int64)
        for chunk in Chunks(rows, names, target, advice=_ADVICE if missing == REFUSED else None):
            X.add(chunk.X)
            codes.add(labels.codes(chunk.labels, chunk.lines))
    samples = Samples(source.name, X.all(), codes.all(), names)
    if names[0] == rows.header[0] and not rows.first_row[0].strip():  # as pandas and R write it
        samples.leave_out_row_numbers(notes)
    samples.leave_out_empty_columns(notes)
    if missing == DROPPED:
        samples.leave_out_rows(notes)
    y, class_names = labels.encoded(samples.codes)
    if len(class_names) > max(_MANY_CLASSES, len(y) / 2):
        count = f"{len(class_names):,} classes in {len(y):,} rows"
        notes.append(f"{source.name}, column {target!r}: {count}; does it hold the labels?")
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
        X = Growing(len(feature_names))
        for chunk in chunks:
            X.add(chunk.X)
    return FeatureTable(X.all(), tuple(notes))


def _refuse_data_for_header(rows: CsvRows, names: Sequence[str]) -> None:
    counted = [str(number) for number in range(len(names))]  # how pandas names columns that have no names
    if all(map(is_number, names)) and (names != counted or len(names) < 3):
        raise DataError(
            f"{rows.source.name}: the first row ({reprlib.repr(', '.join(rows.first_row))}) looks like data; "
            "it is to name the columns"
        )
