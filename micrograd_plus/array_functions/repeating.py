"""Functions that give elements several times, in another order, or with others around them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd_plus import array_ops
from micrograd_plus.arguments import described
from micrograd_plus.array_functions.axes import each_axis, flat_or_along, listed, one_axis
from micrograd_plus.array_functions.registry import array_function
from micrograd_plus.array_functions.shapes import swapaxes
from micrograd_plus.array_ops import Axis, along

# Modes of `pad` that take the numbers around an array from the array, and so are an index.
_FROM_WITHIN = ("edge", "reflect", "symmetric", "wrap")


@array_function("repeat_interleave")
def repeat(x: Any, repeats: int | Sequence[int], axis: int | None = None) -> Any:
    """Return each element so many times along `axis`, a number for all or one for each; None flattens first.

    That is NumPy's `repeat` and PyTorch's `repeat_interleave`: PyTorch's `repeat` is `tile`.
    """
    x, place = flat_or_along(x, axis)
    size = x.shape[place]
    counts = listed((repeats,), "numbers of repeats")
    if min(counts, default=0) < 0:
        raise ValueError(f"wanted numbers of repeats of at least 0, got {counts}")
    if len(counts) not in (1, size):
        raise ValueError(f"{len(counts)} numbers of repeats do not fit axis {place} of shape {x.shape}")
    if len(counts) != 1:
        return x[along(place, np.repeat(np.arange(size), counts))]
    before, after = x.shape[:place], x.shape[place + 1 :]
    single = array_ops.reshape(x, shape=(*before, size, 1, *after))
    stretched = array_ops.broadcast_to(single, shape=(*before, size, counts[0], *after))
    return array_ops.reshape(stretched, shape=(*before, size * counts[0], *after))


@array_function(keywords={"dims": "reps"})
def tile(x: Any, reps: int | Sequence[int]) -> Any:
    """Return copies of the whole array side by side, so many along each axis; PyTorch's `repeat` too."""
    counts = listed((reps,), "numbers of copies")
    if min(counts, default=0) < 0:
        raise ValueError(f"wanted numbers of copies of at least 0, got {counts}")
    ndim = max(len(x.shape), len(counts))
    sizes = (1,) * (ndim - len(x.shape)) + x.shape
    counts = (1,) * (ndim - len(counts)) + counts
    between = [(1, size) for size in sizes]
    stretched = array_ops.broadcast_to(
        array_ops.reshape(x, shape=tuple(n for pair in between for n in pair)),
        shape=tuple(n for pair in zip(counts, sizes, strict=True) for n in pair),
    )
    return array_ops.reshape(stretched, shape=tuple(a * b for a, b in zip(counts, sizes, strict=True)))


@array_function(keywords={"dims": "axis"})
def flip(x: Any, axis: Axis = None) -> Any:
    """Return the elements in reverse order along `axis`."""
    turned = each_axis(axis, x)
    return x[tuple(slice(None, None, -1 if k in turned else None) for k in range(x.ndim))]


@array_function(keywords={"dims": "axes"})
def rot90(x: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Return `x` turned by `k` right angles, from the first of two axes towards the second."""
    pair = each_axis(axes, x)
    if len(pair) != 2:
        raise ValueError(f"wanted two axes to turn shape {x.shape} by, got {axes}")
    first, second = pair
    turns = operator.index(k) % 4
    if not turns % 2:
        return flip(x, pair) if turns else x
    turned = swapaxes(x, first, second)
    return flip(turned, first if turns == 1 else second)


@array_function()
def fliplr(x: Any) -> Any:
    """Return the second axis in reverse order."""
    return flip(x, 1)


@array_function()
def flipud(x: Any) -> Any:
    """Return the first axis in reverse order."""
    return flip(x, 0)


@array_function(keywords={"shifts": "shift", "dims": "axis"})
def roll(x: Any, shift: int | Sequence[int], axis: Axis = None) -> Any:
    """Return the elements moved on by `shift` places along `axis`, the last ones to the front; None flattens first."""
    if axis is None:
        rolled = roll(array_ops.reshape(x, shape=(-1,)), sum(listed((shift,), "shifts")), 0)
        return array_ops.reshape(rolled, shape=x.shape)
    shifts, axes = listed((shift,), "shifts"), listed((axis,), "axes")
    if 1 not in (len(shifts), len(axes)) and len(shifts) != len(axes):
        raise ValueError(f"{len(shifts)} shifts do not fit {len(axes)} axes")
    places = [one_axis(k, x) for k in axes]
    for step, place in np.broadcast(shifts, places):
        if moved := step % max(x.shape[place], 1):
            x = array_ops.roll(x, shift=int(moved), axis=int(place))
    return x


@array_function(keywords={"value": "constant_values"})
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: float = 0.0) -> Any:
    """Return the array with so many numbers before and after it along each axis.

    `pad_width` is one number, a pair (before, after) for every axis, or a pair for each. `mode` is "constant", or as in
    NumPy "edge", "reflect", "symmetric" or "wrap", which take the numbers from the array. Raises ValueError for
    negative widths and for another mode. PyTorch's `pad` lists the last axis first; this is NumPy's.
    """
    widths = _widths(pad_width, x)
    if all(width == (0, 0) for width in widths):
        return x
    if mode == "constant":
        return _in_a_frame(x, widths, constant_values)
    if mode not in _FROM_WITHIN:
        raise ValueError(f"wanted 'constant', {', '.join(map(repr, _FROM_WITHIN))} as mode, got {mode!r}")
    for place, width in enumerate(widths):
        if width != (0, 0):
            if not x.shape[place]:
                raise ValueError(f"no number to take around axis {place} of shape {x.shape}")
            x = x[along(place, np.pad(np.arange(x.shape[place]), width, mode))]  # type: ignore[call-overload]  # it is one of these
    return x


def _widths(pad_width: Any, x: Any) -> list[tuple[int, int]]:
    given = np.asarray(pad_width)
    if given.dtype.kind not in "iu":
        raise TypeError(f"wanted integers as pad_width, got {described(pad_width)}")
    if given.size and given.min() < 0:
        raise ValueError(f"wanted a pad_width of at least 0, got {given.min()}")
    try:
        return [(before, after) for before, after in np.broadcast_to(given, (x.ndim, 2)).tolist()]
    except ValueError:
        raise ValueError(f"pad_width of shape {given.shape} does not fit shape {x.shape}: want {(x.ndim, 2)}") from None


def _in_a_frame(x: Any, widths: list[tuple[int, int]], value: float) -> Any:
    inside = tuple(slice(before, before + size) for (before, _), size in zip(widths, x.shape, strict=True))
    shape = tuple(before + size + after for (before, after), size in zip(widths, x.shape, strict=True))
    framed = array_ops.scatter(x, key=inside, shape=shape)
    if value == 0.0:
        return framed
    frame = np.full(shape, value, x.dtype)
    frame[inside] = 0.0
    return framed + frame
