"""What needs less work and gives the same up to rounding: rules that a program's arrays are made by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from micrograd_plus.ops import TABLE, Op

if TYPE_CHECKING:
    from micrograd_plus.compiler.arrays import Array


def simplified(op: Op, arrays: tuple[Array, ...]) -> Array | None:
    """Return what needs less work and gives the same up to rounding: factors of 1, terms of 0, constants collected."""
    name = op.name
    if name == "neg" and arrays[0].op.name == "mul" and arrays[0].inputs[1].is_number:
        return _numbered("mul", arrays[0], -1.0)
    if op.arity != 2:
        return None
    a, b = arrays
    shape = common_shape(arrays)
    if name in ("add", "mul") and a.is_number:
        a, b = b, a  # a number stands on the right from here on
    if name in ("mul", "div") and b.is_number and b.value == 1.0 and a.shape == shape:
        return a
    if name in ("add", "sub") and b.is_number and b.value == 0.0 and a.shape == shape:
        return a
    if name == "add" and a is b:
        return _numbered("mul", a, 2.0)
    if name == "div" and b.is_number and b.value != 0.0:
        return _numbered("mul", a, 1.0 / b.value)
    if name == "mul" and b.is_number:
        if a.op.name == "mul" and a.inputs[1].is_number:
            return _numbered("mul", a.inputs[0], a.inputs[1].value * b.value)
        if a.op.name == "neg":
            return _numbered("mul", a.inputs[0], -b.value)
        if arrays[0] is b:
            return a.builder.apply(op, (a, b))
    if name == "mul":
        for x, y in ((a, b), (b, a)):
            if x.value is not None and y.op.name == "mul" and y.inputs[1].is_number and y.shape == shape:
                return a.builder.apply(op, (y.inputs[0], x.value * y.inputs[1].value))
    return None


def common_shape(arrays: Sequence[Array]) -> tuple[int, ...]:
    """Return the shape to which arrays are stretched that meet in an operation."""
    shape = arrays[0].shape
    # Nearly always all are alike, and asking NumPy would take as long as all else here.
    if all(x.shape == shape for x in arrays):
        return shape
    return np.broadcast_shapes(*[x.shape for x in arrays])


def _numbered(name: str, array: Array, number: float) -> Array:
    return array.builder.apply(TABLE[name], (array, number))
