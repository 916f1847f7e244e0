"""Steps are what `backward()` does, one contribution at a time, on a graph that keeps its own gradients."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Tensor, Value
from micrograd_plus.engine import Node, graph
from micrograd_plus.steps import steps
from tests.graphs import array_loss, bits
from tests.programs import QUARTERS, Program, programs


def totals(root: Node) -> dict[Node, Any]:
    """Return each node's gradient after the last step that reached it."""
    return {step.input: step.total for step in steps(root)}


@given(programs(st.one_of(QUARTERS, st.floats())))
def test_the_last_totals_are_what_backward_gives_to_the_last_bit(program: Program) -> None:
    root = program.run([Value(x) for x in program.inputs])
    found = totals(root)
    assert not any(node.has_grad for node in graph(root))
    root.backward()
    assert {node for node in graph(root) if node.has_grad} - {root} == found.keys()
    assert [(node, bits(total)) for node, total in found.items()] == [(node, bits(node.grad)) for node in found]


def test_steps_of_arrays_end_where_backward_ends() -> None:
    loss = array_loss()
    found = totals(loss)
    loss.backward()
    assert {node for node in graph(loss) if node.has_grad} - {loss} == found.keys()
    for node, total in found.items():
        assert total.shape == node.shape
        assert bits(total) == bits(node.grad)


def test_a_step_tells_the_chain_rule() -> None:
    a, b = Value(2.0), Value(-3.0)
    out = (a * b + a) * 4.0
    found = list(steps(out))
    for step in found:
        assert step.node.inputs[step.k] is step.input
        assert step.share == step.upstream * step.slope
        assert step.total == (step.before or 0.0) + step.share
    assert [step.before is None for step in found if step.input is a] == [True, False]


def test_gradients_that_are_there_stay() -> None:
    x = Value(3.0)
    y = x * x
    y.backward()
    assert list(steps(y))[-1].total == x.grad == 6.0
    y.backward()
    assert x.grad == 12.0
    assert list(steps(y))[-1].total == 6.0


def test_a_rule_made_by_hand_is_run_and_leaves_no_trace() -> None:
    a, b = Value(2.0), Value(5.0)
    out = Value(a.data * b.data, (a, b), "times")

    def rule() -> None:
        a.grad += b.data * out.grad
        b.grad += a.data * out.grad

    out._backward = rule
    root = out * out
    found = totals(root)
    assert not any(node.has_grad for node in (a, b, out))
    root.backward()
    assert [found[a], found[b], found[out]] == [a.grad, b.grad, out.grad]


def test_a_hand_made_node_without_a_rule_passes_nothing_on() -> None:
    a = Value(2.0) + 1.0
    root = Value(a.data, (a,), "copy") * 2.0
    assert totals(root)[a] == 0.0


def test_constant_arrays_get_no_gradient() -> None:
    x = Tensor([1.0, 2.0])
    root = (x * np.array([3.0, 4.0])).sum()
    assert {step.input for step in steps(root)} == {x, root.inputs[0]}


def test_what_cannot_be_derived_is_said() -> None:
    x = Value(1.0, label="x")
    y = x * x
    x.data = 2.0
    with pytest.raises(RuntimeError, match="'x' changed"):
        list(steps(y))
    with pytest.raises(ValueError, match="wanted one number"):
        list(steps(Tensor([1.0, 2.0]) * 2))
