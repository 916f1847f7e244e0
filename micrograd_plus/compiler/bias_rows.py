"""Biases as one more row of weights: `x @ W + b` is `[x, 1] @ [W; b]` where `b` stands behind `W` in the buffer.

One product then adds the bias, and one gives the gradients of both. What is multiplied gets a column of ones beside it,
in a buffer that it is computed into.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from micrograd_plus.array_ops import broadcast_to, matmul
from micrograd_plus.compiler.arrays import ACCUMULATE, CONSTANT, COPY, STORED, VIEW, Array
from micrograd_plus.compiler.views import View, whole
from micrograd_plus.ops import Op

# What would have to be copied to stand beside ones costs more than the sum, if it is larger.
_MOST_COPIED = 4096


def with_bias_row(op: Op, inputs: Sequence[Array]) -> Array | None:
    """Return a sum of a product and a bias as one product, None for what is no such sum."""
    if op.name == "add":
        for product, bias in (inputs, inputs[::-1]):
            if product.op is matmul and bias.base.op is STORED and product.shape and _is_stretched(bias, product):
                # In the product's shape, so that it is seen along which axis the bias is repeated.
                found = _joined(product, broadcast_to(bias, shape=product.shape))
                if found:
                    return found
    return None


def _is_stretched(bias: Array, product: Array) -> bool:
    """Tell whether it is the bias that is repeated, where one of both is, and not the product."""
    return np.broadcast_shapes(bias.shape, product.shape) == product.shape


def _joined(product: Array, bias: Array) -> Array | None:
    """Return the product with the bias inside, None where the bias does not stand behind the weights."""
    x, weights = product.inputs
    if bias.base is x.base:
        return _joined_in_front(product, bias)
    if x.ndim != 2 or weights.base.op is not STORED or bias.base is not weights.base or not _may_be_extended(x):
        return None
    window = weights.window
    rows, columns = weights.shape[0] + 1, weights.shape[1:]
    behind = View(window.offset + weights.size, product.shape, (0, *whole(columns).strides))
    if not window.is_contiguous or not _are_same(bias.window, behind):
        return None
    both = x.builder.shown(weights.base, View(window.offset, (rows, *columns), whole((rows, *columns)).strides))
    both.name = weights.name
    result: Array = matmul(_with_ones(x), both)
    result.name = product.name
    return result


def _joined_in_front(product: Array, bias: Array) -> Array | None:
    """Return the same where the weights stand in front: `W.T @ x + b` as `[W; b].T @ [x; 1]`."""
    weights, x = product.inputs
    if x.ndim != 2 or bias.base is not weights.base or not _may_be_extended(x):
        return None
    window = weights.window
    places, outputs = weights.shape[-1], weights.shape[:-1]
    strides = (*whole(outputs).strides, math.prod(outputs))
    behind = View(window.offset + weights.size, product.shape, (*whole(outputs).strides, 0))
    if window.strides != strides or not _are_same(bias.window, behind):
        return None
    both = x.builder.shown(weights.base, View(window.offset, (*outputs, places + 1), strides))
    both.name = weights.name
    result: Array = matmul(both, _with_ones_below(x))
    result.name = product.name
    return result


def _with_ones_below(x: Array) -> Array:
    rows, columns = x.shape
    ones = x.builder.constant(np.ones(columns, x.dtype))
    parts = [(View(0, (rows, columns), (columns, 1)), x), (View(rows * columns, (columns,), (1,)), ones)]
    return x.builder.accumulated((rows + 1, columns), x.dtype, parts)


def _may_be_extended(x: Array) -> bool:
    computed = x.op not in (ACCUMULATE, CONSTANT, COPY, STORED, VIEW) and x.op is not matmul
    return computed or x.size <= _MOST_COPIED


def _are_same(a: View, b: View) -> bool:
    """Tell whether two views show the same elements in the same places; along an axis of size 1 no stride is taken."""
    steps = zip(a.shape, a.strides, b.strides, strict=True)
    return (a.offset, a.shape) == (b.offset, b.shape) and all(n == 1 or s == t for n, s, t in steps)


def _with_ones(x: Array) -> Array:
    rows, columns = x.shape
    width = columns + 1
    parts = [
        (View(0, (rows, columns), (width, 1)), x),
        (View(columns, (rows,), (width,)), x.builder.constant(np.ones(rows, x.dtype))),
    ]
    return x.builder.accumulated((rows, width), x.dtype, parts)
