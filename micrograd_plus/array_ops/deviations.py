"""Rows that say how far numbers are from their mean, and from zero. Slopes of roots are 0 at 0, as in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.array_ops.reductions import count, kept, mean, mean_of_array, sum_of_array, total
from micrograd_plus.array_ops.row import Array, ArrayOp, Axis, structural
from micrograd_plus.ops import equal, sqrt, where

_OF_SPREAD = ("axis", "ddof", "keepdims")


def _freedom(shape: tuple[int, ...], axis: Axis, ddof: float) -> float:
    return max(count(shape, axis) - ddof, 0)


def _var(x: Array, axis: Axis, ddof: float, keepdims: bool) -> Any:
    centred = x - mean_of_array(x, axis, True)
    return sum_of_array(centred * centred, axis, keepdims) / _freedom(x.shape, axis, ddof)


def _formula_of_var(x: Any, axis: Axis, ddof: float, keepdims: bool) -> Any:
    centred = x - mean(x, axis=axis, keepdims=True)
    return total(centred * centred, axis=axis, keepdims=keepdims) / float(_freedom(x.shape, axis, ddof))


def _norm(x: Array, axis: Axis, keepdims: bool) -> Any:
    return np.sqrt(sum_of_array(x * x, axis, keepdims))


def root(x: Any) -> Any:
    """Return the square root, with slope 0 at 0."""
    zero = equal(x, 0.0)
    return where(zero, 0.0, sqrt(x + zero))


def _over_root(g: Any, out: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    return kept(g / where(equal(out, 0.0), np.inf, out), shape, axis)


var: ArrayOp = structural(
    "var",
    _var,
    lambda g, out, x, axis, ddof, keepdims: (
        kept(2.0 * g / _freedom(x.shape, axis, ddof), x.shape, axis) * (x - mean(x, axis=axis, keepdims=True))
    ),
    names=_OF_SPREAD,
    formula=_formula_of_var,
)
std: ArrayOp = structural(
    "std",
    lambda x, axis, ddof, keepdims: np.sqrt(_var(x, axis, ddof, keepdims)),
    lambda g, out, x, axis, ddof, keepdims: (
        _over_root(g / _freedom(x.shape, axis, ddof), out, x.shape, axis) * (x - mean(x, axis=axis, keepdims=True))
    ),
    names=_OF_SPREAD,
    formula=lambda x, axis, ddof, keepdims: root(_formula_of_var(x, axis, ddof, keepdims)),
)
norm: ArrayOp = structural(
    "norm",
    _norm,
    lambda g, out, x, axis, keepdims: _over_root(g, out, x.shape, axis) * x,
    names=("axis", "keepdims"),
    formula=lambda x, axis, keepdims: root(total(x * x, axis=axis, keepdims=keepdims)),
)
