"""Breakpoints stop where a search through all events, one by one, says they should."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, nn
from micrograd_plus.activation_kinds import FLAT
from micrograd_plus.breakpoints import Breakpoints
from micrograd_plus.debugger import Debugger, Evaluation, Event
from micrograd_plus.steps import Step
from tests.graphs import array_loss


def network() -> Any:
    model = nn.MLP(2, [3, 2, 1], rng=0)
    return sum((model(x) - 1.0) ** 2 for x in ([1.0, -2.0], [0.5, 3.0]))


def stops(debugger: Debugger, breakpoints: Breakpoints) -> list[int]:
    """Return the numbers of the events at which a run from the beginning stops."""
    debugger.restart()
    found = []
    while breakpoints.run().breakpoints:
        found.append(debugger.at - 1)
    return found


def stops_back(debugger: Debugger, breakpoints: Breakpoints) -> list[int]:
    debugger.end()
    found = []
    while breakpoints.run_back().breakpoints:
        found.append(debugger.at - 1)
    return found


def expected(debugger: Debugger, test: Callable[[Event], Any]) -> list[int]:
    return [number for number in range(len(debugger)) if test(debugger.event(number))]


def reaches(name: str, debugger: Debugger) -> Callable[[Event], bool]:
    node = debugger.node(name)
    return lambda event: (event.node if isinstance(event, Evaluation) else event.input) is node


TESTS: dict[str, Callable[[Event], Any]] = {
    "grad > 0.5": lambda e: isinstance(e, Step) and np.any(e.total > 0.5),
    "grad <= -0.5": lambda e: isinstance(e, Step) and np.any(e.total <= -0.5),
    "grad>=1e-3": lambda e: isinstance(e, Step) and np.any(e.total >= 1e-3),
    "abs( grad ) < .25": lambda e: isinstance(e, Step) and np.any(np.abs(e.total) < 0.25),
}


@pytest.mark.parametrize("make", [network, array_loss])
@pytest.mark.parametrize("text", TESTS)
def test_a_condition_is_of_the_running_total(make: Callable[[], Any], text: str) -> None:
    debugger = Debugger(make())
    breakpoints = Breakpoints(debugger)
    breakpoints.add(text)
    wanted = expected(debugger, TESTS[text])
    assert wanted
    assert stops(debugger, breakpoints) == wanted
    assert stops_back(debugger, breakpoints) == [k for k in reversed(wanted) if k < len(debugger) - 1]


@pytest.mark.parametrize("name", ["layer1.neuron1.b", "#30"])
def test_a_node_stops_where_it_is_evaluated_and_reached(name: str) -> None:
    debugger = Debugger(network())
    breakpoints = Breakpoints(debugger)
    breakpoints.add(name)
    wanted = expected(debugger, reaches(name, debugger))
    assert len(wanted) > 1
    assert stops(debugger, breakpoints) == wanted


def test_both_must_hold_of_a_place_with_a_condition() -> None:
    debugger = Debugger(network())
    breakpoints = Breakpoints(debugger)
    breakpoints.add("layer1.neuron1.b if abs(grad) > 0.01")
    at = reaches("layer1.neuron1.b", debugger)
    assert stops(debugger, breakpoints) == expected(
        debugger, lambda e: isinstance(e, Step) and at(e) and abs(e.total) > 0.01
    )


@pytest.mark.parametrize(("text", "name"), [("op:relu", "relu"), ("op:**2", "**2"), ("op:mul", "*")])
def test_an_operation_stops_once_each_time_it_acts(text: str, name: str) -> None:
    debugger = Debugger(network())
    breakpoints = Breakpoints(debugger)
    breakpoints.add(text)
    acting = [debugger.event(number).node for number in range(len(debugger))]
    begins = [k in (0, debugger.start) or node is not acting[k - 1] for k, node in enumerate(acting)]
    wanted = [k for k, node in enumerate(acting) if node.symbol == name and begins[k]]
    assert stops(debugger, breakpoints) == wanted


def test_a_scope_stops_where_it_is_entered() -> None:
    debugger = Debugger(network())
    breakpoints = Breakpoints(debugger)
    breakpoints.add("layer1/neuron3")
    inside = ["neuron3" in debugger.event(number).node.scope.path for number in range(len(debugger))]
    found = stops(debugger, breakpoints)
    assert found == [k for k, now in enumerate(inside) if now and not inside[k - 1]]
    assert len(found) == 4  # two samples, evaluated and derived


def test_nan_and_inf_are_found_in_data_and_gradients() -> None:
    x = Value(0.0, label="x")
    debugger = Debugger(x.sqrt() * 0.0 + x.log())
    breakpoints = Breakpoints(debugger)
    breakpoints.add("nan")
    assert stops(debugger, breakpoints) == expected(
        debugger, lambda e: not math.isfinite(e.node.data if isinstance(e, Evaluation) else e.total)
    )


def test_what_saturates_is_told_by_its_slope() -> None:
    x = [Value(value) for value in (0.5, 2.5, -9.0)]
    debugger = Debugger(sum(each.tanh() + each.sigmoid() + (each * 1e-4) ** 2 + each.exp() for each in x))
    breakpoints = Breakpoints(debugger)
    breakpoints.add("saturated")
    found = [debugger.event(number).node for number in stops(debugger, breakpoints)]
    steepest = {"tanh": 1.0, "sigmoid": 0.25}
    flat = [step.node for step in debugger.recording if abs(step.slope) < FLAT * steepest.get(step.node.symbol, 0.0)]
    assert found == flat
    assert sorted(node.symbol for node in found) == ["sigmoid", "tanh", "tanh"]


def test_dead_is_what_lets_nothing_through() -> None:
    a, b, c = Value(-2.0), Value(3.0), Value(-1.0)
    root = a.relu() + b.relu() + a.maximum(b) + c.relu() * 0.0
    debugger = Debugger(root)
    breakpoints = Breakpoints(debugger)
    breakpoints.add("dead")
    [number] = stops(debugger, breakpoints)  # not that of c, to which nothing comes
    assert debugger.event(number).input is a
    assert debugger.event(number).node.op.name == "relu"


def test_a_dead_array_lets_none_of_its_entries_through() -> None:
    x = Tensor([1.0, -2.0])
    for root, wanted in ((x.relu().sum(), 0), ((x - 2.0).relu().sum(), 1)):
        debugger = Debugger(root)
        breakpoints = Breakpoints(debugger)
        breakpoints.add("dead")
        assert len(stops(debugger, breakpoints)) == wanted


def test_a_watch_stops_where_the_gradient_changes() -> None:
    x = Value(2.0, label="x")
    debugger = Debugger((x * 0.0 + x) + (x * 3.0 + x * 0.0))
    breakpoints = Breakpoints(debugger)
    watch = breakpoints.watch("x")
    wanted = expected(debugger, lambda e: isinstance(e, Step) and e.input is x and e.before != e.total)
    assert 1 < len(wanted) < len(expected(debugger, reaches("x", debugger)))
    assert stops(debugger, breakpoints) == wanted
    assert str(watch) == "1: watch x"


def test_the_last_change_is_gone_back_to() -> None:
    x = Value(2.0, label="x")
    debugger = Debugger(x * 3.0 + x)
    breakpoints = Breakpoints(debugger)
    debugger.end()
    reached = expected(debugger, lambda e: isinstance(e, Step) and e.input is x)
    found = []
    while (event := breakpoints.last_change(x)) is not None:
        found.append(debugger.at - 1)
        assert event == debugger.event(debugger.at - 1)
    assert found == [k for k in reversed(reached) if k < len(debugger) - 1]
    assert debugger.at == found[-1] + 1


def test_a_temporary_breakpoint_stops_once() -> None:
    debugger = Debugger(network())
    breakpoints = Breakpoints(debugger)
    breakpoints.add("op:relu", temporary=True)
    assert len(stops(debugger, breakpoints)) == 1
    assert len(breakpoints) == 0


def test_all_that_stop_at_one_event_are_told() -> None:
    x = Value(2.0, label="x")
    debugger = Debugger(x * 3.0)
    breakpoints = Breakpoints(debugger)
    first, second = breakpoints.add("x"), breakpoints.add("grad > 2")
    breakpoints.add("grad > 5")
    stop = breakpoints.run()
    assert stop.event == debugger.last
    assert stop.breakpoints == (first, second)


def test_numbers_stay_when_others_are_deleted() -> None:
    breakpoints = Breakpoints(Debugger(network()))
    breakpoints.add("nan")
    breakpoints.add("dead")
    assert breakpoints.delete(1).text == "nan"
    assert [str(b) for b in breakpoints] == ["2: dead"]
    assert breakpoints.add("nan", temporary=True).number == 3
    assert str(breakpoints.delete(3)) == "3: temporary nan"
    breakpoints.clear()
    assert list(breakpoints) == []


def test_without_breakpoints_runs_go_to_the_ends() -> None:
    debugger = Debugger(network())
    breakpoints = Breakpoints(debugger)
    assert breakpoints.run().breakpoints == ()
    assert debugger.at == len(debugger)
    assert breakpoints.run_back().event is None
    assert debugger.at == 0


def test_a_graph_of_one_leaf_has_no_events_to_stop_at() -> None:
    breakpoints = Breakpoints(Debugger(Value(1.0, label="x")))
    for text in ("x", "nan", "dead", "saturated", "grad > 1"):
        breakpoints.add(text)
    assert breakpoints.run().breakpoints == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layer1/neuron9", r"no node or scope 'layer1/neuron9'; did you mean .*layer1/neuron"),
        ("saturate", r"no node or scope 'saturate'; did you mean 'saturated'"),
        ("op:rleu", r"no operation 'rleu' in this graph; did you mean 'relu'"),
        ("grad > ten", r"wanted a number after >, got 'ten'"),
        ("nan if x", r"wanted a condition such as grad > 10 after if, got 'x'"),
        ("  ", "a breakpoint wants a node"),
        ("if grad > 1", "a breakpoint wants a node"),
        ('x"; import os', "no node or scope"),
    ],
)
def test_what_means_nothing_is_said_in_one_line(text: str, message: str) -> None:
    breakpoints = Breakpoints(Debugger(network()))
    with pytest.raises(ValueError, match=message) as caught:
        breakpoints.add(text)
    assert "\n" not in str(caught.value)
    assert len(breakpoints) == 0


def test_other_mistakes_are_said() -> None:
    breakpoints = Breakpoints(Debugger(network()))
    with pytest.raises(TypeError, match="wanted a breakpoint as text, got int: 3"):
        breakpoints.add(3)
    with pytest.raises(ValueError, match="no breakpoint 4; the numbers there are: none"):
        breakpoints.delete(4)
    with pytest.raises(ValueError, match="no node 'nobody'"):
        breakpoints.watch("nobody")
