"""Arrays that are kept where a mask holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FEW = 2048
_FLOATS = "fd"  # of 32 and 64 bits


def kept_where(mask: NDArray[Any], x: Any, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return `x` where the mask holds, else 0, whatever is there: what `np.where(mask, x, 0.0)` does.

    NumPy branches at each element, which takes six times as long where the processor cannot guess the mask. Here the
    bits of each element, taken for an integer, are multiplied by 0 or 1. The result is written into `out`, an array of
    the type and shape of `x`, if it is given.

    >>> kept_where(np.array([True, False]), np.array([2.0, np.inf]))
    array([2., 0.])
    """
    if mask.size < _FEW or mask.dtype.kind != "b" or x.__class__ is not np.ndarray or x.dtype.char not in _FLOATS:
        kept = np.where(mask, x, 0.0)
        if out is None:
            return kept
        out[...] = kept
        return out
    bits = f"i{x.itemsize}"
    product: NDArray[Any] = np.multiply(x.view(bits), mask, out=None if out is None else out.view(bits))
    return product.view(x.dtype)
