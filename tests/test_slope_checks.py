"""Rules that are right agree with differences; a wrong one is found, named, and seen end to end."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from micrograd_plus import Tensor, Value, losses, nn
from micrograd_plus.engine import graph
from micrograd_plus.ops import TABLE
from micrograd_plus.recording import Recording
from micrograd_plus.slope_checks import SlopeCheck, check_slopes
from tests.programs import QUARTERS, Program, programs


def checked(root: Any) -> SlopeCheck:
    return check_slopes(Recording(root), [node for node in graph(root) if node.is_leaf and node.label])


@given(programs(QUARTERS))
def test_no_rule_of_the_table_is_called_wrong(program: Program) -> None:
    found = checked(program.run([Value(x, label=f"x{k}") for k, x in enumerate(program.inputs)]))
    assert [each for each in found.slopes if not each.is_right] == []


def test_every_slope_of_a_network_is_compared() -> None:
    root = nn.MLP(2, [3, 1], activation="tanh", rng=0)([0.5, -1.0])
    found = checked(root)
    edges = {(node, input) for node in graph(root) for input in node.inputs}
    assert {(each.node, each.input) for each in found.slopes} == edges
    assert (found.first_wrong, found.skipped) == (None, ())
    assert {each.input for each in found.gradients} == {n for n in graph(root) if n.is_leaf and n.label}


def test_arrays_are_compared_along_a_direction() -> None:
    model = nn.ArrayMLP(2, [3, 1], activation="tanh", rng=0)
    loss = losses.hinge(model([[0.5, -1.0], [2.0, 0.25]]).reshape(2), np.array([1.0, -1.0]))
    found = check_slopes(Recording(loss), list(model.parameters()))
    assert (found.first_wrong, found.skipped) == (None, ())
    assert len(found.gradients) == len(list(model.parameters()))


def by_hand(name: str, factor: float, at: float = 0.75) -> tuple[Value, Value]:
    """Return x and an operation of the table made by hand, whose slope is wrong by a factor."""
    x = Value(at, label="x")
    right = TABLE[name](Value(at))
    out = Value(right.data, (x,), name)
    [slope] = right.op.slopes
    local = slope(right.data, at) if callable(slope) else slope

    def backward() -> None:
        x.grad += factor * local * out.grad

    out._backward = backward
    return x, out


@pytest.mark.parametrize("name", ["tanh", "exp", "sqrt", "sigmoid"])
def test_a_wrong_rule_made_by_hand_is_found_and_a_right_one_is_not(name: str) -> None:
    for factor in (1.0, 1.01, -1.0):
        x, out = by_hand(name, factor)
        found = checked(out * 3.0)
        wrong = found.first_wrong
        if factor == 1.0:
            assert wrong is None
        else:
            assert wrong is not None
            assert (wrong.node, wrong.input) == (out, x)
            assert wrong.claimed == pytest.approx(factor * wrong.found, rel=1e-6)
            assert [each.is_right for each in found.gradients] == [False]


def test_both_places_of_an_operand_count() -> None:
    x = Value(3.0, label="x")
    out = Value(9.0, (x, x), "*")

    def backward() -> None:
        x.grad += x.data * out.grad  # once, where it is twice

    out._backward = backward
    wrong = checked(out + 1.0).first_wrong
    assert wrong is not None
    assert (wrong.claimed, wrong.found) == (3.0, pytest.approx(6.0))


def test_an_unknown_operation_made_by_hand_is_skipped() -> None:
    x = Value(3.0, label="x")
    out = Value(1.0, (x,), "mystery")
    found = checked(out + x)
    assert (found.skipped, found.gradients) == ((out,), ())


def test_at_a_kink_any_slope_between_the_sides_is_right() -> None:
    found = checked(Value(0.0, label="x").relu())
    assert found.first_wrong is None


def test_at_zero_a_gradient_is_right_up_to_rounding() -> None:
    for y in np.linspace(0.1, 3.0, 40).tolist():
        assert checked(Value(0.0, label="x") * Value(y, label="y")).first_wrong is None


@pytest.mark.parametrize("name", ["relu", "tanh", "arcsin", "log1p", "sqrt", "log"])
def test_numbers_that_a_step_of_their_size_cannot_move_are_no_mistakes(name: str) -> None:
    assert checked(TABLE[name](Value(5e-324, label="x"))).first_wrong is None


@pytest.mark.parametrize("kind", [Value, Tensor, partial(Tensor, dtype="float32")])
@pytest.mark.parametrize("x", [1e-12, -1e-6, 1e-3])
def test_beside_a_pole_no_step_goes_over_it(kind: Any, x: float) -> None:
    numbers = [3.0 * x, x] if kind is not Value else x
    a, b = kind(numbers, label="a"), kind(numbers, label="b")
    for root in (1.0 / a, b / a, a.arctan2(b), a.cbrt(), a * a, a.exp()):
        found = checked(root if kind is Value else root.sum())
        assert [each for each in (*found.slopes, *found.gradients) if not each.is_right] == []


@pytest.mark.parametrize("name", ["tanh", "exp", "sigmoid", "softplus", "silu", "gelu", "square"])
@pytest.mark.parametrize("x", [1e-6, 0.75])
def test_a_slope_that_is_wrong_by_a_millionth_is_found_though_it_bends(name: str, x: float) -> None:
    for factor in (1.0, 1.0 + 1e-6):
        _, out = by_hand(name, factor, x)
        assert (checked(out).first_wrong is None) == (factor == 1.0)


@pytest.mark.parametrize(
    ("name", "x"),
    [("exp", 1000.0), ("tanh", 1.7e308), ("relu", -1.7e308), ("arcsin", 1.0 - 1e-5), ("arccosh", 1.0 + 1e-5)],
)
def test_what_is_not_finite_is_skipped_also_where_only_the_doubled_step_is_not(name: str, x: float) -> None:
    root = TABLE[name](Value(x, label="x"))
    found = checked(root)
    assert (found.skipped, found.first_wrong) == ((root,), None)


def test_nothing_is_changed() -> None:
    x = Value(2.0, label="x")
    root = (x * x).tanh()
    root.backward()
    before = [(node.data, node.grad) for node in graph(root)]
    checked(root)
    assert [(node.data, node.grad) for node in graph(root)] == before


def test_pinned_nodes_are_leaves() -> None:
    x = Value(2.0, label="x")
    inner = x * 3.0
    found = check_slopes(Recording(inner.tanh(), [inner]), [x])
    assert [each.input for each in found.slopes] == [inner]


def test_float32_has_the_tolerance_of_its_rounding() -> None:
    w = Tensor(np.array([0.5, -2.0], dtype=np.float32), label="w")
    found = checked((w * w).tanh().sum())
    assert found.first_wrong is None
    assert all(each.allowed > 1e-6 for each in found.slopes)


def test_of_no_numbers_nothing_is_wrong() -> None:
    assert checked((Tensor(np.zeros((0, 3)), label="x") * 2.0).sum()).first_wrong is None
