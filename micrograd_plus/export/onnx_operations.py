"""How ONNX writes the operations of the table, in what onnxruntime executes in float64.

What it lacks there (`Erf`, `Tan`, `Atan`, `Sinh`, `Cosh`) or has no operator for is a formula in the table's own
operations, to the last digits the same as the row.
"""

from __future__ import annotations

import math
from typing import Any

from micrograd_plus import ops
from micrograd_plus.export.formulas import Formula

# Of the inputs and then the parameters.
OPERATORS = {
    "add": "Add",
    "sub": "Sub",
    "mul": "Mul",
    "div": "Div",
    "neg": "Neg",
    "power": "Pow",
    "pow": "Pow",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "sin": "Sin",
    "cos": "Cos",
    "tanh": "Tanh",
    "sign": "Sign",
    "floor": "Floor",
    "ceil": "Ceil",
    "round": "Round",
    "abs": "Abs",
    "maximum": "Max",
    "minimum": "Min",
    "relu": "Relu",
    "sigmoid": "Sigmoid",
}
COMPARISONS = {
    "less": "Less",
    "less_equal": "LessOrEqual",
    "greater": "Greater",
    "greater_equal": "GreaterOrEqual",
    "equal": "Equal",
}


def _log1p(x: Any) -> Any:
    # log(1 + x) and, to first order, what rounding took from 1 + x; where that is nothing, also at -1 and inf, the log.
    rounded = 1.0 + x
    lost = x - (rounded - 1.0)
    return ops.where(ops.equal(rounded - 1.0, x), ops.log(rounded), ops.log(rounded) + lost / rounded)


def _cosh(x: Any) -> Any:
    # exp of half of it: exp(x) would overflow before cosh does.
    half = ops.exp(0.5 * ops.abs_(x))
    return half * (0.5 * half) + 0.5 / (half * half)


def _arctan(x: Any) -> Any:
    # arctan(x) = 2 arctan(x / (1 + sqrt(1 + x^2))), three times, and the series of what is at most tan(pi / 16) then.
    x = ops.maximum(ops.minimum(x, 1e17), -1e17)  # its square is finite; arctan is pi/2 there
    for _ in range(3):
        x = x / (1.0 + ops.sqrt(1.0 + x * x))
    square, series = x * x, 1.0 / 25.0
    for n in range(23, 0, -2):
        series = 1.0 / n - square * series
    return 8.0 * x * series


def _arctan2(a: Any, b: Any) -> Any:
    # The angle of a point above and right of the origin, mirrored; that of the origin is 0.
    angle = ops.arctan(ops.abs_(a) / ops.where(ops.equal(a, 0.0), 1.0, ops.abs_(b)))
    angle = ops.where(ops.less(b, 0.0), math.pi - angle, angle)
    return ops.where(ops.less(a, 0.0), -angle, angle)


def _hypot(a: Any, b: Any) -> Any:
    # The square of what is at most 1 does not overflow; 0 and inf cannot be divided by.
    large, small = ops.maximum(ops.abs_(a), ops.abs_(b)), ops.minimum(ops.abs_(a), ops.abs_(b))
    ratio = small / ops.where(ops.greater(large, 0.0) * ops.less(large, math.inf), large, 1.0)
    return large * ops.sqrt(1.0 + ratio * ratio)


def _cbrt(x: Any) -> Any:
    # A step of Newton's takes away what the rounding of 1/3 did; 0 and inf are right before.
    size = ops.abs_(x)
    root = ops.power(size, n=1.0 / 3.0)
    better = root - (root - size / (root * root)) / 3.0
    return ops.sign(x) * ops.where(ops.greater(size, 0.0) * ops.less(size, math.inf), better, root)


def _arcsinh(x: Any) -> Any:
    # log(x + sqrt(x^2 + 1)), without the 1 that would cancel.
    size = ops.minimum(ops.abs_(x), _LARGE)
    square = size * size
    near = ops.log1p(size + square / (1.0 + ops.sqrt(1.0 + square)))
    return ops.sign(x) * _log_of_twice(ops.abs_(x), near)


def _arccosh(x: Any) -> Any:
    above = x - 1.0
    return _log_of_twice(x, ops.log1p(above + ops.sqrt(above) * ops.sqrt(above + 2.0)))


_LARGE = 1e9  # whose square is all of 1 + x^2


def _log_of_twice(x: Any, near: Any) -> Any:
    """Return log(2 x), which does not overflow, for large numbers."""
    return ops.where(ops.greater(x, _LARGE), ops.log(x) + math.log(2), near)


def _erf(x: Any) -> Any:
    # A square wave of half period 12, smoothed by a normal distribution, is erf near its middle. Its Fourier series
    # has the coefficients 4 / (pi n), n odd, times exp(-w^2 / 4): below 1e-17 after n = 47.
    x = ops.maximum(ops.minimum(x, 6.0), -6.0)
    waves = []
    for n in range(47, 0, -2):
        w = math.pi * n / 12.0
        waves.append(4.0 / (math.pi * n) * math.exp(-w * w / 4.0) * ops.sin(w * x))
    return sum(waves[1:], waves[0])


IN_OTHERS: dict[str, Formula] = {
    "not_equal": lambda a, b: 1.0 - ops.equal(a, b),
    "expm1": lambda x: ops.tanh(0.5 * x) * (ops.exp(x) + 1.0),
    "log1p": _log1p,
    "tan": lambda x: ops.sin(x) / ops.cos(x),
    "cosh": _cosh,
    "sinh": lambda x: ops.tanh(x) * ops.cosh(x),
    "trunc": lambda x: ops.sign(x) * ops.floor(ops.abs_(x)),
    "exp2": lambda x: ops.pow_(2.0, x),
    "log2": lambda x: ops.log(x) / math.log(2),
    "log10": lambda x: ops.log(x) / math.log(10),
    "cbrt": _cbrt,
    "arcsin": lambda x: ops.arctan(x / ops.sqrt((1.0 - x) * (1.0 + x))),
    "arccos": lambda x: 2.0 * ops.arctan(ops.sqrt((1.0 - x) / (1.0 + x))),
    "arctan": _arctan,
    "arctan2": _arctan2,
    "hypot": _hypot,
    "arcsinh": _arcsinh,
    "arccosh": _arccosh,
    "arctanh": lambda x: ops.sign(x) * (0.5 * ops.log1p(2.0 * ops.abs_(x) / (1.0 - ops.abs_(x)))),
    "erf": _erf,
}
