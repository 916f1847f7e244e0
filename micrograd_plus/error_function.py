"""The error function on arrays, which NumPy lacks.

Near zero the Maclaurin series is summed; elsewhere the Taylor series about the nearest multiple of 1/8, whose
coefficients follow from `math.erf` at that point and the recurrence of the Hermite polynomials (DLMF 7.6.1 and
7.10.1). Within 2 units in the last place of `math.erf`.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SPACING = 0.125
_LARGEST = 6.0  # erf(6) is 1 to the last bit
_NEAR_ZERO = 0.5
_MACLAURIN_TERMS = 14
_TAYLOR_TERMS = 14


def erf(x: Any) -> NDArray[np.floating[Any]]:
    """Return the error function of each element, in the floating type of `x` (any shape)."""
    x = np.asarray(x)
    wide = x.astype(np.float64, copy=False)
    size = np.abs(wide)
    unsigned = np.where(size < _NEAR_ZERO, _maclaurin(size), _taylor(size))
    result: NDArray[np.floating[Any]] = np.copysign(unsigned, wide)
    return result.astype(x.dtype, copy=False)


def _maclaurin(size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum 2/sqrt(pi) * (-1)^k x^(2k+1) / (k! (2k+1)); meant for 0 <= x < 1/2."""
    x = np.minimum(size, _NEAR_ZERO)
    square = x * x
    tail = np.zeros_like(x)
    for k in range(_MACLAURIN_TERMS, 0, -1):
        tail = square * ((-1) ** k / (math.factorial(k) * (2 * k + 1)) + tail)
    first = 2 / math.sqrt(math.pi)
    return x * first + x * (first * tail)


def _taylor(size: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.minimum(size, _LARGEST)
    nearest = np.rint(size / _SPACING)
    step = size - nearest * _SPACING
    index = np.where(np.isnan(nearest), 0, nearest).astype(np.intp)
    coefficients = _taylor_coefficients()
    tail = np.zeros_like(step)
    for column in coefficients[:0:-1]:
        tail = step * (column[index] + tail)
    result: NDArray[np.float64] = coefficients[0][index] + tail
    return result


@cache
def _taylor_coefficients() -> NDArray[np.float64]:
    """Return erf^(k)(c) / k! at each centre c = 0, 1/8, ... (rows k, columns c)."""
    centres = np.arange(0.0, _LARGEST + _SPACING, _SPACING)
    rows = [np.array([math.erf(c) for c in centres]), 2 / math.sqrt(math.pi) * np.exp(-centres * centres)]
    for k in range(1, _TAYLOR_TERMS):
        # y'' = -2 x y', differentiated k - 1 times and divided by factorials.
        rows.append(-2 * (k * centres * rows[k] + (k - 1) * rows[k - 1]) / (k * (k + 1)))
    return np.array(rows)
