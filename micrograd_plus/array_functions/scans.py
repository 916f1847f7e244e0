"""Functions that go along an axis and keep its length, or nearly: what has been summed or multiplied so far."""

from __future__ import annotations

from typing import Any

from micrograd_plus import array_ops
from micrograd_plus.arguments import integer_at_least
from micrograd_plus.array_functions.axes import flat_or_along, one_axis
from micrograd_plus.array_functions.registry import array_function
from micrograd_plus.array_ops import along


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
    for _ in range(integer_at_least(0, "n", n)):
        x = x[along(axis, slice(1, None))] - x[along(axis, slice(-1))]
    return x
