"""Products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.array_ops.row import Array, ArrayOp, structural


def _matmul(a: Array, b: Array) -> Array:
    try:
        product: Array = np.matmul(a, b)
    except ValueError:
        raise ValueError(f"no matrix product of shapes {a.shape} and {b.shape}: want (..., n) @ (n, ...)") from None
    return product


def _to_left_factor(g: Any, out: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return g[..., None] * b
    return (b @ g[..., None])[..., 0] if a.ndim == 1 else g @ b.mT


def _to_right_factor(g: Any, out: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1:
        return g * a if b.ndim == 1 else a[:, None] * g[..., None, :]
    return (a.mT @ g[..., None])[..., 0] if b.ndim == 1 else a.mT @ g


matmul: ArrayOp = structural("matmul", _matmul, _to_left_factor, _to_right_factor, python="{} @ {}", linear=True)
