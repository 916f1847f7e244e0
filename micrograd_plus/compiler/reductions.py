"""How NumPy is told to reduce: sums by products with ones where it can, which is faster."""

from __future__ import annotations

import math

from micrograd_plus.array_ops import REDUCED_BY
from micrograd_plus.compiler.arrays import CONSTANT, Array
from micrograd_plus.compiler.lowering import sorted_axes
from micrograd_plus.compiler.names import Names
from micrograd_plus.compiler.views import View

# A sum of more numbers than this is left to NumPy, whose pairwise sums round less than a product with ones.
_LONGEST_DOT = 8192


def flat(array: Array, names: Names) -> str:
    """Return the name of an array's elements as one axis."""
    return names.shown(array, View(0, (array.size,), (1,))) if array.ndim != 1 else names.operand(array)


def is_flat(array: Array, names: Names) -> bool:
    """Tell whether the elements stand one after the other in the buffer."""
    base = array.base
    return array.window.is_contiguous and (base.op is CONSTANT or names.plan.places[base].view.is_contiguous)


def flat_dot(array: Array, names: Names) -> str:
    """Return the expression of the scalar product of an array's two inputs."""
    a, b = (flat(i, names) if is_flat(i, names) else f"{names.operand(i)}.ravel()" for i in array.inputs)
    return f"{a}.dot({b})"


def full_sum(x: Array, names: Names) -> str:
    """Return the expression of the sum of all elements."""
    if is_flat(x, names) and 0 < x.size <= _LONGEST_DOT:
        return f"{flat(x, names)}.dot({names.ones(x.size, x.dtype)})"
    return f"{names.imported('add')}.reduce({names.operand(x)}, None)"


def sum_lines(array: Array, names: Names) -> list[str]:
    """Return the lines that sum over axes."""
    x = array.inputs[0]
    axes = sorted_axes(array.op.parameters["axis"], x.ndim)
    kept = math.prod(size for k, size in enumerate(x.shape) if k not in axes)
    summed = x.size // max(kept, 1)
    line = names.plan.places[array].view.is_contiguous and is_flat(x, names) and 0 < summed <= _LONGEST_DOT
    out = names.shown(array, View(0, (kept,), (1,))) if line else ""
    ones = names.ones(summed, x.dtype) if line else ""
    if line and axes == tuple(range(len(axes))):
        return [f"{ones}.dot({names.shown(x, View(0, (summed, kept), (kept, 1)))}, {out})"]
    if line and axes == tuple(range(x.ndim - len(axes), x.ndim)):
        return [f"{names.shown(x, View(0, (kept, summed), (summed, 1)))}.dot({ones}, {out})"]
    return reduction_lines(array, names)


def reduction_lines(array: Array, names: Names) -> list[str]:
    """Return the lines that reduce over axes by the row's ufunc."""
    x, ufunc = array.inputs[0], names.imported(REDUCED_BY[array.op.name].__name__)
    axes = sorted_axes(array.op.parameters["axis"], x.ndim)
    axis = axes[0] if len(axes) == 1 else axes
    keep = ", True" if array.op.parameters["keepdims"] else ""
    return [f"{ufunc}.reduce({names.operand(x)}, {axis}, None, {names.operand(array)}{keep})"]
