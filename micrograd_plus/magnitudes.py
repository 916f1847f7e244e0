"""How large the numbers in arrays are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def root_mean_square(numbers: ArrayLike, weights: Any = None) -> float:
    """Return the root of the mean square, also where the squares would overflow or become zero.

    `weights`, of the shape of the numbers and with sum 1, make it a weighted mean. Of no numbers it is 0.

    >>> root_mean_square([3e-200, -4e-200]) == 5e-200 / math.sqrt(2)
    True
    """
    array = np.asarray(numbers, dtype=np.float64)
    largest = float(np.max(np.abs(array), initial=0.0))
    if not 0.0 < largest < math.inf:
        return largest
    squares = (array / largest) ** 2
    return largest * math.sqrt(float(np.mean(squares) if weights is None else np.vdot(weights, squares)))
