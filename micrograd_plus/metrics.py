"""Measures of predictions: classes are integers counted from 0, predicted ones come before wanted ones.

Precision, recall and F1 are read off a confusion matrix, one number a class. They are scikit-learn's, also in that
nothing divided by nothing is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import integer_at_least

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


def accuracy(predicted: ArrayLike, wanted: ArrayLike) -> float:
    """Return the share of samples, from 0 to 1, whose predicted class is the wanted one; both of shape (n,).

    Raises `ValueError` for other shapes and for no samples.

    >>> accuracy([0, 1, 1, 0], [0, 1, 0, 0])
    0.75
    """
    predicted, wanted = _of_one_shape(predicted, wanted)
    return float(np.mean(predicted == wanted))


def confusion_matrix(predicted: ArrayLike, wanted: ArrayLike, classes: int | None = None) -> Counts:
    """Return how many samples of each wanted class (row) were predicted to be of each class (column).

    Both of shape (n,); the result has shape (classes, classes), `classes` is one more than the largest class that
    occurs if it is not given. Raises `ValueError` for other shapes and for what is no class.

    >>> confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2])
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 1, 1]])
    """
    predicted, wanted = _of_one_shape(predicted, wanted)
    both = np.stack([predicted, wanted])
    if both.dtype.kind not in "iu":
        raise ValueError(f"wanted classes as integers, got an array of {both.dtype}")
    classes = integer_at_least(1, "classes", max(0, int(both.max())) + 1 if classes is None else classes)
    wrong = both[(both < 0) | (both >= classes)]
    if wrong.size:
        raise ValueError(f"wanted classes from 0 to {classes - 1}, got {wrong[0]}")
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (wanted, predicted), 1)
    return counts


def precision(matrix: ArrayLike) -> Array:
    """Return for each class the share of the samples predicted to be of it that are, from a confusion matrix.

    >>> precision([[8, 2], [0, 10]]).round(3)
    array([1.   , 0.833])
    """
    matrix = _square(matrix)
    return _ratio(np.diag(matrix), matrix.sum(axis=0))


def recall(matrix: ArrayLike) -> Array:
    """Return for each class the share of its samples that were predicted to be of it, from a confusion matrix.

    >>> recall([[8, 2], [0, 10]])
    array([0.8, 1. ])
    """
    matrix = _square(matrix)
    return _ratio(np.diag(matrix), matrix.sum(axis=1))


def f1(matrix: ArrayLike) -> Array:
    """Return for each class the harmonic mean of precision and recall, from a confusion matrix.

    >>> f1([[8, 2], [0, 10]]).round(3)
    array([0.889, 0.909])
    """
    matrix = _square(matrix)
    return _ratio(2 * np.diag(matrix), matrix.sum(axis=0) + matrix.sum(axis=1))


def macro_average(of_classes: ArrayLike, matrix: ArrayLike) -> float:
    """Return the mean of precision, recall or F1 over the classes that are wanted or predicted at least once.

    >>> matrix = confusion_matrix([0, 0, 2, 2], [0, 2, 2, 2])
    >>> recall(matrix).round(3), round(macro_average(recall(matrix), matrix), 3)
    (array([1.   , 0.   , 0.667]), 0.833)
    """
    matrix = _square(matrix)
    occurs = matrix.sum(axis=0) + matrix.sum(axis=1) > 0
    if not occurs.any():
        raise ValueError("wanted a confusion matrix of at least one sample")
    return float(np.asarray(of_classes, dtype=np.float64)[occurs].mean())


def roc_auc(scores: ArrayLike, wanted: ArrayLike) -> float:
    """Return the probability that a sample of class 1 has a higher score than one of class 0; equal scores count half.

    Both of shape (n,), `wanted` holds 0 and 1. It is the area under the ROC curve: Hanley and McNeil, "The Meaning and
    Use of the Area under a Receiver Operating Characteristic (ROC) Curve" (1982). Raises `ValueError` for other shapes,
    for a nan and where one of the classes is missing.

    >>> roc_auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    0.75
    """
    scores, wanted = _of_one_shape(scores, wanted)
    if np.isnan(scores).any():
        raise ValueError("wanted scores that are numbers, got nan")
    if not np.isin(wanted, (0, 1)).all():
        raise ValueError("wanted the classes 0 and 1: the area under the curve is one of two classes")
    is_one = wanted == 1
    ones, zeros = int(is_one.sum()), int((~is_one).sum())
    if not ones or not zeros:
        raise ValueError(f"wanted samples of both classes, got only those of class {1 if ones else 0}")
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2.0  # from 1; equal scores share the middle one of theirs
    return float((ranks[place][is_one].sum() - ones * (ones + 1) / 2.0) / (ones * zeros))


def _of_one_shape(a: ArrayLike, b: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.ndim != 1 or not a.size:
        raise ValueError(f"wanted classes of two equal shapes (n,), n at least 1, got {a.shape}, {b.shape}")
    return a, b


def _square(matrix: ArrayLike) -> Counts:
    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"wanted a confusion matrix of shape (classes, classes), got {counts.shape}")
    return counts


def _ratio(part: Counts, whole: Counts) -> Array:
    """Return part / whole, and 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
