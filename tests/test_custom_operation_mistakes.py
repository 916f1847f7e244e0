"""A function that cannot be an operation is refused in one line and leaves no trace."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Value, greater, log, operation, tanh
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.ops import FORMULAS, TABLE, Op
from tests.custom_rows import named, swish

pytestmark = pytest.mark.usefixtures("_own_rows_alone")


def doubled(x: Any) -> Any:
    return x + x


def two_inputs(a: Any, b: Any) -> Any:
    return a * b


def by_if(x: Any) -> Any:
    return x if x > 0 else 0.0 * x


def by_truth(x: Any) -> Any:
    return x if greater(x, 0.0) else 0.0 * x


def by_equality(x: Any) -> Any:
    return 0.0 * x if x == 0.0 else x


def by_math(x: Any) -> Any:
    return math.sin(x)


def by_numpy(x: Any) -> Any:
    return np.sin(x)


def by_array_method(x: Any) -> Any:
    return x - x.mean()


def a_constant(x: Any) -> Any:
    return 1.0


def outside(x: Any) -> Any:
    return log(x)


def root_by_power(x: Any) -> Any:
    return abs(x**0.5)


def four(a: Any, b: Any, c: Any, d: Any) -> Any:
    return a + b + c + d


def many(*inputs: Any) -> Any:
    return inputs[0]


def no_number(x: Any, mode: Any = "fast") -> Any:
    return x


def tanh_again(x: Any) -> Any:
    return tanh(x)


REFUSED: dict[str, tuple[Callable[..., Any], dict[str, Any], type[Exception], str]] = {
    "taken by the table": (named("tanh", math.tanh), {}, ValueError, "the name 'tanh' is taken: choose another one"),
    "taken by a method": (named("backward", doubled), {}, ValueError, "the name 'backward' is taken"),
    "taken by a row on arrays": (named("sum_to", doubled), {}, ValueError, "the name 'sum_to' is taken"),
    "taken by a function of arrays": (named("softmax", doubled), {}, ValueError, "the name 'softmax' is taken"),
    "without a name": (
        lambda x: x,
        {},
        TypeError,
        r"wanted a function with a name, `def name",
    ),
    "four inputs": (four, {}, TypeError, r"four: an operation has 1 to 3 inputs \(arguments without a default\)"),
    "any number of inputs": (many, {}, TypeError, r"many: inputs and parameters have a name each, \*inputs"),
    "a parameter that is no number": (no_number, {}, TypeError, "no_number: the parameter mode='fast' wants a number"),
    "arrays without slopes": (doubled, {"arrays": doubled}, TypeError, r"doubled: with arrays= it needs slopes="),
    "too few slopes": (
        two_inputs,
        {"slopes": [1.0]},
        ValueError,
        r"two_inputs: wanted 2 slope\(s\), one for",
    ),
    "a slope alone": (doubled, {"slopes": 2.0}, ValueError, r"doubled: wanted 1 slope\(s\), .* got float: 2.0"),
    "too few intervals": (two_inputs, {"domain": [(0, 1)]}, ValueError, r"two_inputs: domain= has an interval"),
    "an empty interval": (doubled, {"domain": [(1, 1)]}, ValueError, r"doubled: domain= has an interval \(low, high\)"),
    "braces not doubled": (
        doubled,
        {"latex": r"\operatorname{d}{}"},
        ValueError,
        r"doubled: latex=.* are doubled",
    ),
    "an open brace": (doubled, {"latex": "{"}, ValueError, r"doubled: latex='{': .*; LaTeX's own braces are doubled"),
    "inputs left out": (two_inputs, {"latex": "{}"}, ValueError, r"two_inputs: latex='{}' is a template of {}, {}"),
    "an if": (by_if, {}, TypeError, r"by_if: its formula: a comparison would be made once for all .* where\(c, a, b\)"),
    "an if on a row": (by_truth, {}, TypeError, "by_truth: its formula: an `if` would choose once for all numbers"),
    "an equality": (by_equality, {}, TypeError, "by_equality: its formula: a comparison would be made once"),
    "a function of math": (
        by_math,
        {},
        TypeError,
        "by_math: its formula: .*; it is written in the table",
    ),
    "a function of NumPy": (
        by_numpy,
        {},
        TypeError,
        "by_numpy: its formula: .*; it is written in the table",
    ),
    "a method of arrays": (by_array_method, {}, TypeError, "by_array_method: its (formula|function): "),
    "a constant": (a_constant, {}, ValueError, "a_constant: its formula gives the same whatever the inputs are"),
    "outside its domain": (
        outside,
        {},
        ValueError,
        r"outside is nan at x=-1.452: say with domain=",
    ),
    "other numbers on arrays": (root_by_power, {"slopes": [lambda out, x: 0.5 / out]}, ValueError, "root_by_power: "),
    "a wrong slope": (
        two_inputs,
        {"slopes": [lambda out, a, b: b, lambda out, a, b: b]},
        ValueError,
        "two_inputs: the slope by b is wrong at a=-1.452, b=-0.316: it gives -0.316, differences -1.452",
    ),
    "a slope in NumPy's words": (
        tanh_again,
        {"slopes": [lambda out, x: np.cosh(x) ** -2]},
        TypeError,
        "tanh_again: the slope by input 1: .*; it is written in the table's operations",
    ),
    "a slope that is wrong only twice": (
        tanh_again,
        {"slopes": [lambda out, x: 1.0 - out.__class__(out.data if isinstance(out, Value) else out) * out]},
        TypeError,
        "tanh_again: the slope by input 1: ",
    ),
    "a slope of what comes later": (
        doubled,
        {"slopes": [lambda out, x: defined_later(x)]},  # noqa: F821 - that is the point
        ValueError,
        "doubled: the slope by input 1: name 'defined_later' is not defined; .* say check=False",
    ),
    "arrays that give integers": (
        doubled,
        {"arrays": lambda x: (2 * x).astype(int), "slopes": [2.0]},
        ValueError,
        r"doubled: of arrays of float64 and shape \(1, 3\) it gives int64 of \(1, 3\)",
    ),
    "arrays that widen": (
        doubled,
        {"arrays": lambda x: x.astype(np.float64) * 2, "slopes": [2.0]},
        ValueError,
        "doubled: of arrays of float32 and shape",
    ),
    "arrays that mix their numbers": (
        doubled,
        {"arrays": lambda x: x + x.mean(), "slopes": [2.0]},
        ValueError,
        "doubled: of arrays it gives .*, of the same numbers",
    ),
}


@pytest.mark.parametrize(("function", "facts", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_row_is_one_line_and_leaves_no_trace(
    function: Callable[..., Any], facts: dict[str, Any], error: type[Exception], message: str
) -> None:
    rows, formulas = dict(TABLE), dict(FORMULAS)
    with pytest.raises(error, match=f"^{message}") as raised:
        operation(**facts)(function)
    assert "\n" not in str(raised.value)
    assert (rows, formulas) == (TABLE, FORMULAS)
    if function.__name__ not in (*rows, "backward"):
        assert not hasattr(Value, function.__name__)


def test_a_name_is_taken_once_but_the_same_definition_may_run_again() -> None:
    first, second = swish(), swish()
    assert TABLE["swish"] is second is not first
    assert Value(0.7).swish().op is second  # a method of its own
    with pytest.raises(ValueError, match=r"^there is an operation 'swish' already, of tests.custom_rows.swish"):
        operation(named("swish", doubled))


def test_a_definition_that_fails_leaves_the_one_before() -> None:
    row = _version(1.0)
    with pytest.raises(ValueError, match="the slope by x is wrong"):
        _version(2.0)
    assert TABLE["scaled"] is row
    assert Value(3.0).scaled().data == 6.0  # a method of its own
    assert compile(row(Value(3.0)))() == 6.0


def _version(factor: float) -> Op:
    @operation(slopes=[2.0 * factor])
    def scaled(x: Any) -> Any:
        return 2.0 * x

    return scaled
