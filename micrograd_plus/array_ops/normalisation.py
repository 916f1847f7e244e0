"""Mean 0 and variance 1, as layers between others want it."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.array_ops.reductions import count, mean, sum_of_products
from micrograd_plus.array_ops.row import ArrayOp, Axis, structural
from micrograd_plus.ops import sqrt

# What is written `x /= y` goes into the memory of x where that is an array.


def _mean(x: Any, axis: Axis) -> Any:
    if axis == -1 and x.__class__ is np.ndarray:  # in a third of the time
        return np.add.reduce(x, axis=-1, keepdims=True) / x.shape[-1]
    return mean(x, axis=axis, keepdims=True)


def _mean_product(a: Any, b: Any, axis: Axis) -> Any:
    return sum_of_products(a, b, axis) / count(a.shape, axis)


def _deviation(centred: Any, axis: Axis, eps: float) -> Any:
    return sqrt(_mean_product(centred, centred, axis) + eps)


def _normalised(x: Any, axis: Axis, eps: float) -> Any:
    result = x - _mean(x, axis)
    result /= _deviation(result, axis, eps)
    return result


def _to_normalised(g: Any, out: Any, x: Any, axis: Axis, eps: float) -> Any:
    share = g - _mean(g, axis)
    share -= out * _mean_product(g, out, axis)
    share /= _deviation(x - _mean(x, axis), axis, eps)
    return share


# (x - mean) / sqrt(variance + eps) along axes, the variance being the mean square. Ioffe and Szegedy, "Batch
# Normalization" (2015); Ba, Kiros and Hinton, "Layer Normalization" (2016).
normalised: ArrayOp = structural("normalised", _normalised, _to_normalised, names=("axis", "eps"), formula=_normalised)
