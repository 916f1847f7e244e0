"""Margins around the last two axes, where convolutions and pools reach beyond an image."""

from __future__ import annotations

import numpy as np

from micrograd_plus.array_ops.row import Array

Pair = tuple[int, int]  # of rows and of columns


def padded(x: Array, padding: Pair, filling: float = 0) -> Array:
    """Return `x` between so many rows, and columns, of the filling on either side; `x` itself for none."""
    if padding == (0, 0):
        return x
    down, right = padding
    *outer, height, width = x.shape
    shape, dtype = (*outer, height + 2 * down, width + 2 * right), np.result_type(x, filling)
    result = np.full(shape, filling, dtype) if filling else np.zeros(shape, dtype)  # which is faster
    result[..., down : down + height, right : right + width] = x
    return result


def cropped(x: Array, padding: Pair) -> Array:
    """Return `x` without the rows and columns that `padded` puts around it."""
    down, right = padding
    return x[..., down : x.shape[-2] - down, right : x.shape[-1] - right]
