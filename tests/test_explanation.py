"""The chain rule in words: names, the table's own derivative, and the numbers of the step."""

import re

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.engine import Node
from micrograd_plus.explanation import ChainRule, chain_rule, equation, evaluation
from micrograd_plus.naming import names_of
from micrograd_plus.ops import TABLE
from micrograd_plus.steps import Step, steps
from tests.cases import each
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters


def explained(root: Node) -> list[tuple[Step, ChainRule]]:
    names = names_of(root)
    return [(step, chain_rule(step, root, names)) for step in steps(root)]


@each("row", ROWS)
def test_every_operation_has_a_line_whose_numbers_are_the_steps(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    root = op(*(Value(x, label=name) for x, name in zip(inputs_in_domain(op, rng), "abc", strict=False)))
    for step, line in explained(root):
        name = "abc"[step.k]
        assert line.symbols == f"∂out/∂{name} = ∂out/∂out · ∂out/∂{name}"
        assert line.local.startswith(f"∂out/∂{name} = ")
        assert float(line.numbers.rpartition(" = ")[2]) == pytest.approx(step.total, rel=1e-3)


def test_a_second_share_is_added_to_the_first() -> None:
    x = Value(3.0, label="x")
    (_, first), (_, second) = explained(x * x)
    assert first.numbers == "∂out/∂x = 1 · 3 = 3"
    assert second.symbols == "∂out/∂x += ∂out/∂out · ∂out/∂x"
    assert second.numbers == "∂out/∂x = 3 + 1 · 3 = 6"


def test_negative_factors_stand_in_parentheses() -> None:
    (_, line), *_ = explained(Value(2.0, label="x") * -3.0)
    assert line.numbers == "∂out/∂x = 1 · (-3) = -3"


def test_structural_operations_show_what_they_do_to_the_gradient() -> None:
    w, x = Tensor(np.ones((2, 3)), label="W"), Tensor([[1.0, 2.0]], label="x")
    lines = {step.input.label: line for step, line in explained((x @ w).sum()) if step.node.symbol == "@"}
    assert re.fullmatch(r"∂out/∂x = ∂out/∂#\d @ transpose\(W, .*\)", lines["x"].symbols)
    assert lines["x"].local == ""
    assert lines["x"].numbers == "∂out/∂x = 3"  # each of x meets three ones


def test_a_stretched_input_collects_a_sum() -> None:
    b = Tensor([1.0, 2.0], label="b")
    [line] = [line for step, line in explained((Tensor(np.ones((5, 2))) + b).sum()) if step.input is b]
    assert "Σ ∂out/∂" in line.symbols
    assert line.numbers == "∂out/∂b = Σ 1 · 1 = 5"


def test_a_rule_made_by_hand_is_called_so() -> None:
    a = Value(2.0, label="a")
    out = Value(4.0, (a,), "square")

    def rule() -> None:
        a.grad += 2 * a.data * out.grad

    out._backward = rule
    [(_, line)] = explained(out)
    assert str(line) == "∂out/∂a = square's own rule\n∂out/∂a = 4"


def test_a_rule_that_was_forgotten_is_called_missing() -> None:
    a = Value(2.0, label="a")
    [(_, line)] = explained(Value(4.0, (a,), "square"))
    assert str(line) == "∂out/∂a = square's missing rule\n∂out/∂a = 0"


def test_an_evaluation_names_what_has_a_name_and_puts_all_numbers_in() -> None:
    x, w = Value(2.0, label="x"), Tensor([[1.0, -2.0]], label="w")
    y, z = (3.0 - x).tanh(), (w * 2.0).sum()
    names, array_names = names_of(y), names_of(z)
    assert equation(y.inputs[0], names) == "#3 = 3 - x"
    assert evaluation(y.inputs[0], names).line == "#3 = 3 - x = 3 - 2 = 1"
    assert evaluation(z.inputs[0], array_names).line == "#3 = w * 2 = [-2 .. 1] * 2 = [-4 .. 2]"
