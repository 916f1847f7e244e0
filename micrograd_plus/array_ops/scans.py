"""Rows that go along an axis and keep what they have so far; and the product, whose gradient is made of such.

No gradient divides by an element, so that zeros do no harm: products of all elements but one are products of those
before it and those after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_plus.array_ops.indices import along
from micrograd_plus.array_ops.reductions import joined, kept, parted, reduction
from micrograd_plus.array_ops.row import Array, ArrayOp, size_of_alike, structural

_ALONG = ("axis", "reverse")


def _directed(x: Array, axis: int, reverse: bool) -> Array:
    return x[along(axis, slice(None, None, -1))] if reverse else x


def _cumsum(x: Array, axis: int, reverse: bool) -> Array:
    result: Array = np.add.accumulate(_directed(x, axis, reverse), axis=axis)
    return _directed(result, axis, reverse)


def _cumprod(x: Array, axis: int) -> Array:
    result: Array = np.multiply.accumulate(x, axis=axis)
    return result


def _exclusive_cumprod(x: Array, axis: int, reverse: bool) -> Array:
    result = np.ones_like(x)
    others, after = _directed(x, axis, reverse), _directed(result, axis, reverse)
    all_but_last, all_but_first = along(axis, slice(-1)), along(axis, slice(1, None))
    np.multiply.accumulate(others[all_but_last], axis=axis, out=after[all_but_first])
    return result


def _linear_recurrence(b: Array, a: Array, axis: int, reverse: bool) -> Array:
    result = np.zeros_like(b)
    all_but_last = along(axis, slice(-1))
    s = _directed(result, axis, reverse)[along(axis, slice(1, None))]
    s[...] = _directed(b, axis, reverse)[all_but_last]
    factors = _directed(a, axis, reverse)[along(axis, slice(1, -1))]
    # By doubling: after each round s holds the recurrence over twice as many elements, and factors their products.
    step = 1
    while step < s.shape[axis]:
        earlier, later = along(axis, slice(-step)), along(axis, slice(step, None))
        s[later] += factors * s[earlier]
        factors = factors[later] * factors[earlier]
        step *= 2
    return result


def _back(to_b: bool) -> Callable[..., Any]:
    def pullback(g: Any, out: Any, b: Any, a: Any, axis: int, reverse: bool) -> Any:
        share = linear_recurrence(g, a, axis=axis, reverse=not reverse)
        return share if to_b else share * out

    return pullback


cumsum: ArrayOp = structural(
    "cumsum",
    _cumsum,
    lambda g, out, x, axis, reverse: cumsum(g, axis=axis, reverse=not reverse),
    names=_ALONG,
    linear=True,
)
# r[k] = b[k-1] + a[k-1] * r[k-1] along the axis, beginning with 0; in reverse with k+1.
linear_recurrence: ArrayOp = structural(
    "linear_recurrence",
    _linear_recurrence,
    _back(to_b=True),
    _back(to_b=False),
    names=_ALONG,
    size=size_of_alike,
)
# The product of all elements before each one, in reverse of all after it.
exclusive_cumprod: ArrayOp = structural(
    "exclusive_cumprod",
    _exclusive_cumprod,
    lambda g, out, x, axis, reverse: out * linear_recurrence(g, x, axis=axis, reverse=not reverse),
    names=_ALONG,
)
cumprod: ArrayOp = structural(
    "cumprod",
    _cumprod,
    lambda g, out, x, axis: (
        exclusive_cumprod(x, axis=axis, reverse=False) * (g + linear_recurrence(x * g, x, axis=axis, reverse=True))
    ),
    names=("axis",),
)


def _to_factors(g: Any, out: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    one = isinstance(axis, int) and x.ndim
    factors = x if one else joined(x, axis)
    last = axis % x.ndim if one else factors.ndim - 1
    before = exclusive_cumprod(factors, axis=last, reverse=False)
    others = before * exclusive_cumprod(factors, axis=last, reverse=True)
    return kept(g, x.shape, axis) * (others if one else parted(others, x.shape, axis))


prod: ArrayOp = reduction("prod", np.multiply, _to_factors)
