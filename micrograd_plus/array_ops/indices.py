"""Rows that take elements out and put them back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from micrograd_plus.array_ops.row import Array, ArrayOp, Shape, size_of_alike, structural

_FEW = 256
_MOST_AXES = 64  # of NumPy's arrays, which refuse an index of more


def along(axis: int, key: Any) -> tuple[Any, ...]:
    """Return the index that takes `key` along an axis counted from the front."""
    return (*[slice(None)] * min(axis, _MOST_AXES), key)


def _scatter(x: Array, key: Any, shape: tuple[int, ...]) -> Array:
    may_repeat = _may_repeat(key)
    if may_repeat and x.size > _FEW:
        # np.add.at takes up to ten times as long, for few elements half as long.
        weights = np.ravel(x)
        sums = np.bincount(_places(key, shape), weights, math.prod(shape))
        return sums.reshape(shape).astype(x.dtype, copy=False)
    result = np.zeros(shape, x.dtype)
    if may_repeat:
        np.add.at(result, key, x)
    else:
        result[key] = x
    return result


def _may_repeat(key: Any) -> bool:
    """Tell whether an index may take one element several times: only arrays of integers do."""
    for part in key if key.__class__ is tuple else (key,):
        if isinstance(part, np.ndarray | list | tuple) and np.asarray(part).dtype.kind != "b":
            return True
    return False


def _places(key: Any, shape: tuple[int, ...]) -> Array:
    """Return where the elements that `key` takes stand in an array of `shape`, counted through."""
    if key.__class__ is np.ndarray:  # rows of a table, which may be a large one
        width = math.prod(shape[1:])
        first = key.ravel().astype(np.intp) % shape[0] * width  # in bytes, places would not fit
        rows: Array = first[:, None] + np.arange(width)
        return rows.ravel()
    places: Array = np.arange(math.prod(shape)).reshape(shape)[key]
    return places.ravel()


def _size(shape: Shape, key: Any) -> int:
    parts: list[Any] = []
    for part in key if isinstance(key, tuple) else (key,):
        part = np.asarray(part) if isinstance(part, list | tuple) else part
        is_mask = isinstance(part, np.ndarray) and part.dtype == bool
        parts += [np.broadcast_to(0, int(np.count_nonzero(part)))] * part.ndim if is_mask else [part]
    chosen = [part for part in parts if isinstance(part, np.ndarray)]
    count = math.prod(np.broadcast_shapes(*(part.shape for part in chosen)))
    if not count:
        return 0  # also along axes that have no element
    one_each = tuple(np.zeros(1, int) if isinstance(part, np.ndarray) else part for part in parts)
    rest = np.size(np.broadcast_to(0.0, shape)[one_each])
    return rest * count


def _scattered_size(x: Shape, key: Any, shape: Shape) -> int:
    size_of_alike((_size(shape, key),), (math.prod(x),))
    return math.prod(shape)


index: ArrayOp = structural(
    "index",
    lambda x, key: x[key],
    lambda g, out, x, key: scatter(g, key=key, shape=x.shape),
    python="{}[{key}]",
    linear=True,
    size=_size,
)
scatter: ArrayOp = structural(
    "scatter",
    _scatter,
    lambda g, out, x, key, shape: index(g, key=key),
    python="scatter({}, {key}, {shape})",
    linear=True,
    size=_scattered_size,
)
