"""Functions that take out some of the elements, or put 0 or another number in the place of others."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from micrograd_plus import array_ops
from micrograd_plus.arguments import described
from micrograd_plus.array_functions.axes import flat_or_along, one_axis, stretches
from micrograd_plus.array_functions.registry import array_function, as_operand
from micrograd_plus.array_ops import along, total
from micrograd_plus.ops import Operand, where


@array_function()
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """Return the elements at `indices`, integers of any shape, along `axis`; None flattens first."""
    x, place = flat_or_along(x, axis)
    return x[along(place, _integers(indices))]


@array_function()
def index_select(x: Any, axis: int, index: Any) -> Any:
    """Return the slices along `axis` at the places of the vector `index`: `take` as PyTorch writes it."""
    places = _integers(index)
    if places.ndim != 1:
        raise ValueError(f"wanted a vector as index, got shape {places.shape}")
    return x[along(one_axis(axis, x), places)]


@array_function()
def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    """Return elements along `axis`, of each line of its own those at `indices`, which has as many axes as `x`."""
    places = _integers(indices)
    x, place = flat_or_along(x, axis)
    return x[_on_lines(x, places, place, x.shape)]


@array_function()
def gather(x: Any, axis: int, index: Any) -> Any:
    """Return elements along `axis` at the places `index`: `take_along_axis` as PyTorch writes it.

    Along other axes `index` may be shorter than `x`, and takes from the front.
    """
    places = _integers(index)
    place = one_axis(axis, x)
    if places.ndim == x.ndim and any(
        a > b for k, (a, b) in enumerate(zip(places.shape, x.shape, strict=True)) if k != place
    ):
        raise ValueError(f"an index of shape {places.shape} is longer than shape {x.shape} beside axis {axis}")
    return x[_on_lines(x, places, place, places.shape)]


@array_function()
def index_add(x: Any, axis: int, index: Any, source: Any) -> Any:
    """Return `x` with the slices of `source` added to those at the places of the vector `index` along `axis`.

    What comes to one place several times adds up.
    """
    places, added = _integers(index), as_operand(source)
    place = one_axis(axis, x)
    wanted = (*x.shape[:place], places.size, *x.shape[place + 1 :])
    if places.ndim != 1 or added.shape != wanted:
        fits = f"want a vector, and shape {wanted}"
        raise ValueError(f"an index and a source of shapes {places.shape} and {added.shape} do not fit: {fits}")
    return x + array_ops.scatter(added, key=along(place, places), shape=x.shape)


def _on_lines(x: Any, places: Any, axis: int, sizes: tuple[int, ...]) -> tuple[Any, ...]:
    if places.ndim != x.ndim:
        raise ValueError(f"an index of shape {places.shape} does not fit shape {x.shape}: want {x.ndim} axes")
    # Along the other axes each element finds its own line; np.ogrid takes several times as long.
    return tuple(
        places if k == axis else np.arange(size).reshape(-1, *(1,) * (len(sizes) - k - 1))
        for k, size in enumerate(sizes)
    )


@array_function(keywords={"diagonal": "k"})
def diag(x: Any, k: int = 0) -> Any:
    """Return the `k`-th diagonal of a matrix, or a matrix with a vector on it; it is above the main one for k > 0."""
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ValueError(f"wanted a vector or a matrix, got shape {x.shape}")
    size = x.shape[0] + abs(k)
    return array_ops.scatter(x, key=_on_diagonal((size, size), k), shape=(size, size))


@array_function(keywords={"dim1": "axis1", "dim2": "axis2"})
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the diagonals of the matrices that `axis1` and `axis2` span, along a last axis."""
    if x.ndim < 2:
        raise ValueError(f"wanted at least two axes for a diagonal, got shape {x.shape}")
    rows, columns = one_axis(axis1, x), one_axis(axis2, x)
    if rows == columns:
        raise ValueError(f"axes {(axis1, axis2)} of shape {x.shape} name one axis twice")
    if (rows, columns) != (x.ndim - 2, x.ndim - 1):
        rest = [k for k in range(x.ndim) if k not in (rows, columns)]
        x = array_ops.transpose(x, axes=(*rest, rows, columns))
    return x[(..., *_on_diagonal(x.shape[-2:], offset))]


@array_function()
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the sum of the diagonal of each matrix that `axis1` and `axis2` span."""
    return total(diagonal(x, offset, axis1, axis2), axis=-1, keepdims=False)


def _on_diagonal(shape: tuple[int, ...], offset: int) -> tuple[Any, Any]:
    first, second = min(max(-offset, 0), shape[0]), min(max(offset, 0), shape[1])
    steps = np.arange(max(min(shape[0] - first, shape[1] - second), 0))
    return steps + first, steps + second


@array_function(keywords={"diagonal": "k"})
def tril(x: Any, k: int = 0) -> Any:
    """Return matrices with 0 above the `k`-th diagonal."""
    return where(_below_diagonal(x, k), x, 0.0)


@array_function(keywords={"diagonal": "k"})
def triu(x: Any, k: int = 0) -> Any:
    """Return matrices with 0 below the `k`-th diagonal."""
    return where(~_below_diagonal(x, k - 1), x, 0.0)


def _below_diagonal(x: Any, k: int) -> Any:
    if x.ndim < 2:
        raise ValueError(f"wanted at least two axes for a triangle, got shape {x.shape}")
    rows, columns = x.shape[-2:]
    return _triangle(rows, columns, max(-rows - 1, min(k, columns)))  # further out it is all or nothing


@lru_cache(maxsize=16)
def _triangle(rows: int, columns: int, k: int) -> Any:
    below = np.tri(rows, columns, k, dtype=bool)
    below.flags.writeable = False
    return below


@array_function()
def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """Return `x` with `value` where `mask`, bools of a shape that broadcasts to that of `x`, is true.

    No gradient passes there, whatever comes from above.
    """
    mask = as_operand(mask)
    if not isinstance(mask, Operand) and mask.dtype != bool:
        raise TypeError(f"wanted bools as mask, got {described(mask)}")
    if not stretches(mask.shape, x.shape):
        raise ValueError(f"a mask of shape {mask.shape} does not broadcast to shape {x.shape}")
    return where(mask, value, x)


def _integers(indices: Any) -> Any:
    """Return a copy of integers, which nobody else can change; TypeError for what is none."""
    if isinstance(indices, Operand):
        raise TypeError("indices are integers, and a Tensor holds floats: see tensor.astype(int)")
    places = np.array(indices)
    if places.dtype.kind not in "iu" and places.size:
        raise TypeError(f"wanted integers as indices, got {described(indices)}")
    return places.astype(np.intp, copy=False)
