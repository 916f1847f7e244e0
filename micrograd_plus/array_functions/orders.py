"""Functions that order elements and ask where they stand. Positions are plain integers: no gradient comes of them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus import array_ops
from micrograd_plus.arguments import flag, integer_at_least
from micrograd_plus.array_functions.axes import checked_axis, flat_or_along, one_axis
from micrograd_plus.array_functions.reductions import max_, min_
from micrograd_plus.array_functions.registry import array_function, plain
from micrograd_plus.array_functions.replays import is_replayed
from micrograd_plus.array_ops import Axis, along


@array_function(with_dim="gives positions too: see argsort")
def sort(x: Any, axis: int | None = -1, descending: bool = False) -> Any:
    """Return the elements along `axis`, or with None all of them flat, in ascending order; nan is last.

    Each gradient goes back to where its element stood, of equal ones in the order in which they stood.
    """
    x, axis = flat_or_along(x, axis)
    return -array_ops.sort(-x, axis=axis) if flag("descending", descending) else array_ops.sort(x, axis=axis)


@array_function()
def argsort(x: Any, axis: int | None = -1, descending: bool = False) -> NDArray[np.intp]:
    """Return the positions along `axis` of what `sort` returns, as integers; equal elements stay in their order."""
    x, axis = flat_or_along(x, axis)
    data = np.asarray(plain(x))
    order = np.argsort(-data if flag("descending", descending) else data, axis=axis, kind="stable")
    if is_replayed(x):
        # Each with each: what came out then says which order it was.
        operator.lt(x[(*along(axis, slice(None)), None)], x[along(axis, None)])
    return order


@array_function()
def topk(x: Any, k: int, axis: int = -1, largest: bool = True) -> tuple[Any, NDArray[np.intp]]:
    """Return the `k` largest elements along `axis`, the largest first, and their positions; or else the smallest."""
    place = one_axis(axis, x)
    if integer_at_least(0, "k", k) > x.shape[place]:
        raise ValueError(f"no {k} elements along axis {axis} of shape {x.shape}")
    first = along(place, slice(k))
    return sort(x, place, largest)[first], argsort(x, place, largest)[first]


@array_function()
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> NDArray[np.intp]:
    """Return the position of the largest element along `axis`, or with None among all, the first of several.

    A nan counts as the largest. ValueError where there is no element.
    """
    return _position(np.argmax, max_, x, axis, keepdims)


@array_function()
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> NDArray[np.intp]:
    """Return the position of the smallest element along `axis`, or with None among all, the first of several.

    A nan counts as the smallest. ValueError where there is no element.
    """
    return _position(np.argmin, min_, x, axis, keepdims)


@array_function()
def any_(x: Any, axis: Axis = None, keepdims: bool = False) -> NDArray[np.bool_]:
    """Return whether some element over `axis` is not 0, as bools; False of none at all."""
    return np.asarray(np.any(x != 0, axis=checked_axis(axis, x), keepdims=keepdims))


@array_function()
def all_(x: Any, axis: Axis = None, keepdims: bool = False) -> NDArray[np.bool_]:
    """Return whether no element over `axis` is 0, as bools; True of none at all."""
    return np.asarray(np.all(x != 0, axis=checked_axis(axis, x), keepdims=keepdims))


@array_function()
def count_nonzero(x: Any, axis: Axis = None, keepdims: bool = False) -> NDArray[np.intp]:
    """Return how many elements over `axis` are not 0, as integers."""
    return np.asarray(np.count_nonzero(x != 0, axis=checked_axis(axis, x), keepdims=keepdims))


def _position(find: Any, extreme: Any, x: Any, axis: int | None, keepdims: bool) -> NDArray[np.intp]:
    axis = None if axis is None else one_axis(axis, x)
    found = np.asarray(find(np.asarray(plain(x)), axis=axis, keepdims=keepdims))
    if is_replayed(x):
        operator.eq(x, extreme(x, axis=axis, keepdims=True))
    return found
