"""Rows that make one number of many: `axis` is None, an axis or several."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_plus.array_ops.row import Array, ArrayOp, Axis, nothing, structural
from micrograd_plus.array_ops.shapes import broadcast_to, reshape
from micrograd_plus.ops import where

ALL: dict[str, Any] = {"axis": None, "keepdims": False}  # the parameters of a reduction


def stretched(x: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    """Take a reduction's result back to the `shape` it was reduced from, along `axis`."""
    if axis is not None and x.ndim:
        x = reshape(x, shape=kept_shape(shape, axis))
    return broadcast_to(x, shape=shape)


def kept_shape(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """Return `shape` with 1 in place of the reduced axes."""
    reduced = {k % len(shape) for k in _axes(axis, len(shape))}
    return tuple(1 if k in reduced else size for k, size in enumerate(shape))


def _axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    # NumPy takes a single number for an array of one axis too.
    if axis is None or not ndim:
        return tuple(range(ndim))
    return axis if isinstance(axis, tuple) else (axis,)


def _count(shape: tuple[int, ...], axis: Axis) -> int:
    return math.prod(shape[k] for k in _axes(axis, len(shape)))


def _reduced_by(ufunc: Any) -> Callable[..., Any]:
    return lambda x, axis, keepdims: ufunc.reduce(x, axis=axis, keepdims=keepdims)


_sum = _reduced_by(np.add)


def _mean(x: Array, axis: Axis, keepdims: bool) -> Any:
    # np.mean is three times slower on small arrays.
    return _sum(x, axis, keepdims) / _count(x.shape, axis)


def _first_extreme(x: Array, extreme: Array, axis: Axis) -> Array:
    hit: Array = np.equal(x, np.reshape(extreme, kept_shape(x.shape, axis)))
    axes = _axes(axis, x.ndim)
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(hit, axes, last)
    flat = moved.reshape(*moved.shape[: moved.ndim - len(axes)], _count(x.shape, axis))
    first = (flat & (np.cumsum(flat, axis=-1) == 1)).reshape(moved.shape)
    result: Array = np.moveaxis(first, last, axes).astype(x.dtype)
    return result


def _to_extreme(g: Any, out: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    return where(first_extreme(x, out, axis=axis), stretched(g, x.shape, axis), 0.0)


# 1 where an array first reaches its extreme along the axis, 0 elsewhere.
first_extreme: ArrayOp = structural("first_extreme", _first_extreme, nothing, nothing, parameters={"axis": None})
detached: ArrayOp = structural("detached", lambda x: x, nothing)


total: ArrayOp = structural(
    "sum",
    _sum,
    lambda g, out, x, axis, keepdims: stretched(g, x.shape, axis),
    parameters=ALL,
    linear=True,
)
mean: ArrayOp = structural(
    "mean",
    _mean,
    lambda g, out, x, axis, keepdims: stretched(g / _count(x.shape, axis), x.shape, axis),
    parameters=ALL,
    formula=lambda x, axis, keepdims: total(x, axis=axis, keepdims=keepdims) / float(_count(x.shape, axis)),
    linear=True,
)
# Where several elements are the largest, the gradient goes to the first, as for `maximum`.
largest: ArrayOp = structural("max", _reduced_by(np.maximum), _to_extreme, parameters=ALL)
smallest: ArrayOp = structural("min", _reduced_by(np.minimum), _to_extreme, parameters=ALL)
