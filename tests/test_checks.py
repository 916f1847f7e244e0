"""A gradient check that passes what is right is worth something only if it objects to what is wrong."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import ops
from micrograd_plus import row as rows
from micrograd_plus.checks import GradientError, check_gradients
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.sampling import generator, inputs_in_domain

BENDING = [(row, k) for row, op in sorted(TABLE.items()) for k in range(op.arity) if op.slopes[k] != 0.0]


def neuron(x1: Any, x2: Any, w1: Any, w2: Any, b: Any) -> Any:
    return (x1 * w1 + x2 * w2 + b).tanh()


# --- what is right passes ---------------------------------------------------------------------------------------------


def test_a_neuron_passes_to_third_order() -> None:
    check_gradients(neuron, 2.0, 0.0, -3.0, 1.0, 6.88, order=3)
    check_gradients(neuron, *map(Value, (2.0, 0.0, -3.0, 1.0, 6.88)), order=3)


def test_a_layer_of_tensors_passes() -> None:
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
    check_gradients(lambda w, b: ((x @ w + b).tanh().log_softmax() * 0.2).sum(), w, Tensor(b))


def test_float32_passes_with_its_own_step_and_tolerance() -> None:
    x = np.random.default_rng(0).uniform(0.5, 2.0, 8).astype(np.float32)
    check_gradients(lambda x: (x.log() * x).sum(), x)


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_the_step_follows_the_size_of_the_inputs(size: float) -> None:
    check_gradients(lambda x, y: (x / y).log() * (x * y).sqrt(), 2.0 * size, 3.0 * size)
    check_gradients(lambda x: (x * x.log()).sum(), np.array([1.0, 2.0, 3.0]) * size)


@pytest.mark.parametrize("at", [0.0, -5.0, 5.0])
def test_functions_that_lose_digits_pass(at: float) -> None:
    check_gradients(lambda x: x.gelu(), at)
    check_gradients(lambda x: (x + 1e8) - 1e8, at)
    check_gradients(lambda x: x * 3.0 - x * 3.0, at)
    check_gradients(lambda x: (x.exp() + 1e6).log(), at)
    check_gradients(lambda x: (x * np.linspace(0.1, 0.7, 50)).sum(), np.full(50, at))


def test_a_function_that_does_not_read_its_input_passes() -> None:
    check_gradients(lambda x, y: x * 2.0, 1.0, 2.0)
    check_gradients(lambda x: Value(3.0), 1.0)


def test_inputs_and_what_the_function_closes_over_keep_their_gradients() -> None:
    x, w = Value(2.0), Value(3.0)
    check_gradients(lambda x: x * w, x)
    assert not x.has_grad
    assert not w.has_grad


# --- what is wrong does not -------------------------------------------------------------------------------------------


def broken(row: str, k: int) -> Any:
    """Return the k-th slope of a row, wrong by a millionth, or for a mask exchanged."""
    op = TABLE[row]
    slope = op.slopes[k]
    if op.selects:
        return lambda *x, **parameters: 1.0 - slope(*x, **parameters)
    if callable(slope):
        return lambda *x, **parameters: slope(*x, **parameters) * 1.000001
    return slope * 1.000001


@pytest.fixture
def _unbound_rows() -> Any:
    """Forget rows bound to parameters before and after: they keep the slopes they were made with."""
    rows._bound.cache_clear()
    yield
    rows._bound.cache_clear()


@pytest.mark.usefixtures("_unbound_rows")
@pytest.mark.parametrize(("row", "k"), BENDING)
def test_each_slope_broken_by_a_millionth_is_caught(monkeypatch: pytest.MonkeyPatch, row: str, k: int) -> None:
    op = TABLE[row]
    x = inputs_in_domain(op, generator(row))
    check_gradients(op, *x)
    slopes = list(op.slopes)
    slopes[k] = broken(row, k)
    rows._bound.cache_clear()
    monkeypatch.setattr(op, "slopes", tuple(slopes))
    with pytest.raises(GradientError, match="order 1: the gradient gives"):
        check_gradients(op, *x)


MISTAKES: list[tuple[str, tuple[Any, ...], Callable[[Any], Any]]] = [
    ("tanh", (lambda out, x: 1.0 - out,), lambda x: x.tanh()),
    ("tanh", (lambda out, x: 1.0 - x * x,), lambda x: x.tanh()),
    ("mul", (ops.first_input, ops.second_input), lambda x: x * (x + 1.0)),
    ("sub", (1.0, 1.0), lambda x: (3.0 - x) * x),
    ("relu", (lambda out, x: ops.less(x, 0.0),), lambda x: x.relu()),
    ("exp", (lambda out, x: x,), lambda x: x.exp()),
    ("div", (lambda out, a, b: 1.0 / b, lambda out, a, b: out / b), lambda x: 1.0 / x),
]


@pytest.mark.parametrize(("row", "slopes", "f"), MISTAKES)
@pytest.mark.parametrize("at", [0.7, -1.3, np.array(0.7)])
def test_classic_mistakes_are_caught(
    monkeypatch: pytest.MonkeyPatch, row: str, slopes: tuple[Any, ...], f: Callable[[Any], Any], at: Any
) -> None:
    check_gradients(f, at)
    monkeypatch.setattr(TABLE[row], "slopes", slopes)
    with pytest.raises(GradientError):
        check_gradients(f, at)


def test_a_slope_that_is_right_but_cannot_be_derived_is_caught_at_second_order(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = lambda out, x: 1.0 - math.tanh(float(x)) ** 2  # noqa: E731 - a rule as in the table
    monkeypatch.setattr(TABLE["tanh"], "slopes", (frozen,))
    check_gradients(lambda x: x.tanh(), 0.5, order=1)
    with pytest.raises(GradientError, match=r"^order 2: the gradient gives 0.0 along"):
        check_gradients(lambda x: x.tanh(), 0.5)


def test_one_wrong_element_of_an_array_is_caught() -> None:
    def f(x: Tensor) -> Tensor:
        return (x * x).sum() + x[3].detach()  # the fourth element's share is cut off

    with pytest.raises(GradientError):
        check_gradients(f, np.linspace(0.1, 1.0, 20))


def test_a_kink_is_objected_to() -> None:
    with pytest.raises(GradientError):
        check_gradients(lambda x: x.relu(), 0.0)


@pytest.mark.parametrize(
    "f", [lambda x: x.log(), lambda x: (x * -1e200).exp(), lambda x: x * math.nan, lambda x: (x * x * 1e308) * 10.0]
)
def test_what_is_not_finite_is_objected_to(f: Callable[[Any], Any]) -> None:
    with pytest.raises(GradientError):
        check_gradients(f, -2.0)


def test_what_overflows_within_the_reach_of_a_step_is_objected_to() -> None:
    # exp is finite at one step from here, and inf at two: nothing can be said about truncation.
    with pytest.raises(GradientError, match=r"apart, inf allowed$"):
        check_gradients(lambda x: x.exp() * 1e-3, 709.779, order=1)


def test_the_message_names_order_numbers_and_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TABLE["exp"], "slopes", (lambda out, x: out + 1.0,))
    number = r"-?\d+\.\d+(e-\d+)?"
    pattern = f"^order 1: the gradient gives {number} along a random direction where differences give {number}: "
    with pytest.raises(GradientError, match=rf"{pattern}{number} apart, \d(\.\d+)?e-\d+ allowed$"):
        check_gradients(lambda x: x.exp(), 1.0)


# --- bad input --------------------------------------------------------------------------------------------------------


def test_what_cannot_be_checked_is_refused() -> None:
    with pytest.raises(TypeError, match="wanted at least one input"):
        check_gradients(lambda: Value(1.0))
    with pytest.raises(TypeError, match=r"wanted a Value or a Tensor as result of f, got float: 2.0"):
        check_gradients(lambda x: 2.0, 1.0)
    with pytest.raises(TypeError, match="order is an integer"):
        check_gradients(neuron, 1.0, order=1.5)
    with pytest.raises(ValueError, match="order is at least 1, not 0"):
        check_gradients(neuron, 1.0, order=0)
    with pytest.raises(TypeError, match="got str: 'one'"):
        check_gradients(neuron, "one")
    with pytest.raises(ValueError, match=r"wanted one number to derive, got a Tensor of shape \(3,\)"):
        check_gradients(lambda x: x * 2.0, np.ones(3))
