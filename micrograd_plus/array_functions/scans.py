"""Functions that go along an axis and keep its length, or nearly: what has been summed or multiplied so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus import array_ops
from micrograd_plus.arguments import integer_at_least
from micrograd_plus.array_functions.axes import flat_or_along, one_axis
from micrograd_plus.array_functions.registry import array_function
from micrograd_plus.array_ops import along
from micrograd_plus.ops import Operand


@array_function()
def cumsum(x: Any, axis: int | None = None) -> Any:
    """Return the sums of all elements up to each one along `axis`, or with None of all elements, flat."""
    x, axis = flat_or_along(x, axis)
    return array_ops.cumsum(x, axis=axis, reverse=False)


@array_function()
def cumprod(x: Any, axis: int | None = None) -> Any:
    """Return the products of all elements up to each one along `axis`, or with None of all elements, flat.

    No gradient divides by an element, so that zeros do no harm.
    """
    x, axis = flat_or_along(x, axis)
    return array_ops.cumprod(x, axis=axis)


@array_function()
def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """Return each element less the one before it along `axis`, `n` times over: that axis is shorter by `n`."""
    axis = one_axis(axis, x)
    for _ in range(min(integer_at_least(0, "n", n), x.shape[axis])):  # after so many nothing is left
        x = x[along(axis, slice(1, None))] - x[along(axis, slice(-1))]
    return x


@array_function("trapz")
def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """Return the integral of `y` along `axis` by the trapezoidal rule, at places `x` or at distances `dx`.

    `x` is a vector, as long as that axis, or of the shape of `y`.
    """
    axis = one_axis(axis, y)
    if x is not None:
        places: Any = x if isinstance(x, Operand) else np.asarray(x, y.dtype)
        if len(places.shape) == 1:
            places = array_ops.reshape(places, shape=(-1, *(1,) * (y.ndim - 1 - axis)))
        elif len(places.shape) != y.ndim:
            raise ValueError(f"places of shape {places.shape} do not fit shape {y.shape}: want a vector or that shape")
        dx = diff(places, axis=axis - y.ndim)
    strips = (y[along(axis, slice(1, None))] + y[along(axis, slice(-1))]) * 0.5 * dx
    return array_ops.total(strips, axis=axis, keepdims=False)
