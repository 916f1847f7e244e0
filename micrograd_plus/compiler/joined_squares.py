"""Sums of squares of neighbours in a buffer as one: a penalty that is written parameter by parameter."""

from __future__ import annotations

from collections.abc import Sequence

from micrograd_plus.array_ops import total
from micrograd_plus.compiler.arrays import STORED, Array
from micrograd_plus.compiler.views import View
from micrograd_plus.ops import TABLE, Op

_mul = TABLE["mul"]


def with_joined_squares(op: Op, inputs: Sequence[Array]) -> Array | None:
    """Return a sum of two sums of squares as one, also where the first is the last term of a sum; None for others."""
    if op.name != "add" or inputs[0].shape or inputs[1].shape:
        return None
    before, last = inputs
    if found := _joined(before, last):
        return found
    if before.op is op and (found := _joined(before.inputs[1], last)):
        result: Array = op(before.inputs[0], found)
        return result
    return None


def _joined(first: Array, second: Array) -> Array | None:
    squares = [_squares(first), _squares(second)]
    if squares[0] is None or squares[1] is None:
        return None
    (factor, a), (other_factor, b) = sorted(filter(None, squares), key=lambda found: found[1].window.offset)
    if factor != other_factor or a.base is not b.base or a.window.offset + a.size != b.window.offset:
        return None
    both = a.builder.shown(a.base, View(a.window.offset, (a.size + b.size,), (1,)))
    result: Array = total(_mul(both, both))
    return result.builder.apply(_mul, (result, factor)) if factor != 1.0 else result


def _squares(array: Array) -> tuple[float, Array] | None:
    """Return the factor of a sum of squares and what is squared: all elements of a stretch of a stored buffer."""
    factor = 1.0
    if array.op is _mul and array.inputs[1].is_number:
        factor, array = array.inputs[1].value, array.inputs[0]
    if array.op.name != total.name or array.shape or array.inputs[0].op is not _mul:
        return None
    x, same = array.inputs[0].inputs
    return (factor, x) if x is same and x.base.op is STORED and x.window.is_contiguous else None
