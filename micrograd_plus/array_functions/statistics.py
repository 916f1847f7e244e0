"""Functions that say of numbers along `axis` how they lie: None for all, an axis or several."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus import array_ops
from micrograd_plus.arguments import real_number
from micrograd_plus.array_functions.axes import checked_axis
from micrograd_plus.array_functions.reductions import max_, min_
from micrograd_plus.array_functions.registry import array_function, as_operand
from micrograd_plus.array_ops import Axis
from micrograd_plus.ops import Operand, equal, where

_BY_ONE_LESS = "divides by n - 1: say correction=1, or 0"
_GIVEN = ("ddof", "correction", "unbiased")


@array_function(keywords={"unbiased": "ddof"}, with_dim=_BY_ONE_LESS, unless=_GIVEN)
def var(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Return the mean square distance from the mean over `axis`.

    The sum of squares is divided by the count less `ddof` (0 as in NumPy, where PyTorch's default is 1): nan, with a
    warning, where nothing is left to divide by. PyTorch's `unbiased=True` is a `ddof` of 1.
    """
    real_number(ddof)
    return array_ops.var(x, axis=checked_axis(axis, x), ddof=ddof, keepdims=keepdims)


@array_function(keywords={"unbiased": "ddof"}, with_dim=_BY_ONE_LESS, unless=_GIVEN)
def std(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Return the square root of `var`; its gradient is 0 where all elements are alike, as in PyTorch."""
    real_number(ddof)
    return array_ops.std(x, axis=checked_axis(axis, x), ddof=ddof, keepdims=keepdims)


@array_function()
def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the largest element less the smallest over `axis`."""
    return max_(x, axis=axis, keepdims=keepdims) - min_(x, axis=axis, keepdims=keepdims)


@array_function()
def average(x: Any, axis: Axis = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    """Return sum(weights * x) / sum(weights) over `axis`, without weights the mean.

    The weights have the shape of `x`, or are a vector as long as its one `axis`.
    """
    axis = checked_axis(axis, x)
    if weights is None:
        return array_ops.mean(x, axis=axis, keepdims=keepdims)
    weights = as_operand(weights)
    if weights.shape != x.shape:
        if not isinstance(axis, int) or weights.shape != (x.shape[axis],):
            raise ValueError(
                f"no average of shape {x.shape} along axis {axis} with weights of shape {weights.shape}: "
                "want that shape, or a vector along one axis"
            )
        weights = array_ops.reshape(weights, shape=tuple(-1 if k == axis % x.ndim else 1 for k in range(x.ndim)))
        weights = array_ops.broadcast_to(weights, shape=x.shape)
    weighed = array_ops.total(x * weights, axis=axis, keepdims=keepdims)
    return weighed / array_ops.total(weights, axis=axis, keepdims=keepdims)


@array_function(with_dim="gives the lower of two in the middle, and its position")
def median(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the middle element over `axis`, of an even number the mean of the two in the middle, as NumPy does.

    A nan among the elements gives nan; ValueError where there is no element.
    """
    return _quantile(x, _numbers(0.5), axis, keepdims)


@array_function()
def quantile(x: Any, q: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the value that a share `q` (0 to 1) of the elements over `axis` lies below, interpolated between two.

    Several shares give results along a new first axis. A nan among the elements gives nan; ValueError where there is
    no element.
    """
    return _quantile(x, _numbers(q), axis, keepdims)


@array_function()
def percentile(x: Any, q: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the `quantile` of q / 100."""
    return _quantile(x, _numbers(q) / 100, axis, keepdims)


def _numbers(q: Any) -> Any:
    if isinstance(q, Operand):
        raise TypeError("no gradient comes back to the share of a quantile: give it as a number, or np.asarray(tensor)")
    return np.asarray(q, float)


def _quantile(x: Any, shares: Any, axis: Axis, keepdims: bool) -> Any:
    axis = checked_axis(axis, x)
    if shares.ndim > 1 or not ((shares >= 0.0) & (shares <= 1.0)).all():
        raise ValueError(f"wanted shares of 0 to 1 (0 to 100 percent) as a number or a vector, got {shares.tolist()}")
    ordered = array_ops.sort(array_ops.joined(x, axis), axis=-1)
    count = ordered.shape[-1]
    if not count:
        raise ValueError(f"no middle of shape {x.shape} along axis {axis}: there are no elements")
    at = shares * (count - 1)
    below = np.floor(at).astype(int)
    # An element that is met exactly is the mean of itself and itself, which is right for inf too.
    exact = at == below
    part = np.where(exact, 0.5, at - below).astype(ordered.dtype)
    above = np.where(exact, below, below + 1)
    between = ordered[..., below] * (1 - part) + ordered[..., above] * part
    last = ordered[..., -1:] if shares.ndim else ordered[..., -1]
    result = where(equal(last, last), between, last)  # nan stands last
    if shares.ndim:
        result = array_ops.transpose(result, axes=(result.ndim - 1, *range(result.ndim - 1)))
    if keepdims:
        result = array_ops.reshape(result, shape=(*shares.shape, *array_ops.kept_shape(x.shape, axis)))
    return result
