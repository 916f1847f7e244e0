"""Rows that take elements out and put them back."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.array_ops.row import Array, ArrayOp, structural


def _scatter(x: Array, key: Any, shape: tuple[int, ...]) -> Array:
    result = np.zeros(shape, x.dtype)
    np.add.at(result, key, x)
    return result


index: ArrayOp = structural(
    "index",
    lambda x, key: x[key],
    lambda g, out, x, key: scatter(g, key=key, shape=x.shape),
    python="{}[{key}]",
    linear=True,
)
scatter: ArrayOp = structural(
    "scatter",
    _scatter,
    lambda g, out, x, key, shape: index(g, key=key),
    python="scatter({}, {key}, {shape})",
    linear=True,
)
