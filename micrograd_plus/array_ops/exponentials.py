"""Exponentials along axes that cannot overflow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from micrograd_plus.array_ops.reductions import ALL, detached, kept, largest, sum_of_products, total
from micrograd_plus.array_ops.row import Array, ArrayOp, Axis, Shape, size_of_alike, structural
from micrograd_plus.ops import abs_, exp, less, log, where


def _top_of_array(x: Array, axis: Axis) -> Array:
    top: Array = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    return top


def _logsumexp(x: Array, axis: Axis, keepdims: bool) -> Array:
    top = _top_of_array(x, axis)
    if np.count_nonzero(np.isfinite(top)) == top.size:
        result: Array = np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top
    else:
        top = np.where(np.isfinite(top), top, 0.0)
        with np.errstate(divide="ignore"):  # the logarithm of a sum of zeros is -inf
            result = np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top
    return result if keepdims else result.squeeze(axis)


def _softmax(x: Array, axis: Axis) -> Array:
    powers: Array = np.exp(x - _top_of_array(x, axis))
    powers /= np.add.reduce(powers, axis=axis, keepdims=True)
    return powers


def _to_softmax(g: Any, out: Any, x: Any, axis: Axis) -> Any:
    share = g - sum_of_products(g, out, axis)
    share *= out  # into the same memory, where it is an array
    return share


def _log_softmax(x: Array, axis: Axis) -> Array:
    if not x.size:
        return x.copy()
    below = x - _top_of_array(x, axis)
    result: Array = below - np.log(np.add.reduce(np.exp(below), axis=axis, keepdims=True))
    return result


def _top(x: Any, axis: Axis) -> Any:
    return detached(largest(x, axis=axis, keepdims=True))


def _formula_of_logsumexp(x: Any, axis: Axis, keepdims: bool) -> Any:
    top = _top(x, axis)
    top = where(less(abs_(top), math.inf), top, 0.0)
    result = log(total(exp(x - top), axis=axis, keepdims=True)) + top
    return result if keepdims else total(result, axis=axis)


def _formula_of_softmax(x: Any, axis: Axis) -> Any:
    powers = exp(x - _top(x, axis))
    return powers / total(powers, axis=axis, keepdims=True)


def _formula_of_log_softmax(x: Any, axis: Axis) -> Any:
    below = x - _top(x, axis)
    return below - log(total(exp(below), axis=axis, keepdims=True))


logsumexp: ArrayOp = structural(
    "logsumexp",
    _logsumexp,
    lambda g, out, x, axis, keepdims: kept(g, x.shape, axis) * exp(x - kept(out, x.shape, axis)),
    parameters=ALL,
    formula=_formula_of_logsumexp,
)
# Along an axis whose largest element is infinite all is nan.
log_softmax: ArrayOp = structural(
    "log_softmax",
    _log_softmax,
    lambda g, out, x, axis: g - exp(out) * total(g, axis=axis, keepdims=True),
    names=("axis",),
    formula=_formula_of_log_softmax,
)
softmax: ArrayOp = structural(
    "softmax",
    _softmax,
    _to_softmax,
    names=("axis",),
    formula=_formula_of_softmax,
)


# --- what is lost at the class of each row: -log(softmax(row)[class]) -------------------------------------------------


def _cross_entropy(x: Array, labels: Array) -> Array:
    result: Array = _logsumexp(x, 1, False)
    result -= x[np.arange(len(labels)), labels]
    return result


def _to_logits(g: Any, out: Any, x: Any, labels: Array) -> Any:
    """Return the probabilities less 1 at the labels, times the upstream gradient."""
    places = np.arange(len(labels)), labels
    if x.__class__ is np.ndarray:
        share = _softmax(x, 1)
        share[places] -= 1.0
        share *= g[:, None]
        return share
    chosen = np.zeros(x.shape, x.dtype)
    chosen[places] = 1.0
    return (softmax(x, axis=1) - chosen) * g[..., None]


def _size_of_losses(x: Shape, labels: Array) -> int:
    return size_of_alike(x[:1], labels.shape)


cross_entropy: ArrayOp = structural(
    "cross_entropy",
    _cross_entropy,
    _to_logits,
    names=("labels",),
    formula=lambda x, labels: logsumexp(x, axis=1) - x[np.arange(len(labels)), labels],
    size=_size_of_losses,
)
