"""Rows that put arrays together."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.array_ops.row import Array, ArrayOp, structural


def _concatenate(*arrays: Array, axis: int) -> Array:
    return np.concatenate(arrays, axis)


def _part(k: int, g: Any, out: Any, *arrays: Any, axis: int) -> Any:
    """Return the part of `g` that stands where the input `k` stands in the output."""
    axis %= g.ndim
    start = sum(x.shape[axis] for x in arrays[:k])
    return g[(slice(None),) * axis + (slice(start, start + arrays[k].shape[axis]),)]


concatenate: ArrayOp = structural("concatenate", _concatenate, pullback=_part, parameters={"axis": 0})
