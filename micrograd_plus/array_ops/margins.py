"""Margins around the last two axes, where convolutions and pools reach beyond an image."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from micrograd_plus.array_ops.row import Array, Shape

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


def windows_along(sizes: Sequence[int], kernel: Pair, stride: Pair) -> Pair:
    """Return how many windows there are along the rows and along the columns."""
    rows, columns = (max(0, (n - k) // s + 1) for n, k, s in zip(sizes, kernel, stride, strict=True))
    return rows, columns


def shape_of_windows(shape: Shape, kernel: Pair, stride: Pair, padding: Pair) -> Shape:
    """Return how many windows there are over the last two axes, with margins around them, in place of their sizes."""
    *outer, height, width = _padded_shape(shape, padding)
    return (*outer, *windows_along((height, width), kernel, stride))


def count_of_windows(shape: Shape, kernel: Pair, stride: Pair, padding: Pair) -> int:
    """Return how many windows there are in all images."""
    return math.prod(shape_of_windows(shape, kernel, stride, padding))


def padded_size(shape: Shape, padding: Pair) -> int:
    """Return how many elements images have with margins around them."""
    return math.prod(_padded_shape(shape, padding))


def _padded_shape(shape: Shape, padding: Pair) -> Shape:
    return (*shape[:-2], *(n + 2 * p for n, p in zip(shape[-2:], padding, strict=True)))


def cropped(x: Array, padding: Pair) -> Array:
    """Return `x` without the rows and columns that `padded` puts around it."""
    down, right = padding
    return x[..., down : x.shape[-2] - down, right : x.shape[-1] - right]
