"""Exponentials along axes that cannot overflow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from micrograd_plus.array_ops.reductions import ALL, detached, largest, stretched, total
from micrograd_plus.array_ops.row import Array, ArrayOp, Axis, structural
from micrograd_plus.ops import abs_, exp, less, log, where


def _logsumexp(x: Array, axis: Axis, keepdims: bool) -> Array:
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):  # the logarithm of a sum of zeros is -inf
        result: Array = np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top
    return result if keepdims else np.squeeze(result, axis=axis)


def _top(x: Any, axis: Axis) -> Any:
    """Return what may be subtracted before `exp`: the largest element along `axis`, 0 where that is infinite or nan."""
    top = detached(largest(x, axis=axis, keepdims=True))
    return where(less(abs_(top), math.inf), top, 0.0)


def _formula_of_logsumexp(x: Any, axis: Axis, keepdims: bool) -> Any:
    top = _top(x, axis)
    result = log(total(exp(x - top), axis=axis, keepdims=True)) + top
    return result if keepdims else total(result, axis=axis)


def _formula_of_softmax(x: Any, axis: Axis) -> Any:
    powers = exp(x - _top(x, axis))
    return powers / total(powers, axis=axis, keepdims=True)


logsumexp: ArrayOp = structural(
    "logsumexp",
    _logsumexp,
    lambda g, out, x, axis, keepdims: stretched(g, x.shape, axis) * exp(x - stretched(out, x.shape, axis)),
    parameters=ALL,
    formula=_formula_of_logsumexp,
)
log_softmax: ArrayOp = structural(
    "log_softmax",
    lambda x, axis: x - _logsumexp(x, axis, True),
    lambda g, out, x, axis: g - exp(out) * total(g, axis=axis, keepdims=True),
    parameters={"axis": -1},
    formula=lambda x, axis: x - _formula_of_logsumexp(x, axis, True),
)
softmax: ArrayOp = structural(
    "softmax",
    lambda x, axis: np.exp(x - _logsumexp(x, axis, True)),
    lambda g, out, x, axis: out * (g - total(g * out, axis=axis, keepdims=True)),
    parameters={"axis": -1},
    formula=_formula_of_softmax,
)
