"""Edges of mathematics follow IEEE 754, each kink has one slope, and what selects masks the gradient."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import ops
from micrograd_plus.engine import gradient
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each
from tests.floats import same

EPS = np.finfo(np.float64).eps
INF, NAN = math.inf, math.nan


EDGES = [
    ("div", (1.0, 0.0), INF),
    ("div", (-1.0, 0.0), -INF),
    ("div", (1.0, -0.0), -INF),
    ("div", (0.0, 0.0), NAN),
    ("log", (0.0,), -INF),
    ("log", (-1.0,), NAN),
    ("log", (INF,), INF),
    ("log1p", (-1.0,), -INF),
    ("log1p", (-2.0,), NAN),
    ("exp", (1000.0,), INF),
    ("exp", (-1000.0,), 0.0),
    ("expm1", (1000.0,), INF),
    ("sinh", (-1000.0,), -INF),
    ("cosh", (1000.0,), INF),
    ("sqrt", (-1.0,), NAN),
    ("sin", (INF,), NAN),
    ("tan", (-INF,), NAN),
    ("pow", (-8.0, 1 / 3), NAN),
    ("pow", (0.0, -1.0), INF),
    ("pow", (10.0, 400.0), INF),
    ("pow", (-10.0, 401.0), -INF),
    ("pow", (0.0, 0.0), 1.0),
    ("tanh", (1000.0,), 1.0),
    ("tanh", (-1000.0,), -1.0),
    ("sigmoid", (1000.0,), 1.0),
    ("sigmoid", (-1000.0,), 0.0),
    ("softplus", (1000.0,), 1000.0),
    ("softplus", (-1000.0,), 0.0),
    ("silu", (1000.0,), 1000.0),
    ("silu", (-1000.0,), -0.0),
    ("gelu", (1000.0,), 1000.0),
    ("elu", (1000.0,), 1000.0),
    ("elu", (-1000.0,), -1.0),
    ("leaky_relu", (-100.0,), -1.0),
    ("erf", (INF,), 1.0),
    ("relu", (-INF,), 0.0),
    ("maximum", (-INF, INF), INF),
    ("minimum", (-INF, INF), -INF),
    ("sign", (-0.0,), 0.0),
    ("heaviside", (0.0,), 0.0),
    ("abs", (-INF,), INF),
    ("where", (0.0, INF, 1.0), 1.0),
]


@each("row, x, expected", EDGES)
def test_edges_follow_ieee_754(row: str, x: tuple[float, ...], expected: float) -> None:
    op = TABLE[row]
    assert same(op(*x), expected)
    assert same(op(*map(Value, x)).data, expected)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(op(*map(np.array, x)), expected)


def test_a_power_by_a_constant_has_the_same_edges() -> None:
    assert math.isnan((Value(-8.0) ** (1 / 3)).data)
    assert same((Value(-8.0) ** 3).data, -512.0)
    assert same((Value(0.0) ** -1).data, INF)
    assert same((Value(1e200) ** 2).data, INF)
    assert same((Value(0.0) ** 0).data, 1.0)


@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")  # by NumPy, in arrays
@pytest.mark.parametrize(
    ("x", "exponent", "wanted"), [(-0.0, 0.5, -0.0), (-0.0, -0.5, -INF), (-INF, 0.5, NAN), (-INF, -0.5, NAN)]
)
def test_a_power_of_a_half_is_that_of_the_square_root(x: float, exponent: float, wanted: float) -> None:
    """C's `pow` gives 0, infinity, infinity and 0."""
    assert same((Value(x) ** exponent).data, wanted)
    assert same((Tensor([x]) ** exponent).item(), wanted)


def test_a_power_without_an_exponent_is_the_square() -> None:
    assert TABLE["power"](Value(3.0)).data == 9.0


def test_the_slope_of_the_first_power_is_no_function_of_what_is_raised() -> None:
    x = Value(math.nan)
    [slope] = gradient(x**1, [x])
    assert (slope.data, slope.inputs) == (1.0, ())


SLOPES_AT_EDGES = [
    ("relu", 0.0, 0.0),
    ("relu", -0.0, 0.0),
    ("abs", 0.0, 0.0),
    ("sign", 0.0, 0.0),
    ("heaviside", 0.0, 0.0),
    ("sqrt", 0.0, INF),
    ("log", 0.0, INF),
    ("log1p", -1.0, INF),
    ("exp", 1000.0, INF),
    ("tanh", 1000.0, 0.0),
    ("tanh", -1000.0, 0.0),
    ("sigmoid", 1000.0, 0.0),
    ("sigmoid", -1000.0, 0.0),
    ("softplus", 1000.0, 1.0),
    ("softplus", -1000.0, 0.0),
    ("silu", 1000.0, 1.0),
    ("silu", -1000.0, 0.0),
    ("gelu", 1000.0, 1.0),
    ("gelu", -1000.0, 0.0),
    ("elu", 1000.0, 1.0),
    ("elu", -1000.0, 0.0),
    ("erf", 1000.0, 0.0),
    ("arctan", 1e200, 0.0),
]


@pytest.mark.parametrize(("row", "at", "slope"), SLOPES_AT_EDGES)
def test_slopes_at_kinks_and_far_out(row: str, at: float, slope: float) -> None:
    x = Value(at)
    y = TABLE[row](x)
    y.backward()
    assert x.grad == slope
    assert gradient(y, [x])[0].data == slope
    t = Tensor(at)
    with np.errstate(all="ignore"):
        TABLE[row](t).backward()
    assert t.grad == slope


@pytest.mark.parametrize("at", [-1.0, 0.0, 2.0, INF])
def test_the_zeroth_power_is_flat_everywhere(at: float) -> None:
    x, t = Value(at), Tensor(at)
    (x**0).backward()
    (t**0).backward()
    assert x.grad == t.grad == 0.0


def test_a_base_of_zero_has_slopes_where_the_exponent_is_a_node() -> None:
    for exponent, slope in ((0.0, 0.0), (1.0, 1.0), (2.0, 0.0)):
        a, b = Value(0.0), Value(exponent)
        (a**b).backward()
        assert (a.grad, b.grad) == (slope, 0.0)


@pytest.mark.parametrize("at", [-2.0, -1.0, 0.5, 1.0, 3.0])
def test_clip_lets_the_gradient_through_where_it_lets_the_number_through(at: float) -> None:
    x = Value(at)
    y = micrograd_plus.clip(x, min=-1.0, max=1.0)
    y.backward()
    assert y.data == min(max(at, -1.0), 1.0)
    assert x.grad == (1.0 if -1.0 <= at <= 1.0 else 0.0)


@pytest.mark.parametrize(("row", "first"), [("maximum", 1.0), ("minimum", 1.0)])
def test_of_two_equal_inputs_the_first_gets_the_gradient(row: str, first: float) -> None:
    a, b = Value(2.0), Value(2.0)
    TABLE[row](a, b).backward()
    assert (a.grad, b.grad) == (first, 1.0 - first)


MASKS: list[Callable[[Any], Any]] = [
    lambda x: micrograd_plus.relu(x),
    lambda x: micrograd_plus.maximum(x, 0.0),
    lambda x: micrograd_plus.maximum(0.0, x),
    lambda x: -micrograd_plus.minimum(-x, 0.0),
    lambda x: micrograd_plus.clip(x, min=0.0, max=9.0),
    lambda x: micrograd_plus.where(x > 0, x, 0.0),
    lambda x: micrograd_plus.where(x < 0, 0.0, x),
]


@pytest.mark.parametrize("masked", MASKS)
@pytest.mark.parametrize("kind", [Value, Tensor])
def test_masks_stop_an_infinite_gradient(masked: Callable[[Any], Any], kind: Any) -> None:
    x = kind(-4.0)
    y = masked(x).sqrt()  # sqrt's slope at 0 is inf, and 0 * inf would be nan
    y.backward()
    assert y.data == 0.0
    assert x.grad == 0.0
    assert gradient(y, [x])[0].data == 0.0


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_quotients_and_remainders_are_pythons(kind: Any) -> None:
    for a, b in itertools.product((7.5, -7.5, 1.0), (2.0, -2.0, 0.1)):
        x, y = kind(a), kind(b)
        assert float(x // y) == float(x // b) == float(a // y) == a // b
        assert float(x % y) == float(x % b) == float(a % y) == a % b
        assert (x % y).op is ops.remainder
        assert (x // y).op is ops.floor_divide
        assert float(x // y * y + x % y) == pytest.approx(a, rel=EPS)
    assert float(round(kind(2.5))) == 2.0
    assert round(kind(2.5)).op is ops.round_


def test_the_mixed_derivative_of_a_power_does_not_depend_on_the_order_at_exponent_0() -> None:
    base, exponent = Value(2.0), Value(0.0)
    by_base, by_exponent = gradient(base**exponent, [base, exponent])
    assert gradient(by_base, [exponent])[0].data == gradient(by_exponent, [base])[0].data == 0.5
    at_0 = gradient(Value(0.0) ** exponent, [exponent])
    assert at_0[0].data == 0.0


def test_the_slope_of_expm1_does_not_cancel() -> None:
    x = Value(-40.0)
    ops.expm1(x).backward()
    assert x.grad == math.exp(-40.0)
