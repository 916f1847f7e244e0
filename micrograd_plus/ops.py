"""The table of elementwise operations: one row states all that mathematics says of an operation.

A row holds what the operation computes, its slopes (one per input, a number where the slope is constant, else a rule
of the output and the inputs), how Python and mathematics write it, and its domain. Formulas and rules are written with
the table's own operations, so they run on numbers, on arrays and on graph nodes; run on nodes, a gradient is itself a
graph. Adding an operation is adding a row (and printing `operations.pyi` anew): methods, functions, gradients, text,
pictures and tests follow. Users add rows of their own by `custom_operations.operation`, through the same two functions.

What a row can do stands in `row.py`. `python -m micrograd_plus.stubs` prints `operations.pyi`, which shows type
checkers the functions and methods. It is one table, long as it is.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_plus.error_function import erf as erf_of_array
from micrograd_plus.row import ALIASES as ALIASES
from micrograd_plus.row import FORMULAS as FORMULAS
from micrograd_plus.row import INFIX as INFIX
from micrograd_plus.row import POSITIVE, derived, primitive
from micrograd_plus.row import REAL as REAL
from micrograd_plus.row import TABLE as TABLE
from micrograd_plus.row import Interval as Interval
from micrograd_plus.row import Op as Op
from micrograd_plus.row import Operand as Operand
from micrograd_plus.row import number_text as number_text

# --- arithmetic -------------------------------------------------------------------------------------------------------

add: Op = primitive("add", operator.add, np.add, 1.0, 1.0, python="{} + {}", latex="{} + {}")
sub: Op = primitive("sub", operator.sub, np.subtract, 1.0, -1.0, python="{} - {}", latex="{} - {}")


def first_input(out: Any, a: Any, b: Any) -> Any:
    """Slope of a product by its second input."""
    return a


def second_input(out: Any, a: Any, b: Any) -> Any:
    """Slope of a product by its first input."""
    return b


mul: Op = primitive(
    "mul",
    operator.mul,
    np.multiply,
    second_input,
    first_input,
    python="{} * {}",
    latex=r"{} \cdot {}",
)
div: Op = primitive(
    "div",
    operator.truediv,
    np.divide,
    lambda out, a, b: 1.0 / b,
    lambda out, a, b: -out / b,
    python="{} / {}",
    latex=r"\frac{{{}}}{{{}}}",
)
neg: Op = primitive("neg", operator.neg, np.negative, -1.0, python="-{}", latex="-{}")
floor_divide: Op = primitive(
    "floor_divide",
    operator.floordiv,
    np.floor_divide,
    0.0,
    0.0,
    python="{} // {}",
    latex=r"\left\lfloor\frac{{{}}}{{{}}}\right\rfloor",
    domain=[REAL, POSITIVE],
)
# Of the divisor's sign, as in Python and NumPy; C's remainder has that of the dividend.
remainder: Op = primitive(
    "remainder",
    operator.mod,
    np.remainder,
    1.0,
    lambda out, a, b: -floor_divide(a, b),
    python="{} % {}",
    latex=r"{} \;\mathrm{{mod}}\; {}",
    domain=[REAL, POSITIVE],
)


def _power_slope(out: Any, x: Any, n: float) -> Any:
    # The slope of x**0 is 0 everywhere, also at 0, where n * x**(n - 1) would be 0 * inf.
    if n in (0.0, 1.0):
        return n
    return n * (x if n == 2.0 else power(x, n=n - 1.0))


def _power_of_float(x: float, n: float) -> float:
    # A half is the square root, as NumPy's and PyTorch's operators have it: of -0.0 it is -0.0, of -inf nan.
    if n == 0.5 or n == -0.5:
        return math.sqrt(x) if n > 0.0 else 1.0 / math.sqrt(x)
    return math.pow(x, n)


def _power_of_array(x: Any, n: float) -> Any:
    if n in (0.5, -0.5):
        return np.sqrt(x) if n > 0.0 else 1.0 / np.sqrt(x)
    return np.power(x, n)


power: Op = primitive(
    "power",
    _power_of_float,
    _power_of_array,
    _power_slope,
    python="{} ** {n}",
    latex="{}^{{{n}}}",
    domain=[POSITIVE],
    ufunc=np.power,
    parameters={"n": 2.0},
)
pow_: Op = primitive(
    "pow",
    math.pow,
    np.power,
    # 0 at 0**0, as for a constant exponent, where b * a**(b - 1) would be 0 * inf.
    lambda out, a, b: where(equal(a, 0.0) * equal(b, 0.0), 0.0, b * pow_(a, b - 1.0)),
    # 0 to a power is 0 beside each positive exponent, as 0 * log(0) is not; before 0 it falls from infinity.
    lambda out, a, b: where(equal(a, 0.0) * greater_equal(b, 0.0), 0.0, out * log(a)),
    python="{} ** {}",
    latex="{}^{{{}}}",
    domain=[POSITIVE, REAL],
)

# --- exponentials and logarithms --------------------------------------------------------------------------------------

exp: Op = primitive("exp", math.exp, np.exp, lambda out, x: out, latex="e^{{{}}}")
expm1: Op = primitive("expm1", math.expm1, np.expm1, lambda out, x: exp(x))
log: Op = primitive("log", math.log, np.log, lambda out, x: 1.0 / x, latex=r"\ln\left({}\right)", domain=[POSITIVE])
log1p: Op = primitive("log1p", math.log1p, np.log1p, lambda out, x: 1.0 / (1.0 + x), domain=[(-1.0, math.inf)])
exp2: Op = primitive("exp2", math.exp2, np.exp2, lambda out, x: math.log(2) * out, latex="2^{{{}}}")
log2: Op = primitive(
    "log2",
    math.log2,
    np.log2,
    lambda out, x: 1.0 / (math.log(2) * x),
    latex=r"\log_{{2}}\left({}\right)",
    domain=[POSITIVE],
)
log10: Op = primitive(
    "log10",
    math.log10,
    np.log10,
    lambda out, x: 1.0 / (math.log(10) * x),
    latex=r"\log_{{10}}\left({}\right)",
    domain=[POSITIVE],
)
sqrt: Op = primitive("sqrt", math.sqrt, np.sqrt, lambda out, x: 0.5 / out, latex=r"\sqrt{{{}}}", domain=[POSITIVE])
cbrt: Op = primitive("cbrt", math.cbrt, np.cbrt, lambda out, x: 1.0 / (3.0 * out * out), latex=r"\sqrt[3]{{{}}}")

# --- trigonometric and hyperbolic functions ---------------------------------------------------------------------------

sin: Op = primitive("sin", math.sin, np.sin, lambda out, x: cos(x), latex=r"\sin\left({}\right)")
cos: Op = primitive("cos", math.cos, np.cos, lambda out, x: -sin(x), latex=r"\cos\left({}\right)")
tan: Op = primitive(
    "tan",
    math.tan,
    np.tan,
    lambda out, x: 1.0 + out * out,
    latex=r"\tan\left({}\right)",
    domain=[(-math.pi / 2, math.pi / 2)],
)
arcsin: Op = primitive(
    "arcsin",
    math.asin,
    np.arcsin,
    lambda out, x: 1.0 / sqrt((1.0 - x) * (1.0 + x)),
    latex=r"\arcsin\left({}\right)",
    domain=[(-1.0, 1.0)],
)
arccos: Op = primitive(
    "arccos",
    math.acos,
    np.arccos,
    lambda out, x: -1.0 / sqrt((1.0 - x) * (1.0 + x)),
    latex=r"\arccos\left({}\right)",
    domain=[(-1.0, 1.0)],
)
arctan: Op = primitive(
    "arctan", math.atan, np.arctan, lambda out, x: 1.0 / (1.0 + x * x), latex=r"\arctan\left({}\right)"
)


def _length(h: Any) -> Any:
    # Of the origin, where neither hypot nor arctan2 has a slope and 0 is taken, so long that all slopes are 0.
    return where(equal(h, 0.0), math.inf, h)


hypot: Op = primitive(
    "hypot",
    math.hypot,
    np.hypot,
    lambda out, a, b: a / _length(out),
    lambda out, a, b: b / _length(out),
)


def _over_square(x: Any, a: Any, b: Any) -> Any:
    # Divided twice: the square could overflow.
    length = _length(hypot(a, b))
    return x / length / length


# The angle of the point (b, a), as in every language.
arctan2: Op = primitive(
    "arctan2",
    math.atan2,
    np.arctan2,
    lambda out, a, b: _over_square(b, a, b),
    lambda out, a, b: _over_square(-a, a, b),
)
sinh: Op = primitive("sinh", math.sinh, np.sinh, lambda out, x: cosh(x), latex=r"\sinh\left({}\right)")
cosh: Op = primitive("cosh", math.cosh, np.cosh, lambda out, x: sinh(x), latex=r"\cosh\left({}\right)")
tanh: Op = primitive("tanh", math.tanh, np.tanh, lambda out, x: 1.0 - out * out, latex=r"\tanh\left({}\right)")
arcsinh: Op = primitive("arcsinh", math.asinh, np.arcsinh, lambda out, x: 1.0 / hypot(1.0, x))
arccosh: Op = primitive(
    "arccosh",
    math.acosh,
    np.arccosh,
    lambda out, x: 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0)),
    domain=[(1.0, math.inf)],
)
arctanh: Op = primitive(
    "arctanh", math.atanh, np.arctanh, lambda out, x: 1.0 / ((1.0 - x) * (1.0 + x)), domain=[(-1.0, 1.0)]
)
erf: Op = primitive("erf", math.erf, erf_of_array, lambda out, x: 2 / math.sqrt(math.pi) * exp(-x * x))

# --- comparisons: 1 where true, 0 where false -------------------------------------------------------------------------


def _comparison(name: str, holds: Callable[[Any, Any], Any], ufunc: Any, latex: str, python: str) -> Op:
    return primitive(
        name,
        lambda a, b: 1.0 if holds(a, b) else 0.0,
        lambda a, b: ufunc(a, b).astype(np.result_type(a, b)),
        0.0,
        0.0,
        python=python,
        latex=latex,
        ufunc=ufunc,
    )


less: Op = _comparison("less", operator.lt, np.less, "[{} < {}]", "{} < {}")
less_equal: Op = _comparison("less_equal", operator.le, np.less_equal, r"[{} \leq {}]", "{} <= {}")
greater: Op = _comparison("greater", operator.gt, np.greater, "[{} > {}]", "{} > {}")
greater_equal: Op = _comparison("greater_equal", operator.ge, np.greater_equal, r"[{} \geq {}]", "{} >= {}")
equal: Op = _comparison("equal", operator.eq, np.equal, "[{} = {}]", "{} == {}")
not_equal: Op = _comparison("not_equal", operator.ne, np.not_equal, r"[{} \ne {}]", "{} != {}")


def _where_it_holds(comparison: Op, ufunc: Any) -> Callable[[Any, Any], Any]:
    """Return a comparison for the slopes of rows that select: of arrays it gives a mask, half as dear as numbers."""
    return lambda a, b: (ufunc if np.ndarray in (a.__class__, b.__class__) else comparison)(a, b)


_less = _where_it_holds(less, np.less)
_less_equal = _where_it_holds(less_equal, np.less_equal)
_greater = _where_it_holds(greater, np.greater)
_greater_equal = _where_it_holds(greater_equal, np.greater_equal)
_equal = _where_it_holds(equal, np.equal)
_not_equal = _where_it_holds(not_equal, np.not_equal)

# --- pieces: one documented choice per kink ---------------------------------------------------------------------------

heaviside: Op = primitive(
    "heaviside",
    lambda x: 0.0 if x <= 0.0 else 1.0 if x > 0.0 else x,
    lambda x: np.heaviside(x, 0.0),
    0.0,
    latex=r"H\left({}\right)",
)
sign: Op = primitive(
    "sign",
    lambda x: 1.0 if x > 0.0 else -1.0 if x < 0.0 else x + 0.0,  # of -0.0 it is 0.0, as in NumPy
    np.sign,
    0.0,
    latex=r"\operatorname{{sgn}}\left({}\right)",
)


def _rounding(name: str, to_integer: Callable[[float], int], ufunc: np.ufunc, latex: str = "") -> Op:
    # An integer has no -0.0, nor are inf and nan among them.
    return primitive(name, lambda x: math.copysign(to_integer(x), x), ufunc, 0.0, latex=latex)


floor: Op = _rounding("floor", math.floor, np.floor, r"\left\lfloor {} \right\rfloor")
ceil: Op = _rounding("ceil", math.ceil, np.ceil, r"\left\lceil {} \right\rceil")
trunc: Op = _rounding("trunc", math.trunc, np.trunc)
# Halves go to the even neighbour.
round_: Op = _rounding("round", round, np.rint)
# How the pieces that no NumPy function computes are written in those that one does.
FORMULAS["heaviside"] = lambda x: where(less_equal(x, 0.0), 0.0, where(greater(x, 0.0), 1.0, x))
FORMULAS["relu"] = lambda x: maximum(x, 0.0)
abs_: Op = primitive("abs", abs, np.abs, lambda out, x: sign(x), latex=r"\left|{}\right|")
relu: Op = primitive(
    "relu",
    lambda x: 0.0 if x <= 0.0 else x,
    lambda x: np.maximum(x, 0.0),
    lambda out, x: _greater(x, 0.0),
    selects=True,
)
# Where both are equal the gradient goes to the first; a nan in either gives nan.
maximum: Op = primitive(
    "maximum",
    lambda a, b: a if a >= b or a != a else b,
    np.maximum,
    lambda out, a, b: _greater_equal(a, b),
    lambda out, a, b: _less(a, b),
    selects=True,
    latex=r"\max\left({}, {}\right)",
)
minimum: Op = primitive(
    "minimum",
    lambda a, b: a if a <= b or a != a else b,
    np.minimum,
    lambda out, a, b: _less_equal(a, b),
    lambda out, a, b: _greater(a, b),
    selects=True,
    latex=r"\min\left({}, {}\right)",
)
where: Op = primitive(
    "where",
    lambda condition, a, b: a if condition else b,
    lambda condition, a, b: np.where(condition, a, b),
    0.0,
    lambda out, condition, a, b: _not_equal(condition, 0.0),
    lambda out, condition, a, b: _equal(condition, 0.0),
    selects=True,
)

# --- derived: one formula in the operations above ---------------------------------------------------------------------

clip: Op = derived(
    "clip",
    lambda x, min, max: minimum(maximum(x, min), max),  # noqa: A006 - as NumPy and PyTorch call them
    lambda out, x, min, max: _greater_equal(x, min) * _less_equal(x, max),  # noqa: A006
    selects=True,
    parameters={"min": -math.inf, "max": math.inf},
)
square: Op = derived("square", lambda x: x * x, lambda out, x: 2.0 * x, ufunc=np.square)
reciprocal: Op = derived(
    "reciprocal",
    lambda x: 1.0 / x,
    lambda out, x: -out * out,
    latex=r"\frac{{1}}{{{}}}",
    domain=[POSITIVE],
    ufunc=np.reciprocal,
)
# Neither branch overflows: exp is taken of numbers that are not positive.
sigmoid: Op = derived(
    "sigmoid",
    lambda x: exp(minimum(x, 0.0)) / (1.0 + exp(-abs_(x))),
    lambda out, x: out * (1.0 - out),
    latex=r"\sigma\left({}\right)",
)
softplus: Op = derived("softplus", lambda x: maximum(x, 0.0) + log1p(exp(-abs_(x))), lambda out, x: sigmoid(x))
log_sigmoid: Op = derived("log_sigmoid", lambda x: -softplus(-x), lambda out, x: sigmoid(-x))


def _gap(a: Any, b: Any) -> Any:
    # Between equal infinities there is none.
    return where(equal(a, b) * equal(abs_(a), math.inf), 0.0, a - b)


def _logaddexp(a: Any, b: Any) -> Any:
    return maximum(a, b) + softplus(-abs_(_gap(a, b)))


FORMULAS["logaddexp"] = _logaddexp
logaddexp: Op = primitive(
    "logaddexp",
    _logaddexp,
    np.logaddexp,
    lambda out, a, b: sigmoid(_gap(a, b)),
    lambda out, a, b: sigmoid(_gap(b, a)),
)
silu: Op = derived("silu", lambda x: x * sigmoid(x), lambda out, x: sigmoid(x) + out * (1.0 - sigmoid(x)))
# Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016): x times the normal distribution function.
gelu: Op = derived(
    "gelu",
    lambda x: 0.5 * x * (1.0 + erf(x / math.sqrt(2))),
    lambda out, x: 0.5 * (1.0 + erf(x / math.sqrt(2))) + x * exp(-0.5 * x * x) / math.sqrt(2 * math.pi),
)
leaky_relu: Op = derived(
    "leaky_relu",
    lambda x, slope: where(greater(x, 0.0), x, slope * x),
    lambda out, x, slope: where(greater(x, 0.0), 1.0, slope),
    parameters={"slope": 0.01},
)
elu: Op = derived(
    "elu",
    lambda x, alpha: where(greater(x, 0.0), x, alpha * expm1(minimum(x, 0.0))),
    lambda out, x, alpha: where(greater(x, 0.0), 1.0, alpha * exp(minimum(x, 0.0))),
    parameters={"alpha": 1.0},
)

# --- what NumPy and PyTorch call rows besides -------------------------------------------------------------------------

ALIASES |= {"absolute": abs_, "negative": neg, "subtract": sub, "multiply": mul, "divide": div, "true_divide": div}
ALIASES |= {"mod": remainder, "fix": trunc, "rint": round_, "clamp": clip, "logsigmoid": log_sigmoid}
ALIASES |= {"asin": arcsin, "acos": arccos, "atan": arctan, "atan2": arctan2}
ALIASES |= {"asinh": arcsinh, "acosh": arccosh, "atanh": arctanh}
ALIASES |= {"lt": less, "le": less_equal, "gt": greater, "ge": greater_equal, "eq": equal, "ne": not_equal}
