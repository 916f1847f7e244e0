"""A picture sees what was asked for: around a focus, near the root, or with a gradient worth seeing."""

import numpy as np
import pytest

from micrograd_plus import Value
from micrograd_plus.engine import Node, graph
from micrograd_plus.tensor import Tensor
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.view import View, view_of
from tests.viz_graphs import neuron, parameter


def chain(length: int) -> list[Node]:
    y = Value(0.5, label="x")
    nodes = [y]
    for _ in range(length):
        y = y.sin()
        nodes.append(y)
    return nodes


def seen(nodes: list[Node], view: View) -> list[Node]:
    return [node for node in nodes if node not in view.hidden]


def test_everything_is_seen_unless_asked_otherwise() -> None:
    assert view_of(chain(3)) == View()


def test_a_focus_shows_so_many_operations_up_and_down() -> None:
    nodes = chain(20)
    view = view_of(nodes, focus=nodes[10], up=3, down=2)
    assert seen(nodes, view) == nodes[8:14]
    assert view.beyond == view.hidden
    assert view.focus is nodes[10]
    assert view.remarks == ("around #11 (3 up, 2 down)",)


def test_a_focus_is_found_by_its_name() -> None:
    nodes = graph(neuron())
    named = {node.label: node for node in nodes if node.label}
    view = view_of(nodes, focus="n", up=0, down=1)
    n = named["n"]
    assert set(seen(nodes, view)) == {n, *n.inputs}
    assert view_of(nodes, focus="o").focus is nodes[-1]


def test_numbers_that_meet_the_focus_are_seen() -> None:
    nodes = graph(neuron())
    named = {node.label: node for node in nodes if node.label}
    product = next(node for node in nodes if node.inputs == (named["x1"], named["w1"]))
    assert set(seen(nodes, view_of(nodes, focus="x1", up=1, down=0))) == {named["x1"], named["w1"], product}


def test_depth_counts_levels_below_the_root() -> None:
    nodes = chain(20)
    assert seen(nodes, view_of(nodes, depth=0)) == nodes[-1:]
    view = view_of(nodes, depth=4)
    assert seen(nodes, view) == nodes[-5:]
    assert view.remarks == ("4 levels below the root",)
    assert seen(nodes, view_of(nodes, depth=100)) == nodes
    assert view_of(nodes, depth=1).remarks == ("1 level below the root",)


def test_focus_and_depth_together_show_what_both_show() -> None:
    nodes = chain(20)
    assert seen(nodes, view_of(nodes, focus=nodes[15], up=1, down=9, depth=7)) == nodes[13:17]
    with pytest.raises(ValueError, match="#4 lies more than 7 levels below the root"):
        view_of(nodes, focus=nodes[3], depth=7)


def test_a_focus_may_hold_zero() -> None:
    x = Value(0.0, label="x")  # as a condition it would be false
    picture = picture_of(x.sin(), focus=x, up=0)
    assert [box.note for box in picture.boxes if box.name == "x"] == ["in focus"]


def test_small_gradients_are_left_out_and_counted() -> None:
    x, y = Value(1.0, label="x"), Value(1.0, label="y")
    root = (x * 1e-3).sin() + y.sin()
    root.backward()
    nodes = graph(root)
    view = view_of(nodes, min_grad=0.1)
    assert x in view.hidden
    assert all(abs(node.grad) < 0.1 for node in view.hidden)
    # The product's own gradient is large.
    assert set(seen(nodes, view)) == {node for node in nodes if abs(node.grad) >= 0.1}
    assert not view.beyond
    assert view.remarks == (f"{len(view.hidden)} with a |gradient| below 0.1 left out",)


def test_what_has_a_large_gradient_stays_tied_to_the_root() -> None:
    x = Value(1.0, label="x")
    small = x * 1e6
    root = ((small * 1e-4) * 1e-4).sin() * 1e-3
    root.backward()
    nodes = graph(root)
    assert abs(x.grad) > abs(small.grad)
    view = view_of(nodes, min_grad=abs(x.grad))
    chosen = seen(nodes, view)
    assert x in chosen
    for node in chosen[:-1]:
        assert any(node in other.inputs for other in chosen)


def test_unknown_gradients_are_not_small() -> None:
    x = Value(1.0, label="x")
    y = x.sin()
    y.backward()
    root = y * parameter(2.0, "w")
    nodes = graph(root)
    assert seen(nodes, view_of(nodes, min_grad=1e9))[-2:] == nodes[-2:]
    with pytest.raises(ValueError, match=r"call backward\(\) first"):
        view_of(chain(2), min_grad=0.1)


def test_nan_is_not_small() -> None:
    x = Value(0.0, label="x")
    root = x.log() * x
    root.backward()
    assert np.isnan(x.grad)
    assert x not in view_of(graph(root), min_grad=1e9).hidden


def test_of_an_array_the_largest_gradient_counts() -> None:
    X, W = Tensor([[1.0, 2.0]], label="X"), Tensor([[1e-3], [5.0]], label="W")
    root = (X @ W).sum()
    root.backward()
    nodes = graph(root)
    assert seen(nodes, view_of(nodes, min_grad=4.0))[0] is X
    assert W in view_of(nodes, min_grad=4.0).hidden


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"focus": "w11"}, ValueError, r"no value 'w11' in this graph; did you mean 'w1'"),
        ({"focus": 3}, TypeError, "wanted a node or its name to look at, got int: 3"),
        ({"focus": Value(1.0)}, ValueError, "is not part of this graph"),
        ({"up": 1}, ValueError, "up and down say how much to show around a focus"),
        ({"focus": "n", "down": -1}, ValueError, "down is at least 0, not -1"),
        ({"focus": "n", "up": 1.5}, TypeError, "up is an integer, not float"),
        ({"depth": -1}, ValueError, "depth is at least 0"),
        ({"min_grad": float("nan")}, ValueError, "min_grad is a finite number of at least 0"),
        ({"min_grad": "0.1"}, TypeError, "min_grad is a number, not str"),
    ],
)
def test_mistakes(options, error, message) -> None:
    with pytest.raises(error, match=message):
        view_of(graph(neuron()), **options)


def test_a_long_chain_needs_no_recursion() -> None:
    nodes = chain(50_000)
    assert seen(nodes, view_of(nodes, focus=nodes[25_000], up=10**6, down=0)) == nodes[25_000:]
