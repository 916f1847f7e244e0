"""Rows that put elements into the order of keys along an axis, and back; equal keys stay as they stand, nan is last.

The order is found anew each time a row runs, so that a program which repeats it follows the numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.array_ops.row import Array, ArrayOp, nothing, size_of_alike, structural


def _order(keys: Array, axis: int) -> Any:
    return np.argsort(keys, axis=axis, kind="stable")


def _in_order(x: Array, keys: Array, axis: int) -> Array:
    return np.take_along_axis(x, _order(keys, axis), axis)


def _from_order(x: Array, keys: Array, axis: int) -> Array:
    result = np.empty_like(x)
    np.put_along_axis(result, _order(keys, axis), x, axis)
    return result


def _sort(x: Array, axis: int) -> Array:
    return np.sort(x, axis=axis)


# `in_order(x, keys)` has x[k] where sorted keys have keys[k]; `from_order` takes that back.
in_order: ArrayOp = structural(
    "in_order",
    _in_order,
    lambda g, out, x, keys, axis: from_order(g, keys, axis=axis),
    nothing,
    names=("axis",),
    size=size_of_alike,
)
from_order: ArrayOp = structural(
    "from_order",
    _from_order,
    lambda g, out, x, keys, axis: in_order(g, keys, axis=axis),
    nothing,
    names=("axis",),
    size=size_of_alike,
)
sort: ArrayOp = structural(
    "sort",
    _sort,
    lambda g, out, x, axis: from_order(g, x, axis=axis),
    names=("axis",),
)
