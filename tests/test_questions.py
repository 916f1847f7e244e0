"""What a quiz asks for: in an order that can be worked out, each rule once, and answers judged by what is known."""

import math

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, nn
from micrograd_plus.engine import PARAMETER, Node, graph
from micrograd_plus.explanation import is_bare_number
from micrograd_plus.naming import names_of
from micrograd_plus.questions import MOST_QUESTIONS, MOST_SHARES, Question, questions
from micrograd_plus.recording import Recording
from tests.viz_graphs import dead_relu, layer_of_arrays, network, neuron


def asked(root: Node, of: str = "all", seed: int = 0) -> tuple[Question, ...]:
    return questions(Recording(root), names_of(root), of, np.random.default_rng(seed))


def batch_loss() -> Value:
    model = nn.MLP(2, [4, 1], rng=0)
    return sum(((model([0.1 * k, 1.0 - 0.2 * k]) - 1.0) ** 2 for k in range(6)), Value(0.0)).tanh()


@pytest.mark.parametrize("make", [neuron, dead_relu, layer_of_arrays])
def test_every_gradient_but_the_roots_and_those_of_bare_numbers_is_asked_for(make: type) -> None:
    root = make()
    wanted = {node for node in graph(root) if node.has_grad and node is not root and not is_bare_number(node)}
    found = asked(root)
    assert {question.node for question in found} == wanted
    assert len(found) == len(wanted)
    for question in found:
        gradient = np.asarray(question.node.grad)
        assert question.gradient == gradient[question.entry]
        assert len(question.entry) == gradient.ndim


@pytest.mark.parametrize("make", [neuron, dead_relu, layer_of_arrays])
def test_what_a_question_needs_was_asked_before(make: type) -> None:
    root = make()
    known = {root}
    for question in asked(root):
        assert {step.node for step in question.steps} <= known
        known.add(question.node)


def test_only_leaves_or_parameters() -> None:
    root = neuron()
    assert [question.node.label for question in asked(root, "leaves")] == ["b", "x2", "w2", "x1", "w1"]
    assert all(question.node.op is PARAMETER for question in asked(root, "parameters"))
    assert {question.node.label for question in asked(root, "parameters")} == {"w1", "w2", "b"}


def test_in_a_large_graph_each_rule_is_asked_for_once() -> None:
    root = batch_loss()
    recording = Recording(root)
    rules = {(step.node.op.name, step.k) for step in recording if not is_bare_number(step.input)}
    found = asked(root)
    assert len(found) == MOST_QUESTIONS
    assert {(step.node.op.name, step.k) for question in found for step in question.steps} == rules
    assert any(len(question.steps) > 1 for question in found)


@pytest.mark.parametrize("seed", range(5))
def test_of_sums_those_of_few_shares_come_first(seed: int) -> None:
    often = [Value(0.5) for _ in range(60)]
    root = sum((x * k for k in range(MOST_SHARES + 1) for x in often), Value(1.0))
    few = Value(2.0)
    found = asked(root * few + few, seed=seed)
    lengths = {question.node: len(question.steps) for question in found}
    assert lengths[few] == 2
    assert max(lengths.values()) > MOST_SHARES


def test_a_seed_gives_the_same_questions_each_time_and_another_gives_others() -> None:
    root = network(3, 4, samples=2)
    first, again, other = ([question.name for question in asked(root, seed=seed)] for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_nothing_to_ask_for() -> None:
    with pytest.raises(ValueError, match="no gradient to ask for: x was computed from nothing"):
        asked(Value(1.0, label="x"))
    with pytest.raises(ValueError, match="from no parameters"):
        asked(Value(1.0) * 2.0, "parameters")
    with pytest.raises(
        ValueError, match=r"wanted a quiz of all, leaves, parameters, got 'leafs'; did you mean 'leaves'"
    ):
        asked(Value(1.0) * 2.0, "leafs")


def test_pinned_nodes_ask_for_nothing_behind_them() -> None:
    x = Value(2.0, label="x")
    y = x * x
    recording = Recording(y.tanh(), pinned=[y])
    found = questions(recording, names_of(recording.root), "all", np.random.default_rng(0))
    assert [question.node for question in found] == [y]


# --- answers ----------------------------------------------------------------------------------------------------------


def of_gradient(slope: float) -> Question:
    [question] = asked(Value(1.0, label="x") * slope)
    assert question.gradient == slope or math.isnan(slope)
    return question


def test_an_answer_is_right_within_one_percent() -> None:
    third = of_gradient(1.0 / 3.0)
    assert [third.is_right(x) for x in (0.33, 0.3333, 1.0 / 3.0, 0.3366)] == [True] * 4
    assert not any(third.is_right(x) for x in (0.32, 0.337, -1.0 / 3.0, 0.3, 0.0, math.inf, math.nan))


def test_zero_is_zero_unless_shares_cancel() -> None:
    assert of_gradient(0.0).is_right(0.0)
    assert not of_gradient(0.0).is_right(1e-6)
    x = Value(1.0, label="x")
    by_name = {question.name: question for question in asked(x * 3.1234567 - x * 3.1234)}
    # Worked out with four digits, as they are given, the shares leave nothing.
    assert by_name["∂out/∂x"].is_right(0.0)
    assert not by_name["∂out/∂x"].is_right(0.1)


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_what_is_not_finite_is_to_be_named(number: float) -> None:
    question = of_gradient(number)
    assert question.is_right(number)
    assert not any(question.is_right(other) for other in (0.0, 1e308, -number if number == number else math.inf))


def test_of_an_array_an_entry_is_judged() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], label="x")
    [question] = asked((x * np.array([[5.0, 60.0], [700.0, 8000.0]])).sum().tanh())[-1:]
    assert question.node is x
    assert question.name == f"∂out/∂x[{question.entry[0]}, {question.entry[1]}]"
    assert question.is_right(float(question.gradient))
