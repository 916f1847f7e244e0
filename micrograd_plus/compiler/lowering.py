"""From the operations of the tables to what NumPy computes in one call each.

Formulas are written out, small powers become products, a choice becomes a selection by the opposite mask, sums of
products become scalar products: what NumPy does fastest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd_plus.array_ops import ArrayOp, Axis, detached, reshape, sum_to, total
from micrograd_plus.compiler.arrays import STORED, VIEW, Array, arrays_below
from micrograd_plus.compiler.rebuilding import finish, rebuilt
from micrograd_plus.ops import FORMULAS, TABLE, Op

_sqrt, _div, _mul = TABLE["sqrt"], TABLE["div"], TABLE["mul"]

LOGICAL_NOT = Op("logical_not", lambda x: float(not x), np.logical_not, (0.0,))
# select(unless, a, b) is b where the mask holds and a elsewhere: what can be done in place on a.
SELECT = Op("select", lambda m, a, b: b if m else a, lambda m, a, b: np.where(m, b, a), (0.0, 1.0, 1.0))
# masked(m, a) is a where the integer m is 1 and 0 where it is 0, whatever a is: its bits times m, the fastest of all.
MASKED = Op("masked", lambda m, a: a if m else 0.0, lambda m, a: np.where(m, a, np.zeros_like(a)), (0.0, 1.0))
# Sums of products along the last axis and over all axes, which need no array of the products.
VECDOT = ArrayOp("vecdot", lambda a, b: np.vecdot(a, b), *[lambda g, out, a, b: None] * 2)
DOT = ArrayOp("dot", lambda a, b: np.vdot(a, b), *[lambda g, out, a, b: None] * 2)

# Of shorter rows the products are written down and summed by a product with ones: vecdot costs a call for each row.
_LEAST_VECDOT = 64

COMPARISONS = (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)

# Powers that are a multiplication or a root: NumPy's own power is ten times dearer.
_SMALL_POWERS: dict[float, Callable[[Array], Any]] = {
    -2.0: lambda x: _div(1.0, _mul(x, x)),
    -1.0: lambda x: _div(1.0, x),
    -0.5: lambda x: _div(1.0, _sqrt(x)),
    0.5: _sqrt,
    1.0: lambda x: x,
    2.0: lambda x: _mul(x, x),
    3.0: lambda x: _mul(_mul(x, x), x),
}


def lowered(roots: Sequence[Array]) -> list[Array]:
    """Return the same arrays, computed by operations that NumPy has."""
    roots = list(roots)
    while any(a.inputs and (a.op.name in FORMULAS or a.op.name == sum_to.name) for a in arrays_below(roots)):
        roots = rebuilt(roots, _written_out)
    roots = _with_scalar_products(rebuilt(roots, _in_calls))
    finish(roots)
    return roots


def _written_out(op: Op, inputs: list[Array], array: Array) -> Array:
    if op.name == sum_to.name:
        return _summed(array.shape, inputs[0])
    formula = FORMULAS.get(op.name)
    result: Array = formula(*inputs, **op.parameters) if formula else inputs[0].builder.apply(op, inputs)
    return result


def _summed(shape: tuple[int, ...], x: Array) -> Array:
    """Return a sum down to a shape that was stretched, as a sum over axes."""
    leading = x.ndim - len(shape)
    axes = (*range(leading), *(k for k in range(leading, x.ndim) if shape[k - leading] == 1 != x.shape[k]))
    result: Array = total(x, axis=axes)
    return result if result.shape == shape else reshape(result, shape=shape)


def _in_calls(op: Op, inputs: list[Array], array: Array) -> Any:
    builder = inputs[0].builder
    if op.name == "power" and (small := _SMALL_POWERS.get(op.parameters["n"])):
        return small(inputs[0])
    if op.name == detached.name:
        return inputs[0]
    if isinstance(op, ArrayOp):
        # A view that repeats elements is written as one that has them once, and a view of a number as that number,
        # which elementwise operations stretch.
        inputs = [builder.copied(i) if i.window.repeats or _shows_a_number(i) else i for i in inputs]
    if op.name == "where" and array.shape:
        condition, a, b = inputs
        if condition.op.ufunc in COMPARISONS and a.is_number and math.isfinite(a.value) and _is_zero(b):
            return builder.apply(_mul, (condition, a))
        has_bits = a.shape and a.value is None and not _shows_a_number(a)
        if _is_zero(b) and has_bits and condition.shape == array.shape and _is_mask(condition):
            return builder.apply(MASKED, (_as_integers(condition, a.dtype), a))
        return builder.apply(SELECT, (builder.apply(LOGICAL_NOT, (condition,)), a, b))
    return builder.apply(op, inputs)


def _is_mask(array: Array) -> bool:
    """Tell whether an array holds nothing but 0 and 1."""
    if isinstance(array.value, np.ndarray):
        return bool(np.isin(array.value, (0, 1)).all())
    return array.op.ufunc in COMPARISONS


def _as_integers(mask: Array, dtype: np.dtype[Any]) -> Array:
    """Return a constant mask in integers as wide as the numbers; a computed one is typed by what reads it."""
    return mask if mask.value is None else mask.builder.constant(mask.value.astype(integers_like(dtype)))


def integers_like(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type of integers as wide as floats of a type."""
    return np.dtype(f"int{8 * dtype.itemsize}")


def _with_scalar_products(roots: list[Array]) -> list[Array]:
    """Replace sums of products that nothing else reads."""
    readers: dict[Array, int] = {}
    for array in arrays_below(roots):
        for i in array.inputs:
            readers[i] = readers.get(i, 0) + 1
    kept = {*roots}

    def rule(op: Op, inputs: list[Array], array: Array) -> Array:
        builder, product = inputs[0].builder, array.inputs[0]
        alone = op.name == total.name and readers[product] == 1 and product not in kept
        if not alone or product.op.name != "mul" or not all(_fits(f, product.shape) for f in inputs[0].inputs):
            return builder.apply(op, inputs)
        factors, axes = inputs[0].inputs, sorted_axes(op.parameters["axis"], product.ndim)
        if axes == tuple(range(product.ndim)) and not array.shape and all(f.window.is_contiguous for f in factors):
            return builder.apply(DOT, factors)
        if axes == (product.ndim - 1,) and product.shape[-1] >= _LEAST_VECDOT:
            result = builder.apply(VECDOT, factors)
            return result if result.shape == array.shape else reshape(result, shape=array.shape)
        return builder.apply(op, inputs)

    return rebuilt(roots, rule)


def _fits(factor: Array, shape: tuple[int, ...]) -> bool:
    """Tell whether a factor has the whole shape, and its last axis in memory."""
    return factor.shape == shape and len(shape) - 1 not in factor.window.repeats and not _shows_a_number(factor)


def _shows_a_number(array: Array) -> bool:
    """Tell whether an array is a number with axes of size 1, for which a program has no buffer."""
    return array.op is VIEW and array.base.shape == () and array.base.op is not STORED


def _is_zero(array: Array) -> bool:
    return array.is_number and bool(array.value == 0.0)


def sorted_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return the axes that a reduction names, counted from the front, in order."""
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(sorted(k % max(ndim, 1) for k in axes))
