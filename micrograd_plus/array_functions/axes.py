"""Checks of axes and shapes, made before anything is computed."""

from __future__ import annotations

from operator import index
from typing import Any

from micrograd_plus.arguments import described
from micrograd_plus.array_ops import Axis, reshape


def checked_axis(axis: Any, x: Any) -> Axis:
    """Return `axis` (None, an axis or several) as ints; ValueError for one that `x` lacks or that comes twice."""
    if axis is None:
        return None
    ndim = x.ndim
    if axis.__class__ is int:
        return axis if -ndim <= axis < ndim else _out_of_range(axis, x.shape)
    if isinstance(axis, tuple | list):
        axes = tuple(_as_axis(k) for k in axis)
        for k in axes:
            if not -ndim <= k < ndim:
                _out_of_range(k, x.shape)
        if len({k % ndim for k in axes}) < len(axes):
            raise ValueError(f"axes {axes} of shape {x.shape} name one axis twice")
        return axes
    return checked_axis(_as_axis(axis), x)


def one_axis(axis: Any, x: Any) -> int:
    """Return a single axis, counted from the front; ValueError for one that `x` lacks."""
    checked = checked_axis(_as_axis(axis), x)
    assert isinstance(checked, int)
    position: int = checked % x.ndim
    return position


def each_axis(axis: Any, x: Any) -> tuple[int, ...]:
    """Return an axis or several, or with None all of them, counted from the front; ValueError as `checked_axis`."""
    checked = checked_axis(axis, x)
    if checked is None:
        return tuple(range(x.ndim))
    return tuple(k % x.ndim for k in (checked if isinstance(checked, tuple) else (checked,)))


def flat_or_along(x: Any, axis: Any) -> tuple[Any, int]:
    """Return `x` and one axis of it, counted from the front; with None all its elements flat, and their axis."""
    if axis is None:
        return reshape(x, shape=(x.size,)), 0
    return x, one_axis(axis, x)


def new_axes(axis: Any, x: Any) -> set[int]:
    """Return places, counted from the front, of one axis or several that are put into the shape of `x`."""
    axes = listed((axis,), "axes") if isinstance(axis, tuple | list) else (_as_axis(axis),)
    ndim = len(x.shape) + len(axes)
    for k in axes:
        if not -ndim <= k < ndim:
            raise ValueError(f"no place {k} for a new axis of shape {x.shape}: want {-ndim} to {ndim - 1}")
    places = {k % ndim for k in axes}
    if len(places) < len(axes):
        raise ValueError(f"new axes {axes} of shape {x.shape} name one place twice")
    return places


def _as_axis(axis: Any) -> int:
    try:
        if isinstance(axis, bool):
            raise TypeError
        return index(axis)
    except TypeError:
        raise TypeError(f"wanted an integer as axis, got {described(axis)}") from None


def _out_of_range(axis: int, shape: tuple[int, ...]) -> Any:
    wanted = f"want {-len(shape)} to {len(shape) - 1}" if shape else "a single number has no axes"
    raise ValueError(f"no axis {axis} of shape {shape}: {wanted}")


def stretches(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Tell whether what is of `shape` broadcasts to the `wanted` shape, and that not to another."""
    return len(shape) <= len(wanted) and all(a in (1, b) for a, b in zip(shape[::-1], wanted[::-1], strict=False))


def listed(sizes: tuple[Any, ...], what: str = "sizes") -> tuple[int, ...]:
    """Return sizes or axes, given one by one or together as a list, as ints; TypeError for what is none."""
    if len(sizes) == 1 and hasattr(sizes[0], "__iter__") and getattr(sizes[0], "ndim", None) != 0:
        sizes = tuple(sizes[0])
    try:
        return tuple(map(index, sizes))
    except TypeError:
        raise TypeError(f"wanted integers as {what}, got {described(sizes)}") from None
