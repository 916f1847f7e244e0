"""Functions that give the same numbers in another shape or type."""

from __future__ import annotations

import math
import operator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from micrograd_plus import array_ops
from micrograd_plus.arguments import float_type
from micrograd_plus.array_functions.axes import each_axis, listed, new_axes, one_axis, stretches
from micrograd_plus.array_functions.registry import array_function, as_operand, plain
from micrograd_plus.array_functions.replays import is_replayed
from micrograd_plus.array_ops import Axis
from micrograd_plus.ops import trunc


@array_function("view", keywords={"shape": "shape"})
def reshape(x: Any, *shape: Any) -> Any:
    """Return the same elements in another shape; one size may be -1."""
    return array_ops.reshape(x, shape=listed(shape))


@array_function()
def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Return the axes from `start_dim` to `end_dim`, both included, as one; a single number gets one axis."""
    if not x.ndim:
        return array_ops.reshape(x, shape=(1,))
    first, last = one_axis(start_dim, x), one_axis(end_dim, x)
    if first > last:
        raise ValueError(f"start_dim {start_dim} of shape {x.shape} stands behind end_dim {end_dim}")
    merged = math.prod(x.shape[first : last + 1])
    return array_ops.reshape(x, shape=(*x.shape[:first], merged, *x.shape[last + 1 :]))


@array_function()
def ravel(x: Any) -> Any:
    """Return all elements along one axis, the last axis changing fastest."""
    return array_ops.reshape(x, shape=(math.prod(x.shape),))


@array_function(keywords={"axes": "axes", "dims": "axes"})
def permute(x: Any, *axes: Any) -> Any:
    """Return the axes in another order."""
    return _permuted(x, listed(axes, "axes"))


@array_function(keywords={"axes": "axes"})
def transpose(x: Any, *axes: Any) -> Any:
    """Return the axes in another order, without arguments reversed.

    Two axes given one by one, where there are more, are exchanged, as PyTorch's `transpose` does. ValueError for (0, 1)
    given so of a matrix: NumPy's leaves it as it is, PyTorch's exchanges them.
    """
    if not axes or axes == (None,):
        return array_ops.transpose(x, axes=tuple(range(x.ndim))[::-1])
    places = listed(axes, "axes")
    if len(axes) == 2:
        if x.ndim > 2:
            return swapaxes(x, *places)
        if x.ndim == 2 and [k % 2 for k in places] == [0, 1]:
            raise ValueError(f"transpose{places} of shape {x.shape}: its axes are exchanged by T, left by permute")
    return _permuted(x, places)


def _permuted(x: Any, order: tuple[int, ...]) -> Any:
    if not _is_order(order, x.ndim):
        raise ValueError(f"no transpose of shape {x.shape} by axes {order}: want each of its {x.ndim} axes once")
    return array_ops.transpose(x, axes=order)


@array_function()
def t(x: Any) -> Any:
    """Return the transpose of a matrix, and a vector or a number as it is, as PyTorch does."""
    if x.ndim > 2:
        raise ValueError(f"wanted at most two axes for t, got shape {x.shape}: see mT and transpose")
    return transpose(x)


@array_function()
def contiguous(x: Any) -> Any:
    """Return `x`: an array in any order can be given another shape."""
    return x


@lru_cache(maxsize=256)
def _is_order(axes: tuple[int, ...], ndim: int) -> bool:
    return sorted(k % ndim if -ndim <= k < ndim else -1 for k in axes) == list(range(ndim))


@array_function("swapdims", keywords={"dim0": "axis1", "dim1": "axis2"})
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Return two axes exchanged."""
    order = list(range(x.ndim))
    a, b = one_axis(axis1, x), one_axis(axis2, x)
    order[a], order[b] = b, a
    return array_ops.transpose(x, axes=tuple(order))


@array_function("movedim")
def moveaxis(x: Any, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> Any:
    """Return the axes `source` moved to the places `destination`, the others in their order."""
    sources, places = (each_axis(axis, x) for axis in (source, destination))
    if len(sources) != len(places):
        raise ValueError(f"as many axes come from {source} as go to {destination}: {len(sources)} and {len(places)}")
    order = [k for k in range(x.ndim) if k not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return array_ops.transpose(x, axes=tuple(order))


@array_function()
def squeeze(x: Any, axis: Axis = None) -> Any:
    """Return the shape without axes of size 1: all of them, or those named by `axis`; ValueError if one is longer."""
    dropped = {k for k, size in enumerate(x.shape) if size == 1} if axis is None else {*each_axis(axis, x)}
    if longer := [k for k in sorted(dropped) if x.shape[k] != 1]:
        raise ValueError(f"axis {longer[0]} of shape {x.shape} cannot be dropped: want one of size 1")
    return array_ops.reshape(x, shape=tuple(size for k, size in enumerate(x.shape) if k not in dropped))


@array_function("unsqueeze")
def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Any:
    """Return the shape with axes of size 1 put in, at the places `axis` of the result."""
    added = new_axes(axis, x)
    sizes = iter(x.shape)
    return array_ops.reshape(x, shape=tuple(1 if k in added else next(sizes) for k in range(len(added) + len(x.shape))))


@array_function()
def broadcast_to(x: Any, shape: Any) -> Any:
    """Return `x` repeated along new axes in front and along axes of size 1, to `shape`."""
    return _stretched(x, listed((shape,)))


@array_function(keywords={"size": "sizes"})
def expand(x: Any, *sizes: Any) -> Any:
    """Return `x` repeated as by `broadcast_to`; -1 keeps the size of an axis."""
    wanted = listed(sizes)
    new = len(wanted) - x.ndim
    if new < 0 or -1 in wanted[:new]:
        raise ValueError(f"no expansion of shape {x.shape} to {wanted}: -1 stands for an axis that is there")
    return _stretched(x, wanted[:new] + tuple(b if a == -1 else a for a, b in zip(wanted[new:], x.shape, strict=True)))


@array_function()
def expand_as(x: Any, other: Any) -> Any:
    """Return `x` repeated to the shape of `other`."""
    return _stretched(x, as_operand(other).shape)


@array_function("broadcast_tensors", method=False)
def broadcast_arrays(*arrays: Any) -> list[Any]:
    """Return arrays repeated to the one shape to which all can be; ValueError where there is none."""
    parts = [as_operand(x) for x in arrays]
    shapes = [x.shape for x in parts]
    try:
        common = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"shapes {', '.join(map(str, shapes))} have no shape to which all can be broadcast") from None
    return [array_ops.broadcast_to(x, shape=common) for x in parts]


@array_function(method=False)
def meshgrid(*vectors: Any, indexing: str = "xy") -> list[Any]:
    """Return the coordinates of a grid, an array for each of the vectors along its axes.

    With `indexing` "ij" the k-th vector lies along axis k; with "xy", as in pictures, the first two are exchanged.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"wanted 'xy' or 'ij' as indexing, got {indexing!r}")
    parts = [as_operand(x) for x in vectors]
    if longer := [x.shape for x in parts if len(x.shape) > 1]:
        raise ValueError(f"wanted vectors, got shape {longer[0]}")
    places = list(range(len(parts)))
    if indexing == "xy":
        places[:2] = places[:2][::-1]
    shapes = [tuple(-1 if k == place else 1 for k in range(len(parts))) for place in places]
    return broadcast_arrays(*[array_ops.reshape(x, shape=shape) for x, shape in zip(parts, shapes, strict=True)])


@array_function()
def atleast_1d(x: Any) -> Any:
    """Return a single number as a vector, all else as it is."""
    return x if len(x.shape) else array_ops.reshape(x, shape=(1,))


@array_function()
def atleast_2d(x: Any) -> Any:
    """Return a number or a vector as a matrix of one row, all else as it is."""
    return x if len(x.shape) > 1 else array_ops.reshape(x, shape=(1, -1))


@array_function(in_numpy=[np.copy])
def clone(x: Any) -> Any:
    """Return the same numbers in an array of their own; the gradient goes to `x`, which `detach` does not."""
    return np.array(x) if isinstance(x, np.ndarray) else array_ops.astype(x, dtype=str(x.dtype))


def _stretched(x: Any, shape: tuple[int, ...]) -> Any:
    if min(shape, default=0) < 0 or not stretches(x.shape, shape):
        raise ValueError(f"shape {x.shape} cannot be broadcast to {shape}: want sizes equal from the last on, or 1")
    return array_ops.broadcast_to(x, shape=shape)


@array_function()
def astype(x: Any, dtype: DTypeLike) -> Any:
    """Return the same numbers as float32 or float64; the gradient comes back in the type of `x`.

    As integers or bools they are a plain array, through which no gradient comes.
    """
    if np.dtype(dtype).kind in "biu":
        return _plain(x, np.dtype(dtype))
    wanted = float_type(dtype)
    return x if wanted == x.dtype else array_ops.astype(x, dtype=str(wanted))


def _plain(x: Any, dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "b":
        return x != 0
    numbers = np.asarray(plain(x)).astype(dtype)
    if is_replayed(x):
        operator.eq(trunc(x), numbers)
    return numbers
