"""Products of matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from micrograd_plus.array_ops.row import Array, ArrayOp, Shape, structural
from micrograd_plus.array_ops.shapes import reshape


def _matmul(a: Array, b: Array) -> Array:
    product: Array
    try:
        if 0 < a.ndim <= 2 and 0 < b.ndim <= 2:
            product = a.dot(b)  # half a microsecond less than matmul
        elif b.ndim == 2 and a.ndim and a.shape[-1] == len(b):
            product = _rows(a).dot(b).reshape(*a.shape[:-1], b.shape[1])  # matmul takes one matrix after the other
        else:
            product = np.matmul(_with_rows(a), _with_rows(b))
    except ValueError:
        raise ValueError(f"no matrix product of shapes {a.shape} and {b.shape}: want (..., n) @ (n, ...)") from None
    return product


def _with_rows(x: Array) -> Array:
    """Return matrices whose rows or columns are contiguous: of others NumPy's product is ten times slower."""
    return x if x.ndim < 3 or x.itemsize in x.strides[-2:] else x.copy()


def _rows(x: Any) -> Any:
    """Return all rows of a stack of matrices as one matrix."""
    return x if x.ndim == 2 else reshape(x, shape=(math.prod(x.shape[:-1]), x.shape[-1]))


def _flat(x: Any) -> Any:
    return x if x.ndim == 1 else reshape(x, shape=(math.prod(x.shape),))


def _product(a: Any, b: Any) -> Any:
    return _matmul(a, b) if a.__class__ is np.ndarray else a @ b


def _to_left_factor(g: Any, out: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return g[..., None] * b
    if a.ndim == 1:
        return _product(b, g) if b.ndim == 2 else (b @ g[..., None])[..., 0]
    return _product(g, b.mT)


def _to_right_factor(g: Any, out: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1:
        return g * a if b.ndim == 1 else a[:, None] * g[..., None, :]
    if b.ndim > 2:
        return a.mT @ g
    # One product of all rows, instead of one a matrix and their sum.
    return _product(_rows(a).mT, _rows(g) if b.ndim == 2 else _flat(g))


def _size(a: Shape, b: Shape) -> int:
    if not a or not b or a[-1] != b[-2:][0]:
        raise ValueError(f"no matrix product of shapes {a} and {b}")
    return math.prod((*np.broadcast_shapes(a[:-2], b[:-2]), *a[-2:-1], *b[1:][-1:]))


matmul: ArrayOp = structural(
    "matmul", _matmul, _to_left_factor, _to_right_factor, python="{} @ {}", linear=True, size=_size
)
