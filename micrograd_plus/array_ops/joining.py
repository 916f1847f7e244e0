"""Rows that put arrays together."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.array_ops.row import Array, ArrayOp, structural
from micrograd_plus.array_ops.shapes import reshape


def _concatenate(*arrays: Array, axis: int) -> Array:
    return np.concatenate(arrays, axis)


def _part(k: int, g: Any, out: Any, *arrays: Any, axis: int) -> Any:
    """Return the part of `g` that stands where the input `k` stands in the output."""
    axis %= g.ndim
    start = sum(x.shape[axis] for x in arrays[:k])
    return g[(slice(None),) * axis + (slice(start, start + arrays[k].shape[axis]),)]


def _stack(*arrays: Array, axis: int) -> Array:
    # np.stack takes three times as long.
    shape = np.shape(arrays[0])
    single = (*shape[:axis], 1, *shape[axis:])
    return np.concatenate([np.reshape(x, single) for x in arrays], axis)


def _stacked_concatenation(*arrays: Any, axis: int) -> Any:
    shape = arrays[0].shape
    return concatenate(*[reshape(x, shape=(*shape[:axis], 1, *shape[axis:])) for x in arrays], axis=axis)


concatenate: ArrayOp = structural("concatenate", _concatenate, pullback=_part, parameters={"axis": 0})
# Along a new axis, counted from the front.
stack: ArrayOp = structural(
    "stack",
    _stack,
    pullback=lambda k, g, out, *arrays, axis: g[(slice(None),) * axis + (k,)],
    parameters={"axis": 0},
    formula=_stacked_concatenation,
)
