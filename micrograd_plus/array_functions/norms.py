"""Lengths of vectors and of matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from micrograd_plus import array_ops
from micrograd_plus.arguments import real_number
from micrograd_plus.array_functions.axes import checked_axis, each_axis, one_axis
from micrograd_plus.array_functions.registry import array_function, as_operand
from micrograd_plus.array_functions.shapes import broadcast_arrays
from micrograd_plus.array_ops import Axis
from micrograd_plus.ops import abs_, equal, maximum, not_equal, power, where


@array_function(in_numpy=[np.linalg.norm], keywords={"ord": "order", "p": "order"})
def norm(x: Any, order: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the length over `axis`, as `numpy.linalg.norm` does: by default the root of the sum of squares.

    NumPy's `ord` and PyTorch's `p` are names of `order`.

    Of a vector, or along one axis, `order` is any number: sum(abs(x) ** order) ** (1 / order), the largest for inf, the
    smallest for -inf, how many are not 0 for 0. Of a matrix, or along two axes, it is "fro" (the default), 1 and -1
    (largest and smallest sum of a column) or inf and -inf (of a row). Where the length is 0, and at elements that are
    0, the slope of a root is 0, as in PyTorch. ValueError for another `order`, and for an order of more than two axes.
    """
    axis = checked_axis(axis, x)
    if order is None:
        return array_ops.norm(x, axis=axis, keepdims=keepdims)
    axes = each_axis(axis, x)
    if len(axes) == 1 and not isinstance(order, str):
        return _of_vector(x, real_number(order), axes, keepdims)
    if len(axes) == 2 and order == "fro":
        return array_ops.norm(x, axis=axes, keepdims=keepdims)
    if len(axes) == 2 and order in (1, -1, math.inf, -math.inf):
        rows, columns = axes
        return _of_matrix(x, order, *((rows, columns) if abs(order) == 1 else (columns, rows)), keepdims)
    known = "a number along one axis; 'fro', 1, -1, inf or -inf along two"
    raise ValueError(f"no norm of order {order!r} of shape {x.shape} along {len(axes)} axes: want {known}")


@array_function(keywords={"p": "order"})
def normalize(x: Any, order: Any = 2.0, axis: Axis = 1, eps: float = 1e-12) -> Any:
    """Return `x` divided by its length over `axis`, or by `eps` where it is shorter, as PyTorch's `normalize`."""
    return x / maximum(norm(x, order, axis, keepdims=True), eps)


@array_function(method=False)
def cosine_similarity(x1: Any, x2: Any, axis: int = 1, eps: float = 1e-8) -> Any:
    """Return the cosine of the angle between vectors along `axis`; lengths below `eps` count as `eps`.

    Arrays of two shapes are broadcast first, as in PyTorch: the axis is one of their common shape.
    """
    a, b = as_operand(x1), as_operand(x2)
    if a.shape != b.shape:
        a, b = broadcast_arrays(a, b)
    place = one_axis(axis, a)
    product = normalize(a, axis=place, eps=eps) * normalize(b, axis=place, eps=eps)
    return array_ops.total(product, axis=place, keepdims=False)


def _of_vector(x: Any, order: float, axis: Axis, keepdims: bool) -> Any:
    if order == 2.0:
        return array_ops.norm(x, axis=axis, keepdims=keepdims)
    if order == 0.0:
        return array_ops.total(not_equal(x, 0.0), axis=axis, keepdims=keepdims)
    if math.isinf(order):
        extreme = array_ops.largest if order > 0.0 else array_ops.smallest
        return extreme(abs_(x), axis=axis, keepdims=keepdims)
    if order == 1.0:
        return array_ops.total(abs_(x), axis=axis, keepdims=keepdims)
    return _power(array_ops.total(_power(abs_(x), order), axis=axis, keepdims=keepdims), 1.0 / order)


def _power(x: Any, n: float) -> Any:
    """Return x ** n, whose slope is 0 at 0."""
    if n < 0.0:
        return power(x, n=n)
    zero = equal(x, 0.0)
    return where(zero, 0.0, power(x + zero, n=n))


def _of_matrix(x: Any, order: float, summed: int, kept: int, keepdims: bool) -> Any:
    sums = array_ops.total(abs_(x), axis=summed, keepdims=True)
    extreme = array_ops.largest if order > 0 else array_ops.smallest
    result = extreme(sums, axis=kept, keepdims=True)
    return result if keepdims else array_ops.total(result, axis=(summed, kept))
