"""Where mathematics leaves a choice or floating point ends: what is chosen, and expressions that show it."""

from __future__ import annotations

import math
from typing import Any

INF, NAN = math.inf, math.nan

# Where an oracle's versions that are older than the page's may answer otherwise.
EARLIER = [
    ("JAX", "floor_divide(a, b)", (1.0, 0.0)),
    ("JAX", "cbrt(a)", (5e-324,)),
    ("JAX", "gelu(a)", (1e308,)),
]

# Sections: what is chosen and why, then expressions with the inputs a, b at which they are tried.
SECTIONS: dict[str, tuple[str, dict[str, list[tuple[Any, ...]]]]] = {
    "Kinks and jumps": (
        "A kink has one of its slopes, or 0 between two that differ in sign. Of two equal numbers the first is taken. "
        "A mask passes the gradient on or stops it, also an infinite one, so that 0 times inf makes no nan behind it; "
        "what was computed before the mask gets 0, and times an infinite slope of its own that is nan: choose the "
        "number first, the operation after.",
        {
            "relu(a)": [(0.0,), (-INF,), (NAN,)],
            "abs(a)": [(0.0,), (-0.0,), (NAN,)],
            "sign(a)": [(0.0,), (-0.0,), (NAN,)],
            "leaky_relu(a)": [(0.0,)],
            "elu(a)": [(0.0,)],
            "maximum(a, b)": [(2.0, 2.0), (1.0, NAN), (NAN, 1.0)],
            "minimum(a, b)": [(2.0, 2.0), (1.0, NAN)],
            "clip(a, -1, 1)": [(-1.0,), (1.0,), (2.0,), (NAN,)],
            "sqrt(relu(a))": [(-4.0,)],
            "where(a > 0, sqrt(a), 0.0)": [(0.0,), (-4.0,)],
            "floor(a)": [(2.0,), (-0.0,)],
            "ceil(a)": [(-0.5,)],
            "trunc(a)": [(-0.5,)],
            "round(a)": [(2.5,), (-0.5,)],
            "floor_divide(a, b)": [(6.0, 4.0), (-6.0, 4.0), (1.0, 0.0)],
            "remainder(a, b)": [(6.0, 4.0), (-6.0, 4.0), (1.0, 0.0), (1.0, INF)],
        },
    ),
    "Powers and roots": (
        "A power to 0 is 1 and flat, whatever its base; a negative base has no real root, so it is nan and never "
        "complex. By an exponent that is a node the slope at a base of 0 is 0, unless the exponent is negative.",
        {
            "a ** 0": [(0.0,), (INF,), (NAN,)],
            "a ** 2": [(0.0,), (1e200,)],
            "a ** 0.5": [(0.0,), (-0.0,), (-INF,)],
            "a ** 3": [(-0.0,), (-2.0,)],
            "a ** -1": [(0.0,), (-0.0,), (-2.0,)],
            "a ** -2": [(-0.0,)],
            "a ** (1 / 3)": [(-8.0,)],
            "a ** 400": [(10.0,), (-10.0,), (0.1,)],
            "a ** inf": [(1.0,), (0.5,), (2.0,)],
            "a ** 1e300": [(1.0,), (-1.0,), (0.5,), (2.0,)],
            "a ** b": [
                *((0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (0.0, -1.0), (-2.0, 3.0), (-8.0, 1 / 3)),
                *((-2.0, 2.0), (-0.0, 3.0), (-0.0, -1.0), (INF, 0.0), (0.0, INF), (0.0, -INF), (-1.0, INF)),
                *((10.0, 400.0), (0.5, 1e308), (2.0, -1e308), (-2.0, 1e300), (1.0, INF), (1.0, NAN), (NAN, 0.0)),
            ],
            "sqrt(a)": [(0.0,), (-0.0,), (-1.0,)],
            "cbrt(a)": [(0.0,), (-8.0,)],
        },
    ),
    "Poles": (
        "As in IEEE 754: what grows without limit is infinite, of the sign of a zero, and what has no answer is nan.",
        {
            "1 / a": [(0.0,), (-0.0,), (INF,)],
            "a / b": [(1.0, 0.0), (0.0, 0.0), (INF, INF)],
            "log(a)": [(0.0,), (-0.0,), (-1.0,)],
            "log1p(a)": [(-1.0,)],
            "arcsin(a)": [(1.0,), (2.0,)],
            "arccosh(a)": [(1.0,), (0.0,)],
            "arctanh(a)": [(1.0,)],
        },
    ),
    "The origin": (
        "Lengths, angles and deviations have no slope where all numbers are 0 (or alike, and their mean is not "
        "rounded): 0 is taken, to any order, so that one empty row does not make a whole gradient nan.",
        {
            "hypot(a, b)": [(0.0, 0.0)],
            "arctan2(a, b)": [(0.0, 0.0), (0.0, -1.0), (-0.0, -1.0)],
            "norm(a)": [([0.0, 0.0],), ([INF, 1.0],)],
            "norm(a, 1)": [([0.0, 2.0],)],
            "norm(a, inf)": [([2.0, -2.0],)],
            "std(a)": [([2.0, 2.0],)],
        },
    ),
    "Infinity and nan": (
        "Between equal infinities there is no gap for `logaddexp`; where a share of infinity is asked for, it is nan.",
        {
            "a - b": [(INF, INF)],
            "a * b": [(0.0, INF), (0.0, NAN)],
            "sin(a)": [(INF,)],
            "exp(a)": [(INF,), (-INF,), (1000.0,)],
            "tanh(a)": [(INF,), (1000.0,)],
            "sigmoid(a)": [(-INF,), (1000.0,), (-1000.0,)],
            "softplus(a)": [(INF,), (-INF,), (1000.0,), (-1000.0,)],
            "silu(a)": [(INF,), (-INF,)],
            "gelu(a)": [(INF,), (-INF,)],
            "logaddexp(a, b)": [(INF, INF), (-INF, -INF), (INF, -INF), (0.0, NAN)],
            "logsumexp(a)": [([INF, 0.0],), ([-INF, -INF],), ([1000.0, 1000.0],)],
            "softmax(a)": [([INF, 0.0],), ([-INF, 0.0],), ([-INF, -INF],), ([1000.0, -1000.0],)],
        },
    ),
    "Huge and tiny numbers": (
        "Elementwise operations do not overflow on the way to a result that does not, nor do their slopes; norms "
        "square as NumPy's do. Numbers too small for a full mantissa are kept. The shares that `logsumexp` hands on "
        "are taken of its result, which is rounded.",
        {
            "a * a": [(1e308,)],
            "a + b": [(1e308, 1e308)],
            "a * 1.0": [(1e-320,)],
            "a / 2": [(5e-324,)],
            "a / b": [(1e-320, 1e-310), (1e308, 1e-10), (1e-308, 1e308)],
            "1 / a": [(1e-320,), (1e308,)],
            "sqrt(a)": [(1e-320,), (1e308,)],
            "log(a)": [(1e-320,), (1e308,)],
            "exp(a)": [(709.0,), (-740.0,), (-1e308,)],
            "expm1(a)": [(5e-324,), (-1e308,)],
            "log1p(a)": [(5e-324,), (1e308,)],
            "cbrt(a)": [(5e-324,), (1e308,)],
            "sinh(a)": [(5e-324,), (710.0,), (1e308,)],
            "tanh(a)": [(5e-324,), (1e308,)],
            "sigmoid(a)": [(-740.0,), (-1e308,)],
            "softplus(a)": [(-740.0,), (1e308,)],
            "silu(a)": [(5e-324,), (1e308,), (-1e308,)],
            "gelu(a)": [(5e-324,), (1e308,), (-1e308,)],
            "logaddexp(a, b)": [(1e308, 1e308), (1e308, -1e308)],
            "floor(a)": [(1e308,), (-5e-324,)],
            "remainder(a, b)": [(1e308, 3.0), (-5e-324, 1.0)],
            "hypot(a, b)": [(3e200, 4e200), (3e-200, 4e-200)],
            "arctan2(a, b)": [(3e200, 4e200), (3e-200, 4e-200)],
            "arcsinh(a)": [(1e200,)],
            "arccosh(a)": [(1e200,)],
            "norm(a)": [([3e200, 4e200],)],
            "sum(a)": [([1e308, 1e308],)],
            "mean(a)": [([1e308, 1e308],)],
            "logsumexp(a)": [([1e308, 1e308],)],
            "softmax(a)": [([1e308, -1e308],)],
        },
    ),
    "Order": (
        "Equal elements keep their order and the first of them is the largest; nan is larger than all in sorting and "
        "is what a largest, smallest and middle element is. The middle of an even number of elements is between two.",
        {
            "max(a)": [([1.0, 2.0, 2.0],), ([1.0, NAN, 2.0],)],
            "min(a)": [([2.0, 1.0, 1.0],), ([1.0, NAN, 2.0],)],
            "argmax(a)": [([1.0, 2.0, 2.0],), ([1.0, NAN, 2.0],)],
            "argmin(a)": [([2.0, 1.0, 1.0],), ([1.0, NAN, 0.0],)],
            "argsort(a)": [([2.0, 1.0, 2.0],), ([2.0, NAN, 1.0],), ([0.0, -0.0, 0.0],)],
            "sort(a) * array([1.0, 10.0, 100.0])": [([2.0, 1.0, 2.0],), ([2.0, NAN, 1.0],)],
            "median(a)": [([1.0, 3.0],), ([2.0, 2.0, 2.0],), ([1.0, NAN, 2.0],)],
            "quantile(a, 0.5)": [([1.0, 2.0, 2.0, 3.0],), ([1.0, 3.0],)],
            "prod(a)": [([2.0, 0.0, 3.0],), ([0.0, 5.0, 0.0],)],
            "cumprod(a, 0)": [([2.0, 0.0, 3.0],)],
        },
    ),
    "Nothing": (
        "Sums and products of nothing are 0 and 1, means are nan, and there is no largest element.",
        {
            f"{f}(a)": [([],)]
            for f in ("sum", "prod", "mean", "std", "norm", "logsumexp", "max", "argmax", "median", "sort", "softmax")
        },
    ),
    "No axes": (
        "A number is an array of one element without axes: what needs an axis refuses it.",
        {
            **{
                f"{f}(a)": [(3.0,)]
                for f in (
                    "sum",
                    "prod",
                    "mean",
                    "std",
                    "norm",
                    "max",
                    "argmax",
                    "median",
                    "logsumexp",
                    "sort",
                    "softmax",
                )
            },
            **{f"a[{key}]": [(3.0,)] for key in ("()", "None", "...", "True", "0")},
        },
    ),
    "Indexing": (
        "An element that is taken twice gets both gradients; what is not taken gets 0.",
        {
            "a[array([0, 0, 2])]": [([1.0, 2.0, 3.0],)],
            "a[array([-1, 2, 2])]": [([1.0, 2.0, 3.0],)],
            "a[array([True, False, True])]": [([1.0, 2.0, 3.0],)],
            "a[array([False, False, False])]": [([1.0, 2.0, 3.0],)],
            "a[array([3])]": [([1.0, 2.0, 3.0],)],
            "a[array([0, 1, 0]), array([1, 1, 1])]": [([[1.0, 2.0], [3.0, 4.0]],)],
            "a[array([[True, False], [True, True]])]": [([[1.0, 2.0], [3.0, 4.0]],)],
            "a[array([True, True]), array([0, 0])]": [([[1.0, 2.0], [3.0, 4.0]],)],
            "a[array([0, 0])][array([True, True])]": [([1.0, 2.0],)],
        },
    ),
}
