"""How many numbers an operation on arrays gives, told from shapes alone, before it takes the memory for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd_plus.arguments import float_type
from micrograd_plus.array_ops import ArrayOp
from micrograd_plus.array_ops.contractions import terms
from micrograd_plus.ops import Op

Shape = tuple[int, ...]

_LARGEST_PADDED = 2**26


def result_size(op: Op, shapes: Sequence[Shape]) -> int:
    """Return the number of elements that `op` gives on arrays of these shapes; ValueError where they do not fit.

    >>> from micrograd_plus.array_ops import matmul
    >>> result_size(matmul, [(1000000, 1), (1, 1000000)])
    1000000000000
    """
    if not isinstance(op, ArrayOp):
        return math.prod(np.broadcast_shapes(*shapes))
    if rule := _RULES.get(op.name):
        return rule(*shapes, **op.parameters)
    # All others give at most as many numbers as they are given.
    return int(np.size(op.on_arrays(*(np.broadcast_to(0.0, shape) for shape in shapes))))


def _of_product(a: Shape, b: Shape) -> int:
    if not a or not b or a[-1] != b[-2:][0]:
        raise ValueError(f"no matrix product of shapes {a} and {b}")
    return math.prod((*np.broadcast_shapes(a[:-2], b[:-2]), *a[-2:-1], *b[1:][-1:]))


def _of_contraction(a: Shape, b: Shape, subscripts: str) -> int:
    first, second, out = terms(subscripts)
    sizes = dict(zip(first + second, a + b, strict=True))
    return math.prod(sizes[letter] for letter in out)


def _padded(shape: Shape, padding: Shape) -> Shape:
    """Return the shape with margins; ValueError where they make too much of it.

    What is padded is larger than the result, by as much as one likes if the stride is large.
    """
    margins = (0,) * (len(shape) - 2) + padding
    found = tuple(n + 2 * p for n, p in zip(shape, margins, strict=True))
    if math.prod(found) > max(_LARGEST_PADDED, 4 * math.prod(shape)):
        raise ValueError(f"a padding of {padding} is too much for an array of shape {shape}")
    return found


def _of_windows(shape: Shape, kernel: Shape, stride: Shape, padding: Shape) -> int:
    """Return how many windows there are over the last two axes."""
    *outer, height, width = _padded(shape, padding)
    windows = ((n - k) // s + 1 for n, k, s in zip((height, width), kernel, stride, strict=True))
    return math.prod(outer) * math.prod(max(0, count) for count in windows)


def _of_convolution(x: Shape, weight: Shape, stride: Shape, padding: Shape) -> int:
    _padded(x, padding)
    return weight[0] * _of_windows((x[0], *x[2:]), weight[2:], stride, padding)


def _of_images(shape: Shape, padding: Shape) -> int:
    """Return the size of images whose margins are cut off in the end."""
    _padded(shape, padding)
    return math.prod(shape)


def _of_kernels(x: Shape, g: Shape, size: Shape, padding: Shape) -> int:
    _padded(x, padding)
    return math.prod((g[1], x[1], *size))


def _of_taken(x: Shape, pooled: Shape, padding: Shape) -> int:
    _padded(x, padding)
    return math.prod(pooled)


def _of_type(x: Shape, dtype: str) -> int:
    float_type(dtype)  # an element of another could be of any length
    return math.prod(x)


def _of_index(shape: Shape, key: Any) -> int:
    parts: list[Any] = []
    for part in key if isinstance(key, tuple) else (key,):
        parts += part.nonzero() if isinstance(part, np.ndarray) and part.dtype == bool else [part]
    chosen = [part for part in parts if isinstance(part, np.ndarray)]
    count = math.prod(np.broadcast_shapes(*(part.shape for part in chosen)))
    if not count:
        return 0  # also along axes that have no element
    one_each = tuple(np.zeros(1, int) if isinstance(part, np.ndarray) else part for part in parts)
    rest = np.size(np.broadcast_to(0.0, shape)[one_each])
    return rest * count


_RULES: dict[str, Callable[..., int]] = {
    "astype": _of_type,
    "avg_pool2d": _of_windows,
    "avg_pool2d_input": lambda g, size, padding, **how: _of_images((*g[:-2], *size), padding),
    "broadcast_to": lambda x, shape: math.prod(shape),
    "conv2d": _of_convolution,
    "conv2d_input": lambda g, weight, size, padding, **how: _of_images((g[0], weight[1], *size), padding),
    "conv2d_weight": lambda x, g, size, padding, **how: _of_kernels(x, g, size, padding),
    "einsum": _of_contraction,
    "index": _of_index,
    "matmul": _of_product,
    "max_pool2d": _of_windows,
    "max_pool2d_input": lambda g, x, pooled, padding, **how: _of_images(x, padding),
    "max_pool2d_taken": lambda u, x, pooled, padding, **how: _of_taken(x, pooled, padding),
    "scatter": lambda x, key, shape: math.prod(shape),
}
