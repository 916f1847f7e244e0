"""Functions that put arrays together and take them apart, along one axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from micrograd_plus import array_ops
from micrograd_plus.arguments import described, integer_at_least
from micrograd_plus.array_functions.axes import listed, new_axes, one_axis
from micrograd_plus.array_functions.registry import array_function, as_operand
from micrograd_plus.array_ops import along

# When a join is derived, each of its parts looks at all others: of more, joins are joined.
_MOST_AT_ONCE = 256


@array_function("cat", "concat", method=False, keywords={"tensors": "arrays"})
def concatenate(arrays: Iterable[Any], axis: int | None = 0) -> Any:
    """Return arrays one after the other along `axis`, of all else the same sizes; None flattens them first."""
    parts = _operands(arrays)
    if axis is None:
        parts, axis = [array_ops.reshape(x, shape=(-1,)) for x in parts], 0
    first = parts[0].shape
    if not first:
        raise ValueError("single numbers have no axis to stand along one after the other: see stack")
    axis = one_axis(axis, parts[0])
    for x in parts:
        if len(x.shape) != len(first) or x.shape[:axis] + x.shape[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            raise ValueError(f"shapes {first} and {x.shape} do not join along axis {axis}: want all else equal")
    return _joined(parts, axis)


def _joined(parts: list[Any], axis: int) -> Any:
    while len(parts) > _MOST_AT_ONCE:
        parts = [array_ops.concatenate(*some, axis=axis) for some in _in_turn(parts)]
    return array_ops.concatenate(*parts, axis=axis)


def _in_turn(parts: list[Any]) -> list[list[Any]]:
    return [parts[k : k + _MOST_AT_ONCE] for k in range(0, len(parts), _MOST_AT_ONCE)]


@array_function(method=False)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Return `values` behind an array along `axis`, or with None both flat: `concatenate` of two."""
    return concatenate([arr, values], axis)


@array_function(method=False, keywords={"tensors": "arrays"})
def stack(arrays: Iterable[Any], axis: int = 0) -> Any:
    """Return arrays of one shape side by side, along a new axis at the place `axis`."""
    parts = _operands(arrays)
    first = parts[0].shape
    [place] = new_axes(axis, parts[0])
    for x in parts:
        if x.shape != first:
            raise ValueError(f"shapes {first} and {x.shape} do not stack: want the same shape")
    if len(parts) > _MOST_AT_ONCE:
        return _joined([array_ops.stack(*some, axis=place) for some in _in_turn(parts)], place)
    return array_ops.stack(*parts, axis=place)


@array_function(method=False, keywords={"tensors": "tup"})
def hstack(tup: Iterable[Any]) -> Any:
    """Return arrays one after the other along their second axis, vectors and numbers along their only one."""
    parts = [x if x.shape else array_ops.reshape(x, shape=(1,)) for x in _operands(tup)]
    return concatenate(parts, 0 if len(parts[0].shape) == 1 else 1)


@array_function(method=False, keywords={"tensors": "tup"})
def vstack(tup: Iterable[Any]) -> Any:
    """Return arrays one below the other along their first axis, a vector being a row."""
    parts = _operands(tup)
    return concatenate([x if len(x.shape) > 1 else array_ops.reshape(x, shape=(1, -1)) for x in parts])


@array_function(method=False, keywords={"tensors": "tup"})
def dstack(tup: Iterable[Any]) -> Any:
    """Return arrays one behind the other along their third axis; a matrix has one of size 1, a vector is a row."""
    parts = [x if len(x.shape) > 1 else array_ops.reshape(x, shape=(1, -1)) for x in _operands(tup)]
    return concatenate([x if len(x.shape) > 2 else array_ops.reshape(x, shape=(*x.shape, 1)) for x in parts], 2)


@array_function(method=False, keywords={"tensors": "tup"})
def column_stack(tup: Iterable[Any]) -> Any:
    """Return vectors as the columns of a matrix, and matrices beside them."""
    return concatenate([x if len(x.shape) > 1 else array_ops.reshape(x, shape=(-1, 1)) for x in _operands(tup)], 1)


@array_function(with_dim="takes the size of a part: see chunk")
def split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Return so many equal parts along `axis`, or the parts between the places that are listed.

    That is NumPy's `split`: PyTorch's takes the size of a part, as `chunk` takes their number.
    """
    size = x.shape[one_axis(axis, x)]
    if np.ndim(indices_or_sections):
        return _cut(x, (0, *listed((indices_or_sections,), "places to split at"), size), axis)
    count = integer_at_least(1, "the number of parts", indices_or_sections)
    if size % count:
        raise ValueError(f"axis {axis} of shape {x.shape} does not split into {count} equal parts: see chunk")
    return _cut(x, range(0, size + 1, size // count) if size else [0] * (count + 1), axis)


@array_function("tensor_split", keywords={"sections": "indices_or_sections", "indices": "indices_or_sections"})
def array_split(x: Any, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Return what `split` does, but where parts cannot be equal, the first ones with one more along `axis`."""
    if np.ndim(indices_or_sections):
        return split(x, indices_or_sections, axis)
    size = x.shape[one_axis(axis, x)]
    count = integer_at_least(1, "the number of parts", indices_or_sections)
    least, longer = divmod(size, count)
    sizes = [least + 1] * longer + [least] * (count - longer)  # what is too many parts fails here, and at once
    return _cut(x, [0, *accumulate(sizes)], axis)


@array_function()
def chunk(x: Any, chunks: int, axis: int = 0) -> list[Any]:
    """Return at most so many parts along `axis`, all of the same size but for the last, as PyTorch does."""
    size = x.shape[one_axis(axis, x)]
    step = -(-size // integer_at_least(1, "the number of parts", chunks))
    return _cut(x, [*range(0, size, step), size] if size else [0] * (chunks + 1), axis)


@array_function("unstack")
def unbind(x: Any, axis: int = 0) -> list[Any]:
    """Return the slices along `axis`, which they lack."""
    place = one_axis(axis, x)
    return [x[along(place, k)] for k in range(x.shape[place])]


def _cut(x: Any, places: Sequence[int], axis: int) -> list[Any]:
    place = one_axis(axis, x)
    return [x[along(place, slice(start, stop))] for start, stop in pairwise(places)]


def _operands(arrays: Any) -> list[Any]:
    """Return what is to be joined as operands; an array or a Tensor gives its rows."""
    if not isinstance(arrays, Iterable) or getattr(arrays, "ndim", 1) == 0:
        raise TypeError(f"wanted a sequence of arrays, got {described(arrays)}")
    parts = [as_operand(x) for x in arrays]
    if not parts:
        raise ValueError("wanted at least one array, got none")
    return parts
