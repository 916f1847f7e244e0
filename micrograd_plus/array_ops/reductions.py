"""Rows that make one number of many: `axis` is None, an axis or several."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from micrograd_plus.array_ops.row import Array, ArrayOp, Axis, nothing, structural
from micrograd_plus.array_ops.shapes import broadcast_to, order_back, reshape, transpose
from micrograd_plus.ops import Operand, where

ALL: dict[str, Any] = {"axis": None, "keepdims": False}  # the parameters of a reduction
REDUCED_BY: dict[str, np.ufunc] = {}  # rows that a ufunc of two inputs reduces to


def kept(x: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    """Give a reduction's result axes of size 1 where it lacks axes of the `shape` that meet others than in front."""
    if axis is None or x.ndim == len(shape):
        return x
    return reshape(x, shape=kept_shape(shape, axis))


def stretched(x: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    """Take a reduction's result back to the `shape` it was reduced from, along `axis`."""
    return broadcast_to(kept(x, shape, axis), shape=shape)


@lru_cache(maxsize=1024)
def kept_shape(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """Return `shape` with 1 in place of the reduced axes."""
    reduced = {k % len(shape) for k in _axes(axis, len(shape))}
    return tuple(1 if k in reduced else size for k, size in enumerate(shape))


def _axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    # NumPy takes a single number for an array of one axis too.
    if axis is None or not ndim:
        return tuple(range(ndim))
    return axis if isinstance(axis, tuple) else (axis,)


@lru_cache(maxsize=1024)
def count(shape: tuple[int, ...], axis: Axis) -> int:
    """Return how many elements make one of the result."""
    return math.prod(shape[k] for k in _axes(axis, len(shape)))


# --- several axes as one ----------------------------------------------------------------------------------------------


def _joined_order(ndim: int, axis: Axis) -> tuple[int, ...]:
    axes = [k % ndim for k in _axes(axis, ndim)]
    return (*(k for k in range(ndim) if k not in axes), *axes)


def joined(x: Any, axis: Axis) -> Any:
    """Return `x` with the axes that are reduced as one axis, the last."""
    order = _joined_order(x.ndim, axis)
    rest = x.ndim - len(_axes(axis, x.ndim))
    if order != tuple(range(x.ndim)):
        x = transpose(x, axes=order)
    return reshape(x, shape=(*x.shape[:rest], math.prod(x.shape[rest:])))


def parted(x: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    """Take back what `joined` did to an array of this shape."""
    order = _joined_order(len(shape), axis)
    x = reshape(x, shape=tuple(shape[k] for k in order))
    return x if order == tuple(range(len(shape))) else transpose(x, axes=order_back(order))


# --- sums and means ---------------------------------------------------------------------------------------------------


def _reduced_by(ufunc: np.ufunc) -> Callable[..., Any]:
    return lambda x, axis, keepdims: ufunc.reduce(x, axis=axis, keepdims=keepdims)


def reduction(name: str, ufunc: np.ufunc, pullback: Callable[..., Any], **facts: Any) -> ArrayOp:
    """Add a row that reduces arrays by a ufunc; see `ArrayOp`."""
    REDUCED_BY[name] = ufunc
    return structural(name, _reduced_by(ufunc), pullback, parameters=ALL, **facts)


sum_of_array = _reduced_by(np.add)


def mean_of_array(x: Array, axis: Axis, keepdims: bool) -> Any:
    """Return the mean of an array; np.mean is three times slower on small ones."""
    return sum_of_array(x, axis, keepdims) / count(x.shape, axis)


total: ArrayOp = reduction("sum", np.add, lambda g, out, x, axis, keepdims: stretched(g, x.shape, axis), linear=True)
mean: ArrayOp = structural(
    "mean",
    mean_of_array,
    lambda g, out, x, axis, keepdims: stretched(g / count(x.shape, axis), x.shape, axis),
    parameters=ALL,
    formula=lambda x, axis, keepdims: total(x, axis=axis, keepdims=keepdims) / float(count(x.shape, axis)),
    linear=True,
)


def sum_of_products(a: Any, b: Any, axis: Axis) -> Any:
    """Return the sum of `a * b` with the axis kept; along the last one of arrays without an array of the products."""
    if axis == -1 and a.__class__ is b.__class__ is np.ndarray and a.ndim:
        return np.vecdot(a, b)[..., None]
    return total(a * b, axis=axis, keepdims=True)


# --- extremes ---------------------------------------------------------------------------------------------------------


def _first_extreme(x: Array, extreme: Array, axis: Axis) -> Array:
    hit: Array = np.equal(x, np.reshape(extreme, kept_shape(x.shape, axis)))
    if np.count_nonzero(hit) != np.count_nonzero(extreme == extreme):  # nan is not equal to itself
        hit = _first_of_several(hit, axis)
    return hit


def _first_of_several(hit: Array, axis: Axis) -> Array:
    axes = _axes(axis, hit.ndim)
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(hit, axes, last)
    flat = moved.reshape(*moved.shape[: moved.ndim - len(axes)], count(hit.shape, axis))
    first = (flat & (np.cumsum(flat, axis=-1) == 1)).reshape(moved.shape)
    result: Array = np.moveaxis(first, last, axes)
    return result


def _to_extreme(g: Any, out: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    first = first_extreme(x, out, axis=axis)
    # A mask of bools is half as dear as numbers.
    return (where if isinstance(first, Operand) else np.where)(first, kept(g, x.shape, axis), 0.0)


# 1 where an array first reaches its extreme along the axis, 0 elsewhere; where there is a nan, 0 everywhere.
first_extreme: ArrayOp = structural("first_extreme", _first_extreme, nothing, nothing, names=("axis",))
detached: ArrayOp = structural("detached", lambda x: x, nothing)
# Where several elements are the largest, the gradient goes to the first, as for `maximum`.
largest: ArrayOp = reduction("max", np.maximum, _to_extreme)
smallest: ArrayOp = reduction("min", np.minimum, _to_extreme)
