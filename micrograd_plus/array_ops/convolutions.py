"""Convolutions of images, channels first: (N, C, H, W) with kernels (O, C, h, w) gives (N, O, ...), as in PyTorch.

The sum over n, o, y, x of upstream * conv2d(image, kernel) is linear in each of its three factors, so its derivatives
by any of them are three rows of which each is the pullback of the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from micrograd_plus.array_ops.margins import (
    Pair,
    count_of_windows,
    padded,
    padded_size,
    shape_of_windows,
    windows_along,
)
from micrograd_plus.array_ops.row import Array, ArrayOp, Shape, structural

_BLOCK_BYTES = 2**19  # of windows that are laid out at a time, so that they are still in the cache when multiplied


def _windows(x: Array, kernel: Pair, stride: Pair) -> Iterator[tuple[slice, Array]]:
    """Yield windows of contiguous images as columns of a matrix (C * h * w, positions), for some images at a time.

    All lie in one buffer, as new memory costs more than what is done in it: each is to be read before the next.
    """
    count, channels = x.shape[:2]
    to_image, to_channel, to_row, to_column = x.strides
    rows, columns = windows_along(x.shape[2:], kernel, stride)
    shape = (channels, *kernel, rows, columns)
    strides = (to_image, to_channel, to_row, to_column, to_row * stride[0], to_column * stride[1])
    depth = channels * kernel[0] * kernel[1]
    step = max(1, _BLOCK_BYTES // max(1, depth * rows * columns * x.itemsize))
    buffer: Array = np.empty((min(step, count), *shape), x.dtype)
    for start in range(0, count, step):
        images = slice(start, min(start + step, count))
        windows = buffer[: images.stop - start]
        windows[...] = np.ndarray(windows.shape, x.dtype, x, start * to_image, strides)
        yield images, windows.reshape(len(windows), depth, rows * columns)


def _correlated(x: Array, weight: Array, stride: Pair) -> Array:
    kernels, kernel = len(weight), _last_two(weight)
    rows, columns = windows_along(x.shape[2:], kernel, stride)
    result = np.empty((len(x), kernels, rows * columns), np.result_type(x, weight))
    matrix = weight.reshape(kernels, math.prod(weight.shape[1:]))
    for images, windows in _windows(x, kernel, stride):
        np.matmul(matrix, windows, out=result[images])
    return result.reshape(len(x), kernels, rows, columns)


def _conv2d(x: Array, weight: Array, stride: Pair, padding: Pair) -> Array:
    return _correlated(np.ascontiguousarray(padded(x, padding)), weight, stride)


def _conv2d_input(g: Array, weight: Array, size: Pair, stride: Pair, padding: Pair) -> Array:
    # Upstream, spread by the stride and with a margin of a kernel's reach, is correlated with the turned kernels.
    axes = zip(size, weight.shape[2:], g.shape[2:], stride, padding, strict=True)
    (height, rows, down), (width, columns, along) = (_spread(*axis) for axis in axes)
    spread = np.zeros((*g.shape[:2], height, width), g.dtype)
    spread[:, :, rows, columns] = g
    return _correlated(spread, weight[:, :, ::-1, ::-1].swapaxes(0, 1), (1, 1))[:, :, down, along]


def _spread(size: int, kernel: int, count: int, stride: int, padding: int) -> tuple[int, slice, slice]:
    """Return, of one axis, how long upstream is when it is spread, where it stands then, and where the image comes."""
    beyond = _beyond(kernel, padding)
    start = kernel - 1 - padding + beyond
    places = slice(start, start + (count - 1) * stride + 1, stride)
    return _spread_size(size, kernel, padding), places, slice(beyond, beyond + size)


def _spread_size(size: int, kernel: int, padding: int) -> int:
    return size + 2 * _beyond(kernel, padding) + kernel - 1


def _beyond(kernel: int, padding: int) -> int:
    """Return how much of the padding along one axis no input is near to."""
    return max(0, padding - kernel + 1)


def _conv2d_weight(x: Array, g: Array, size: Pair, stride: Pair, padding: Pair) -> Array:
    kernels, channels = g.shape[1], x.shape[1]
    # Rows and columns at the end that no window reached.
    height, width = ((n - 1) * s + k for n, s, k in zip(g.shape[2:], stride, size, strict=True))
    images_with_margins = np.ascontiguousarray(padded(x, padding)[:, :, :height, :width])
    flat = g.reshape(len(g), kernels, g.shape[2] * g.shape[3])
    result = np.zeros((kernels, channels * size[0] * size[1]), np.result_type(x, g))
    for images, windows in _windows(images_with_margins, size, stride):
        result += np.add.reduce(np.matmul(flat[images], windows.mT))
    return result.reshape(kernels, channels, *size)


def _last_two(x: Any) -> Pair:
    height, width = x.shape[-2:]
    return height, width


def _size(x: Shape, weight: Shape, stride: Pair, padding: Pair) -> int:
    height, width = weight[2:]
    return weight[0] * count_of_windows((x[0], *x[2:]), (height, width), stride, padding)


def _laid_out(x: Shape, kernel: Shape, stride: Pair, padding: Pair) -> int:
    """Count the images with their margins, and the windows of one."""
    height, width = kernel
    windows = shape_of_windows(x, (height, width), stride, padding)[2:]
    return padded_size(x, padding) + math.prod((x[1], height, width, *windows))


def _laid_out_for_input(g: Shape, weight: Shape, size: Pair, stride: Pair, padding: Pair) -> int:
    height, width = map(_spread_size, size, weight[2:], padding)
    return _laid_out((*g[:2], height, width), weight[2:], (1, 1), (0, 0))


conv2d: ArrayOp = structural(
    "conv2d",
    _conv2d,
    lambda g, out, x, w, **how: conv2d_input(g, w, size=_last_two(x), **how),
    lambda g, out, x, w, **how: conv2d_weight(x, g, size=_last_two(w), **how),
    names=("stride", "padding"),
    laid_out=lambda x, weight, **how: _laid_out(x, weight[2:], **how),
    linear=True,
    size=_size,
)
conv2d_input: ArrayOp = structural(
    "conv2d_input",
    _conv2d_input,
    lambda u, out, g, w, size, **how: conv2d(u, w, **how),
    lambda u, out, g, w, size, **how: conv2d_weight(u, g, size=_last_two(w), **how),
    names=("size", "stride", "padding"),
    laid_out=_laid_out_for_input,
    linear=True,
    size=lambda g, weight, size, **how: math.prod((g[0], weight[1], *size)),
)
conv2d_weight: ArrayOp = structural(
    "conv2d_weight",
    _conv2d_weight,
    lambda u, out, x, g, size, **how: conv2d_input(g, u, size=_last_two(x), **how),
    lambda u, out, x, g, size, **how: conv2d(x, u, **how),
    names=("size", "stride", "padding"),
    laid_out=lambda x, g, size, **how: _laid_out(x, size, **how),
    linear=True,
    size=lambda x, g, size, **how: math.prod((g[1], x[1], *size)),
)
