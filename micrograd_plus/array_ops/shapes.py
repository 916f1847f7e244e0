"""Rows that give the same numbers in another shape or type."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from micrograd_plus.arguments import float_type
from micrograd_plus.array_ops.row import Array, ArrayOp, Shape, structural

_LARGE = 30_000  # elements, from which on writing them costs more than np.broadcast_to


def _broadcast(x: Array, shape: tuple[int, ...]) -> Array:
    if math.prod(shape) >= _LARGE:
        return np.broadcast_to(x, shape)
    result = np.empty(shape, x.dtype)
    result[...] = x
    return result


def summed_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Sum `x` over the axes along which `shape` was stretched to the shape of `x`."""
    leading = x.ndim - len(shape)
    if leading == 1 and x.shape[1:] == shape:
        first: Array = np.add.reduce(x)
        return first
    axes = (*range(leading), *(k for k in range(leading, x.ndim) if shape[k - leading] == 1 != x.shape[k]))
    summed: Array = np.add.reduce(x, axis=axes)
    return summed.reshape(shape)


def _reshape(x: Array, shape: tuple[int, ...]) -> Array:
    try:
        return x.reshape(shape)
    except ValueError:
        wanted = f"want {x.size} elements and at most one size of -1"
        raise ValueError(f"no reshape of shape {x.shape} to {shape}: {wanted}") from None


def _transpose(x: Array, axes: tuple[int, ...]) -> Array:
    try:
        return x.transpose(axes)
    except ValueError:
        wanted = f"want each of its {x.ndim} axes once"
        raise ValueError(f"no transpose of shape {x.shape} by axes {axes}: {wanted}") from None


def _astype(x: Array, dtype: str) -> Array:
    return np.asarray(x).astype(dtype)  # a program's numbers are Python's


def _size_as_type(x: Shape, dtype: str) -> int:
    float_type(dtype)  # an element of another could be of any length
    return math.prod(x)


@lru_cache(maxsize=256)
def order_back(axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the order of axes that undoes this one."""
    return tuple(np.argsort([k % len(axes) for k in axes]).tolist())


broadcast_to: ArrayOp = structural(
    "broadcast_to",
    _broadcast,
    lambda g, out, x, shape: sum_to(g, shape=x.shape),
    python="broadcast_to({}, {shape})",
    linear=True,
    size=lambda x, shape: math.prod(shape),
)
sum_to: ArrayOp = structural(
    "sum_to",
    summed_to,
    lambda g, out, x, shape: broadcast_to(g, shape=x.shape),
    python="sum_to({}, {shape})",
    linear=True,
)
reshape: ArrayOp = structural(
    "reshape",
    _reshape,
    lambda g, out, x, shape: reshape(g, shape=x.shape),
    python="reshape({}, {shape})",
    linear=True,
)
transpose: ArrayOp = structural(
    "transpose",
    _transpose,
    lambda g, out, x, axes: transpose(g, axes=order_back(axes)),
    python="transpose({}, {axes})",
    linear=True,
)
astype: ArrayOp = structural(
    "astype",
    _astype,
    lambda g, out, x, dtype: astype(g, dtype=str(x.dtype)),
    linear=True,
    names=("dtype",),
    size=_size_as_type,
)
