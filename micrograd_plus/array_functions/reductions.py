"""Functions that make one number of many, along `axis`: None for all, an axis or several; `keepdims` keeps size 1."""

from __future__ import annotations

from typing import Any

from micrograd_plus import array_ops
from micrograd_plus.array_functions.axes import checked_axis
from micrograd_plus.array_functions.registry import array_function
from micrograd_plus.array_ops import Axis


@array_function()
def sum_(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the sum over `axis`."""
    return array_ops.total(x, axis=checked_axis(axis, x), keepdims=keepdims)


@array_function()
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the mean over `axis`: nan, with NumPy's warning, where there is no element."""
    return array_ops.mean(x, axis=checked_axis(axis, x), keepdims=keepdims)


@array_function()
def prod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the product over `axis`; no gradient divides by an element, so that zeros do no harm."""
    return array_ops.prod(x, axis=checked_axis(axis, x), keepdims=keepdims)


@array_function(with_dim="gives positions too: see amax and argmax")
def max_(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the largest element over `axis`; the gradient goes to the first of several.

    A nan among the elements gives nan, and no gradient. ValueError where there is no element.
    """
    return array_ops.largest(x, axis=checked_axis(axis, x), keepdims=keepdims)


@array_function()
def amax(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return what `max` does; `dim` is understood here, as PyTorch's `amax` gives no positions either."""
    return max_(x, axis=axis, keepdims=keepdims)


@array_function(with_dim="gives positions too: see amin and argmin")
def min_(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the smallest element over `axis`; the gradient goes to the first of several.

    A nan among the elements gives nan, and no gradient. ValueError where there is no element.
    """
    return array_ops.smallest(x, axis=checked_axis(axis, x), keepdims=keepdims)


@array_function()
def amin(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return what `min` does; `dim` is understood here, as PyTorch's `amin` gives no positions either."""
    return min_(x, axis=axis, keepdims=keepdims)


@array_function()
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return log(sum(exp(x))) over `axis`, without overflow."""
    return array_ops.logsumexp(x, axis=checked_axis(axis, x), keepdims=keepdims)


@array_function()
def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """Return the logarithm of `softmax`, without overflow."""
    return array_ops.log_softmax(x, axis=checked_axis(axis, x))


@array_function()
def softmax(x: Any, axis: Axis = -1) -> Any:
    """Return exp(x) / sum(exp(x)) over `axis`, without overflow."""
    return array_ops.softmax(x, axis=checked_axis(axis, x))
