"""How NumPy is told to compute one array of a program: a line of Python or a few."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_plus.array_ops import REDUCED_BY, ArrayOp
from micrograd_plus.compiler.arrays import ACCUMULATE, CONSTANT, COPY, VIEW, Array
from micrograd_plus.compiler.lowering import COMPARISONS, DOT, LOGICAL_NOT, MASKED, SELECT, VECDOT
from micrograd_plus.compiler.names import Names
from micrograd_plus.compiler.placing import Plan, is_number
from micrograd_plus.compiler.reductions import flat_dot, full_sum, is_flat, reduction_lines, sum_lines
from micrograd_plus.compiler.views import View
from micrograd_plus.ops import Op, number_text


def statements(array: Array, names: Names) -> list[str]:
    """Return the lines that compute `array`."""
    if array.op is VIEW:
        return [f"{names.operand(array)} = float({names.element(array.base, array.window.offset)})"]
    if is_number(array):
        return [f"{names.operand(array)} = {_number(array, names)}"]
    rule = _INNER_RULES.get(array.op) or _RULES.get(array.op.name)
    if rule:
        return rule(array, names)
    if array.op.ufunc is np.multiply and (outer := _outer(array, names)):
        return [outer]
    if array.op.ufunc:
        return [_call(array.op, _arguments(array, names), names.operand(array), names)]
    return [f"{names.operand(array)}[...] = {_function_call(array, names)}"]


def _arguments(array: Array, names: Names) -> list[str]:
    """Return what a NumPy function is called with; numbers as arrays that are kept, which spares making them anew."""
    types = [array.dtype, *(i.dtype for i in array.inputs if not i.is_number)]
    dtype = next((t for t in types if t.kind == "f"), np.dtype(float))
    texts = []
    for i in array.inputs:
        if not i.is_number:
            texts.append(names.operand(i))
        elif array.op.ufunc in (np.maximum, np.minimum):
            # Of these two NumPy has a faster loop for two whole arrays.
            texts.append(names.kept(np.full(array.shape, i.value, dtype)))
        else:
            texts.append(names.kept(np.array(i.value, dtype)))
    return texts


def _call(op: Op, inputs: list[str], out: str, names: Names) -> str:
    assert op.ufunc is not None
    name = names.imported(op.ufunc.__name__)
    arguments = [*inputs, *(number_text(p) for p in op.parameters.values())]
    # NumPy wants these two to be told their output by name.
    arguments.append(f"out={out}" if op.ufunc in (np.maximum, np.minimum) else out)
    return f"{name}({', '.join(arguments)})"


def _function_call(array: Array, names: Names) -> str:
    structural = isinstance(array.op, ArrayOp)
    inputs = [_as_array(i, names) if structural else names.operand(i) for i in array.inputs]
    return f"{names.function(array.op)}({', '.join(inputs)})"


def _as_array(x: Array, names: Names) -> str:
    """Return the expression that reads an array also where the program keeps it as a plain number."""
    text = names.operand(x)
    return f"{names.imported('array')}({text})" if x.is_number or is_number(x) else text


# --- numbers ----------------------------------------------------------------------------------------------------------

_NUMBER_TEXTS = {
    "maximum": "{0} if {0} >= {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} <= {1} or {0} != {0} else {1}",
    "where": "{1} if {0} else {2}",
    "sign": "1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else {0}",
    "power": "math.pow({0}, {n})",
}
_INNER_NUMBER_TEXTS: dict[Op, str] = {SELECT: "{2} if {0} else {1}", LOGICAL_NOT: "float(not {0})"}


def _number(array: Array, names: Names) -> str:
    op, inputs = array.op, [names.operand(i) for i in array.inputs]
    if op is DOT:
        return f"float({flat_dot(array, names)})"
    if op.name == "sum":
        return f"float({full_sum(array.inputs[0], names)})"
    if op is ACCUMULATE:
        return " + ".join(inputs) or "0.0"
    if op is COPY:
        return inputs[0]
    if op is VECDOT or (isinstance(op, ArrayOp) and op.name == "matmul"):
        return f"float({inputs[0]}.dot({inputs[1]}))"
    if isinstance(op, ArrayOp) and op.name in REDUCED_BY:
        return f"float({names.imported(REDUCED_BY[op.name].__name__)}.reduce({inputs[0]}, None))"
    if isinstance(op, ArrayOp):
        if op.name == "index":
            return f"{_as_array(array.inputs[0], names)}.item({_flat_index(array)})"
        return f"float({_function_call(array, names)})"
    if text := _INNER_NUMBER_TEXTS.get(op) or _NUMBER_TEXTS.get(op.name):
        return text.format(*inputs, **op.shown_parameters())
    if getattr(op.on_floats, "__module__", None) == "math":
        return f"math.{op.on_floats.__name__}({', '.join(inputs)})"
    if not op.python.startswith(f"{op.name}(") or op.name == "abs":
        text = op.python.format(*inputs, **op.shown_parameters())
        return f"float({text})" if op.ufunc in COMPARISONS else text
    if op.ufunc:
        return f"float({names.imported(op.ufunc.__name__)}({', '.join(inputs)}))"
    return f"float({_function_call(array, names)})"


# --- arrays -----------------------------------------------------------------------------------------------------------


def _select(array: Array, names: Names) -> list[str]:
    unless, a, b = array.inputs
    out, mask, otherwise = names.operand(array), names.operand(unless), names.operand(b)
    begin = (
        [] if names.plan.places.get(a) == names.plan.places[array] else [f"{_copyto(names)}({out}, {names.operand(a)})"]
    )
    if b.shape == () and unless.shape == array.shape:
        return [*begin, f"{names.imported('putmask')}({out}, {mask}, {otherwise})"]
    return [*begin, f"{_copyto(names)}({out}, {otherwise}, where={mask})"]


def _masked(array: Array, names: Names) -> list[str]:
    mask, a = array.inputs
    if mask.dtype.kind != "i":  # it is asked for as numbers too
        chosen = f"{names.imported('where')}({names.operand(mask)}, {names.operand(a)}, 0.0)"
        return [f"{_copyto(names)}({names.operand(array)}, {chosen})"]
    bits = names.bits(a), names.bits(array)
    return [f"{names.imported('multiply')}({bits[0]}, {names.operand(mask)}, {bits[1]})"]


def _copyto(names: Names) -> str:
    return names.imported("copyto")


def _copy(array: Array, names: Names) -> list[str]:
    return [f"{_copyto(names)}({names.operand(array)}, {names.operand(array.inputs[0])})"]


def _accumulate(array: Array, names: Names) -> list[str]:
    lines = []
    entries = names.plan.entries[array]
    if entries and entries[0] == "zero":
        lines.append(f"{names.operand(array)}.fill(0.0)")
        entries = entries[1:]
    parts = [*zip(entries, array.views, array.inputs, strict=True)]
    alone = "add" not in entries and _has_buffer_alone(array, names.plan)
    for wanted in ("copy", "add"):
        for entry, view, part in parts:
            if entry == wanted:
                line = _entered(entry, array, view, part, names)
                if part.op is CONSTANT and alone:
                    names.once(line)  # nothing else ever writes there
                else:
                    lines.append(line)
    return lines


def _has_buffer_alone(array: Array, plan: Plan) -> bool:
    """Tell whether nothing but its parts is written where an accumulation stands: it is no part of another."""
    buffer = plan.places[array].buffer
    # Others write into given buffers too.
    return not buffer.given and all(plan.places[a].buffer is not buffer for a in plan.entries if a is not array)


def _entered(entry: str, array: Array, view: View, part: Array, names: Names) -> str:
    if not view.shape:
        return f"{names.element(array, view.offset)} {'+' if entry == 'add' else ''}= {names.operand(part)}"
    target = names.shown(array, view)
    if entry == "copy":
        return f"{_copyto(names)}({target}, {names.operand(part)})"
    return f"{names.imported('add')}({target}, {names.operand(part)}, {target})"


def _matmul(array: Array, names: Names) -> list[str]:
    a, b = map(names.operand, array.inputs)
    out = names.operand(array)
    if all(i.ndim <= 2 for i in array.inputs) and names.plan.places[array].view.is_contiguous:
        return [f"{a}.dot({b}, {out})"]
    if array.ndim == 2 and all(i.ndim == 2 for i in array.inputs) and _is_transposed(names.plan.places[array].view):
        # The transposed product, which stands in order, is the product of the transposed factors.
        a, b = (names.operand(i.mT) for i in array.inputs)
        return [f"{b}.dot({a}, {names.shown(array, View(0, array.shape[::-1], (1, array.shape[1])))})"]
    return [f"{names.imported('matmul')}({a}, {b}, {out})"]


def _is_transposed(view: View) -> bool:
    return View(view.offset, view.shape[::-1], view.strides[::-1]).is_contiguous


def _outer(array: Array, names: Names) -> str:
    """Return the product of a column and a row as a matrix product, which is three times as fast; empty for others."""
    column, row = array.inputs
    if column.shape != (*array.shape[:1], 1):
        column, row = row, column
    if (
        array.ndim != 2
        or column.shape != (array.shape[0], 1)
        or row.shape not in ((array.shape[1],), (1, array.shape[1]))
    ):
        return ""
    if 1 in array.shape or not names.plan.places[array].view.is_contiguous or not is_flat(row, names):
        return ""
    if column.window.repeats or not column.dtype == row.dtype == array.dtype:
        return ""
    row_text = names.shown(row, View(0, (1, array.shape[1]), (array.shape[1], 1)))
    return f"{names.operand(column)}.dot({row_text}, {names.operand(array)})"


def _vecdot(array: Array, names: Names) -> list[str]:
    a, b = map(names.operand, array.inputs)
    return [f"{names.imported('vecdot')}({a}, {b}, {names.operand(array)})"]


def _index(array: Array, names: Names) -> list[str]:
    # Without "clip" NumPy computes into a copy, so that an index out of bounds leaves the output as it was.
    where = f"{names.kept(_flat_index(array))}, None, {names.operand(array)}, 'clip'"
    return [f"{_as_array(array.inputs[0], names)}.take({where})"]


def _flat_index(array: Array) -> Any:
    """Return which elements of its input, counted in order, an index takes."""
    x = array.inputs[0]
    return np.arange(x.size).reshape(x.shape)[array.op.parameters["key"]]


def _scatter(array: Array, names: Names) -> list[str]:
    shape = array.op.parameters["shape"]
    flat = np.arange(math.prod(shape)).reshape(shape)[array.op.parameters["key"]]
    out, share = names.operand(array), names.operand(array.inputs[0])
    if np.unique(flat).size == flat.size:
        place = names.shown(array, View(0, (array.size,), (1,)))
        return [f"{out}.fill(0.0)", f"{place}[{names.kept(flat)}] = {share}"]
    place = names.shown(array, View(0, (array.size,), (1,)))
    return [f"{out}.fill(0.0)", f"{names.imported('add')}.at({place}, {names.kept(flat)}, {share})"]


# Of operations that are in no table: their names may be those of others.
_INNER_RULES: dict[Op, Callable[[Array, Names], list[str]]] = {
    MASKED: _masked,
    SELECT: _select,
    COPY: _copy,
    ACCUMULATE: _accumulate,
    VECDOT: _vecdot,
}
_RULES: dict[str, Callable[[Array, Names], list[str]]] = {
    "matmul": _matmul,
    **dict.fromkeys(REDUCED_BY, reduction_lines),
    "sum": sum_lines,
    "index": _index,
    "scatter": _scatter,
}
