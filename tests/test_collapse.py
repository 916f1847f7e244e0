import pytest
from viz_graphs import network, parameter

from micrograd_plus import Value, scope
from micrograd_plus.engine import graph
from micrograd_plus.viz.collapse import LEVELS, MOST_BOXES, MOST_VALUES, groups, places


def titles(root: Value, detail: str = "auto") -> list[str]:
    return [group.title for group in groups(graph(root), detail)]


def test_every_value_is_in_one_group() -> None:
    root = network(hidden=20, samples=3)
    nodes = graph(root)
    for detail in ("auto", "full", "neuron", "layer"):
        members = [node for group in groups(nodes, detail) for node in group.members]
        assert sorted(members, key=nodes.index) == nodes


def test_small_graphs_are_drawn_in_full() -> None:
    root = network()
    assert len(graph(root)) <= MOST_VALUES
    assert titles(root) == [""] * len(graph(root))


def test_large_networks_are_drawn_by_neuron_and_larger_ones_by_layer() -> None:
    found = groups(graph(network(hidden=20)))
    assert [group.title for group in found if group.path] == [f"neuron{k}" for k in range(1, 21)] + ["neuron1"]
    assert [group.members[0].label for group in found if not group.path] == ["start", "x1", "x2", "loss"]
    root = network(hidden=MOST_BOXES + 1)
    assert [title for title in titles(root) if title] == ["layer1", "layer2"]


def test_detail_is_what_was_asked_for() -> None:
    assert titles(network(hidden=3), "neuron").count("neuron1") == 2
    assert [title for title in titles(network(hidden=3), "layer") if title] == ["layer1", "layer2"]
    with pytest.raises(ValueError, match="out of auto, full, neuron, layer, got 'fine'"):
        groups(graph(network()), "fine")


def test_weights_belong_to_their_neuron_and_inputs_to_none() -> None:
    root = network()
    found = places(graph(root))
    for node, path in found.items():
        if node.label.startswith("x") or node is root:
            assert path == ()
        elif node.label.startswith("w"):
            assert path[:2] == ("net", "layer1")


def test_values_outside_scopes_are_grouped_by_the_shape_of_their_expressions() -> None:
    squares = [parameter(float(k)) * Value(2.0) for k in range(100)]
    total = squares[0]
    for square in squares[1:]:
        total = total + square
    total.label = "sum"
    by_title = {group.title: group for group in groups(graph(total)) if len(group.members) > 1}
    assert set(by_title) == {"inputs", "*", "+"}
    assert len(by_title["*"].members) == 200  # the products and their weights
    assert len(by_title["+"].members) == 98  # all sums but the last, which has a name of its own


def test_many_shapes_are_grouped_by_depth() -> None:
    y = Value(1.0, label="x")
    for _ in range(200):
        y = (y * 1.01).sin()
    found = groups(graph(y))
    assert [len(found[0].members), len(found)] == [1, LEVELS + 1]
    assert all(group.title.startswith("levels ") for group in found[1:])


def test_few_loose_values_stand_alone_beside_a_large_network() -> None:
    loss = (network(hidden=20) * 2.0 - 1.0).relu()
    alone = [group.members[0].symbol for group in groups(graph(loss)) if len(group.members) == 1]
    assert [symbol for symbol in alone if symbol] == ["+", "*", "-", "relu"]


def test_scopes_that_nest_deep_are_folded_until_they_fit() -> None:
    total = Value(0.0, label="x")
    for k in range(100):
        with scope("all"), scope(f"part{k // 20}"), scope(f"piece{k}"):
            total = total * 1.5 + 1.0
    found = groups(graph(total))
    assert [group.title for group in found if len(group.members) > 1] == [f"part{k}" for k in range(5)]


def test_leaves_without_a_name_stay_in_the_scope_that_made_them() -> None:
    with scope("neuron1"):
        named, nameless = Value(1.0, label="x"), Value(2.0)
        total = named + nameless
    assert list(places(graph(total)).values()) == [(), ("neuron1",), ("neuron1",)]
