"""Rows that put arrays together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from micrograd_plus.array_ops.indices import along
from micrograd_plus.array_ops.row import Array, ArrayOp, Shape, structural
from micrograd_plus.array_ops.shapes import reshape


def _concatenate(*arrays: Array, axis: int) -> Array:
    return np.concatenate(arrays, axis)


def _part(k: int, g: Any, out: Any, *arrays: Any, axis: int) -> Any:
    """Return the part of `g` that stands where the input `k` stands in the output."""
    axis %= g.ndim
    start = sum(x.shape[axis] for x in arrays[:k])
    return g[along(axis, slice(start, start + arrays[k].shape[axis]))]


def _stack(*arrays: Array, axis: int) -> Array:
    # np.stack takes three times as long.
    shape = np.shape(arrays[0])
    single = (*shape[:axis], 1, *shape[axis:])
    return np.concatenate([np.reshape(x, single) for x in arrays], axis)


def _stacked_concatenation(*arrays: Any, axis: int) -> Any:
    shape = arrays[0].shape
    return concatenate(*[reshape(x, shape=(*shape[:axis], 1, *shape[axis:])) for x in arrays], axis=axis)


def _roll(x: Any, shift: int, axis: int) -> Any:
    # np.roll takes three times as long; of a Tensor or a program's array the same are parts put together.
    cut = x.shape[axis] - shift
    last, first = x[along(axis, slice(cut, None))], x[along(axis, slice(cut))]
    return np.concatenate((last, first), axis) if x.__class__ is np.ndarray else concatenate(last, first, axis=axis)


def _size(*shapes: Shape, axis: int) -> int:
    return sum(map(math.prod, shapes))


concatenate: ArrayOp = structural("concatenate", _concatenate, pullback=_part, names=("axis",), size=_size)
# Along a new axis, counted from the front.
stack: ArrayOp = structural(
    "stack",
    _stack,
    pullback=lambda k, g, out, *arrays, axis: g[along(axis, k)],
    names=("axis",),
    formula=_stacked_concatenation,
    size=_size,
)
# By 0 <= shift <= size of the axis, counted from the front.
roll: ArrayOp = structural(
    "roll",
    _roll,
    lambda g, out, x, shift, axis: roll(g, shift=x.shape[axis] - shift, axis=axis),
    names=("shift", "axis"),
    formula=_roll,
    linear=True,
)
