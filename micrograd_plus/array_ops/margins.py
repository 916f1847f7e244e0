"""Margins around the last two axes, where convolutions and pools reach beyond an image."""

from __future__ import annotations

import math

import numpy as np

from micrograd_plus.array_ops.row import Array, Shape

Pair = tuple[int, int]  # of rows and of columns

_LARGEST_PADDED = 2**26  # elements


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


def padded_shape(shape: Shape, padding: Pair) -> Shape:
    """Return the shape with margins; ValueError where they make too much of it.

    What is padded is larger than the result, by as much as one likes if the stride is large.
    """
    margins = (0,) * (len(shape) - 2) + padding
    found = tuple(n + 2 * p for n, p in zip(shape, margins, strict=True))
    if math.prod(found) > max(_LARGEST_PADDED, 4 * math.prod(shape)):
        raise ValueError(f"a padding of {padding} is too much for an array of shape {shape}")
    return found


def count_of_windows(shape: Shape, kernel: Pair, stride: Pair, padding: Pair) -> int:
    """Return how many windows there are over the last two axes; errors as for `padded_shape`."""
    *outer, height, width = padded_shape(shape, padding)
    windows = ((n - k) // s + 1 for n, k, s in zip((height, width), kernel, stride, strict=True))
    return math.prod(outer) * math.prod(max(0, count) for count in windows)


def size_within(shape: Shape, padding: Pair) -> int:
    """Return the size of images whose margins are cut off in the end; errors as for `padded_shape`."""
    padded_shape(shape, padding)
    return math.prod(shape)


def cropped(x: Array, padding: Pair) -> Array:
    """Return `x` without the rows and columns that `padded` puts around it."""
    down, right = padding
    return x[..., down : x.shape[-2] - down, right : x.shape[-1] - right]
