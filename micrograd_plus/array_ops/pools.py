"""The largest and the mean of windows over the last two axes, as PyTorch's pools of two dimensions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from micrograd_plus.array_ops.margins import Pair, count_of_windows, cropped, padded, padded_size, shape_of_windows
from micrograd_plus.array_ops.row import Array, ArrayOp, Shape, nothing, size_of_alike, structural
from micrograd_plus.masks import kept_where

_VIEW = 32  # a view of an array takes as much as so many elements


def _positions(size: int, kernel: int, stride: int) -> list[slice]:
    """Return, for each place in a window, where along an axis it is in all windows."""
    reach = (size - kernel) // stride * stride + 1
    return [slice(k, k + reach, stride) for k in range(kernel)]


def _pooled(ufunc: Any, x: Array, kernel: Pair, stride: Pair) -> Array:
    """Combine windows by `ufunc`: down the columns first, then along the rows."""
    for axis in (-2, -1):
        first, *others = [
            x[..., place, :] if axis == -2 else x[..., place]
            for place in _positions(x.shape[axis], kernel[axis], stride[axis])
        ]
        x = first
        for k, other in enumerate(others):
            x = ufunc(x, other, out=x if k else None)  # the first result is new, the others are made in its place
    return x


def _laid_out(x: Shape, kernel: Pair, stride: Pair, padding: Pair) -> int:
    return padded_size(x, padding) + _VIEW * sum(kernel)


# --- the largest ------------------------------------------------------------------------------------------------------


def _max_pool2d(x: Array, kernel: Pair, stride: Pair, padding: Pair) -> Array:
    result = _pooled(np.maximum, padded(x, padding, -np.inf), kernel, stride)
    return result.copy() if result.base is not None else result


def _first_hits(x: Array, out: Array, kernel: Pair, stride: Pair) -> Iterator[tuple[Any, Array]]:
    """Yield each place in a window, as an index of padded `x`, and which windows have their first extreme there."""
    left = np.ones(out.shape, bool)
    for rows in _positions(x.shape[-2], kernel[0], stride[0]):
        for columns in _positions(x.shape[-1], kernel[1], stride[1]):
            key = (..., rows, columns)
            hit = x[key] == out
            hit &= left
            left ^= hit
            yield key, hit


def _max_pool2d_input(g: Array, x: Array, out: Array, kernel: Pair, stride: Pair, padding: Pair) -> Array:
    x = padded(x, padding, -np.inf)
    result = np.zeros(x.shape, g.dtype)
    apart = stride[0] >= kernel[0] and stride[1] >= kernel[1]
    for key, hit in _first_hits(x, out, kernel, stride):
        place = result[key]
        if apart:
            kept_where(hit, g, out=place)
        else:
            place += kept_where(hit, g)
    return cropped(result, padding)


def _max_pool2d_taken(u: Array, x: Array, out: Array, kernel: Pair, stride: Pair, padding: Pair) -> Array:
    x, u = padded(x, padding, -np.inf), padded(u, padding)
    result = np.zeros(out.shape, u.dtype)
    for key, hit in _first_hits(x, out, kernel, stride):
        result += kept_where(hit, u[key])
    return result


_WINDOWS = ("kernel", "stride", "padding")


def _size_of_input(g: Shape, x: Shape, pooled: Shape, **how: Pair) -> int:
    size_of_alike(shape_of_windows(x, **how), pooled, g)
    return math.prod(x)


def _size_of_taken(u: Shape, x: Shape, pooled: Shape, **how: Pair) -> int:
    size_of_alike(x, u)
    return size_of_alike(shape_of_windows(x, **how), pooled)


def _laid_out_for_hits(g: Shape, x: Shape, pooled: Shape, kernel: Pair, stride: Pair, padding: Pair) -> int:
    return padded_size(x, padding) + _VIEW * math.prod(kernel)


max_pool2d: ArrayOp = structural(
    "max_pool2d",
    _max_pool2d,
    lambda g, out, x, **how: max_pool2d_input(g, x, out, **how),
    names=_WINDOWS,
    laid_out=_laid_out,
    size=count_of_windows,
)
# The gradient of each window at the first of its largest elements, and back: what windows take of another array there.
max_pool2d_input: ArrayOp = structural(
    "max_pool2d_input",
    _max_pool2d_input,
    lambda u, out, g, x, pooled, **how: max_pool2d_taken(u, x, pooled, **how),
    nothing,
    nothing,
    names=_WINDOWS,
    laid_out=_laid_out_for_hits,
    size=_size_of_input,
)
max_pool2d_taken: ArrayOp = structural(
    "max_pool2d_taken",
    _max_pool2d_taken,
    lambda g, out, u, x, pooled, **how: max_pool2d_input(g, x, pooled, **how),
    nothing,
    nothing,
    names=_WINDOWS,
    laid_out=_laid_out_for_hits,
    size=_size_of_taken,
)


# --- the mean ---------------------------------------------------------------------------------------------------------


def _avg_pool2d(x: Array, kernel: Pair, stride: Pair, padding: Pair) -> Array:
    return _pooled(np.add, padded(x, padding, 0.0), kernel, stride) / (kernel[0] * kernel[1])


def _avg_pool2d_input(g: Array, size: Sequence[int], kernel: Pair, stride: Pair, padding: Pair) -> Array:
    height, width = (n + 2 * p for n, p in zip(size, padding, strict=True))
    share = g / (kernel[0] * kernel[1])
    columns = np.zeros((*g.shape[:-1], width), g.dtype)
    for place in _positions(width, kernel[1], stride[1]):
        part = columns[..., place]
        part += share
    result = np.zeros((*g.shape[:-2], height, width), g.dtype)
    for place in _positions(height, kernel[0], stride[0]):
        part = result[..., place, :]
        part += columns
    return cropped(result, padding)


def _size_of_spread(g: Shape, size: Pair, **how: Pair) -> int:
    x = (*g[:-2], *size)
    size_of_alike(shape_of_windows(x, **how), g)
    return math.prod(x)


avg_pool2d: ArrayOp = structural(
    "avg_pool2d",
    _avg_pool2d,
    lambda g, out, x, **how: avg_pool2d_input(g, size=tuple(x.shape[-2:]), **how),
    names=_WINDOWS,
    laid_out=_laid_out,
    linear=True,
    size=count_of_windows,
)
avg_pool2d_input: ArrayOp = structural(
    "avg_pool2d_input",
    _avg_pool2d_input,
    lambda u, out, g, size, **how: avg_pool2d(u, **how),
    names=("size", *_WINDOWS),
    laid_out=lambda g, size, **how: _laid_out((*g[:-2], *size), **how),
    linear=True,
    size=_size_of_spread,
)
