"""Walking through a graph: every way to a position gives one state, and the last position is `backward()`'s."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Tensor, Value, nn
from micrograd_plus.debugger import Debugger, Evaluation
from micrograd_plus.engine import Node, graph
from micrograd_plus.steps import Step, steps
from tests.graphs import array_loss, gradients_of
from tests.programs import QUARTERS, Program, programs

MOVES = ("step", "back", "next", "previous", "into", "out", "back_into", "back_out", "restart", "end")


def states_by_position(root: Node) -> list[list[bytes | None]]:
    debugger = Debugger(root)
    debugger.restart()
    found = [gradients_of(root)]
    while debugger.at < len(debugger):
        debugger.step()
        found.append(gradients_of(root))
    return found


def network() -> Any:
    return nn.MLP(2, [2, 2, 1], rng=0)([1.0, -2.0])


@given(
    programs(st.one_of(QUARTERS, st.floats())),
    st.lists(st.tuples(st.sampled_from((*MOVES, "goto")), st.integers(1, 9)), max_size=12),
)
def test_a_position_has_one_state_however_it_is_reached(program: Program, walk: list[tuple[str, int]]) -> None:
    root = program.run([Value(x) for x in program.inputs])
    wanted = states_by_position(root)
    debugger = Debugger(root)
    for move, number in walk:
        if move == "goto":
            debugger.goto(number % (len(debugger) + 1))
        elif move in ("step", "back"):
            getattr(debugger, move)(number)
        else:
            getattr(debugger, move)()
        assert gradients_of(root) == wanted[debugger.at]


@pytest.mark.parametrize("make", [network, array_loss])
def test_the_end_is_what_backward_gives(make: Callable[[], Any]) -> None:
    root = make()
    debugger = Debugger(root)
    debugger.end()
    stepped = gradients_of(root)
    for node in graph(root):
        node.zero_grad()
    root.backward()
    assert stepped == gradients_of(root)


@pytest.mark.parametrize("make", [network, array_loss])
def test_back_from_the_end_leaves_no_gradient(make: Callable[[], Any]) -> None:
    root = make()
    debugger = Debugger(root)
    debugger.end()
    while debugger.at:
        debugger.back()
    assert not any(node.has_grad for node in graph(root))


def test_a_new_debugger_stands_before_the_backward_pass() -> None:
    x = Value(2.0)
    y = x * x
    y.backward()
    debugger = Debugger(y)
    assert not x.has_grad
    assert y.grad == 1.0
    assert isinstance(debugger.last, Evaluation)
    assert isinstance(debugger.coming, Step)
    assert repr(debugger) == "<debugger at step 0 of 2>"


def test_the_forward_pass_is_walked_too() -> None:
    x = Value(2.0)
    y = (x * x).tanh()
    debugger = Debugger(y)
    debugger.restart()
    assert [debugger.is_evaluated(node) for node in graph(y)] == [True, False, False]
    assert debugger.step().node is y.inputs[0]
    assert [debugger.is_evaluated(node) for node in graph(y)] == [True, True, False]
    debugger.step()
    assert debugger.at == debugger.start
    assert y.has_grad


def test_next_steps_over_a_neuron_and_out_over_a_layer() -> None:
    root = network()
    debugger = Debugger(root)
    scopes = []
    while (event := debugger.next()) is not None and debugger.at < len(debugger):
        scopes.append(event.node.scope.path)
    assert len(scopes) == len(set(scopes)) == 4  # five neurons, of which the last one ends at the end
    debugger.goto(debugger.start)
    event = debugger.out()
    assert event is not None
    assert event.node.scope.path[:2] == ("MLP", "layer3")
    assert debugger.coming.node.scope.path[:2] == ("MLP", "layer2")
    at = debugger.at
    debugger.next()
    debugger.previous()
    assert debugger.at == at


def test_outside_scopes_next_steps_over_a_node() -> None:
    x, y = Value(2.0), Value(3.0)
    root = (x * y).tanh()
    debugger = Debugger(root)
    debugger.next()
    debugger.next()
    assert (debugger.at, x.grad, y.grad) == (len(debugger), x.grad, y.grad)
    debugger.previous()
    assert not y.has_grad


def test_until_finds_arrays_by_what_they_are_and_not_by_what_they_hold() -> None:
    debugger = Debugger(array_loss())
    for k, node in enumerate(debugger.operations):
        debugger.restart()
        debugger.until(node)
        assert debugger.at == k + 1
        debugger.step()
        debugger.back_until(node)
        assert debugger.at == k + 1


def test_until_stops_when_a_gradient_is_complete() -> None:
    x = Value(2.0, label="x")
    root = x * 3 + x * x
    debugger = Debugger(root)
    assert not debugger.is_complete(x)
    debugger.until("x")
    assert debugger.is_complete(x)
    grad = x.grad
    debugger.back()
    assert not debugger.is_complete(x)
    debugger.end()
    assert x.grad == grad


def test_run_stops_in_both_directions() -> None:
    root = network()
    debugger = Debugger(root)
    recording = debugger.recording

    def is_relu(number: int) -> bool:
        return number >= debugger.start and recording[number - debugger.start].node.symbol == "relu"

    stops = []
    while debugger.at < len(debugger):
        debugger.run(is_relu)
        stops.append(debugger.at)
    assert len(stops) == 5  # four of them and the end
    back = []
    while debugger.at > 0:
        debugger.run_back(is_relu)
        back.append(debugger.at)
    assert back == [*reversed(stops[:-1]), 0]


def test_what_the_last_step_changed_is_told() -> None:
    x = Value(3.0, label="x")
    debugger = Debugger(x * x)
    assert list(debugger.changes()) == []
    debugger.step()
    assert list(debugger.changes()) == [(x, None, 3.0)]
    debugger.step()
    assert list(debugger.changes()) == [(x, 3.0, 6.0)]


def test_mistakes_are_said() -> None:
    x = Value(1.0, label="weight")
    debugger = Debugger(x * 2)
    with pytest.raises(ValueError, match=r"no node 'wieght'.*weight"):
        debugger.node("wieght")
    with pytest.raises(ValueError, match="not in this graph"):
        debugger.node(Value(1.0))
    with pytest.raises(ValueError, match="there are 3 events, got position 4"):
        debugger.goto(4)
    with pytest.raises(TypeError, match="wanted a Value or a Tensor"):
        Debugger(3.0)
    with pytest.raises(ValueError, match="wanted one number"):
        Debugger(Tensor([1.0, 2.0]) * 2)


def test_a_renewed_walk_stands_at_the_same_step() -> None:
    root = network()
    debugger = Debugger(root)
    weight = debugger.node("layer1.neuron1.w1")
    relu = next(node for node in debugger.operations if node.symbol == "relu")
    for at in (0, 3, debugger.start, debugger.start + 9, len(debugger)):
        debugger.goto(at)
        weight.data = weight.data * 2.0
        root.refresh()
        debugger.renew()
        assert debugger.at == at
        found = gradients_of(root)
        assert found == states_by_position(root)[at]
        Debugger(root).goto(at)  # the gradients are set by whoever walked last
    debugger.goto(len(debugger) - 1)
    debugger.renew([relu])
    assert debugger.at == len(debugger)  # the last step is one of those that are left out
    last = debugger.recording[-1]
    debugger.renew()
    assert debugger.recording[debugger.at - debugger.start - 1] == last


def test_events_show_themselves_as_the_rule_with_its_numbers() -> None:
    x = Value(-3.0, label="x")
    debugger = Debugger(x * x + 1.0)
    debugger.restart()
    shown = []
    while debugger.coming:
        shown.append(repr(debugger.step()))
    assert shown == [
        "#2 = x * x = (-3) * (-3) = 9",
        "out = #2 + 1 = 9 + 1 = 10",
        "∂out/∂#2 = ∂out/∂out · ∂out/∂#2 = 1 · 1 = 1",
        "∂out/∂#3 = ∂out/∂out · ∂out/∂#3 = 1 · 1 = 1",
        "∂out/∂x = ∂out/∂#2 · ∂#2/∂x = 1 · (-3) = -3",
        "∂out/∂x += ∂out/∂#2 · ∂#2/∂x = -3 + 1 · (-3) = -6",
    ]
    assert isinstance(debugger.last, Step)


def test_back_out_takes_back_what_out_does() -> None:
    debugger = Debugger(network())
    debugger.into()
    debugger.step()
    scope = debugger.coming.node.scope.path  # in the midst of the pass
    debugger.out()
    debugger.back_out()
    assert debugger.coming.node.scope.path[: len(scope) - 1] == scope[:-1]
    assert debugger.at == debugger.start


def test_back_into_stops_behind_an_inner_scope() -> None:
    debugger = Debugger((network() * 2.0).tanh())
    debugger.end()
    debugger.goto(debugger.start)  # the last evaluations stand outside all scopes
    debugger.back_into()
    last = debugger.last
    assert last is not None
    assert last.node.scope.path[-1] == "neuron1"
    assert debugger.coming.node.scope.path == ()


def test_back_until_stops_where_until_does() -> None:
    x, w = Value(2.0, label="x"), Value(0.5, label="w")
    root = (x * w).tanh() * x
    for node in graph(root):
        debugger = Debugger(root)
        stops = []
        for begin in (0, debugger.start):
            debugger.goto(begin)
            debugger.until(node)
            stops.append(debugger.at)
        debugger.end()
        debugger.step()
        for stop in sorted({stop for stop in stops if 0 < stop < len(debugger)}, reverse=True):
            debugger.back_until(node)
            assert debugger.at == stop


def test_steps_are_those_of_the_backward_pass_wherever_the_walk_stands() -> None:
    root = network()
    debugger = Debugger(root)
    debugger.restart()
    facts = [(step.node, step.input, step.slope, step.share, step.total) for step in debugger.steps]
    assert facts == [(step.node, step.input, step.slope, step.share, step.total) for step in steps(root)]
    assert debugger.at == 0


def test_what_is_no_event_and_no_name_is_told() -> None:
    debugger = Debugger(network())
    for number in (-1, len(debugger)):
        with pytest.raises(ValueError, match=rf"there are {len(debugger)} events, from 0, got {number}"):
            debugger.event(number)
    with pytest.raises(TypeError, match="wanted a node or its name, got int: 3"):
        debugger.node(3)


def test_names_stand_in_one_line_and_nodes_are_found_by_their_labels_too() -> None:
    first, second = Value(2.0, label="two\nlines"), Value(3.0, label="two lines")
    debugger = Debugger(first * second)
    assert list(debugger.names.values()) == ["two lines", "two lines", "out"]
    assert [debugger.node(label) for label in ("two\nlines", "two lines")] == [first, second]
