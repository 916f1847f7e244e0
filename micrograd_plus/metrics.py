"""Measures of predictions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def accuracy(predicted: ArrayLike, wanted: ArrayLike) -> float:
    """Return the share of samples, from 0 to 1, whose predicted class is the wanted one; both of shape (n,).

    Raises `ValueError` for other shapes and for no samples.

    >>> accuracy([0, 1, 1, 0], [0, 1, 0, 0])
    0.75
    """
    predicted, wanted = np.asarray(predicted), np.asarray(wanted)
    if predicted.shape != wanted.shape or predicted.ndim != 1 or not predicted.size:
        raise ValueError(
            f"wanted classes of two equal shapes (n,), n at least 1, got {predicted.shape}, {wanted.shape}"
        )
    return float(np.mean(predicted == wanted))
