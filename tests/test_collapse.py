"""Every value is in one group, and graphs are drawn in full, by neuron or by layer as their size asks for."""

import pytest

from micrograd_plus import Value, scope
from micrograd_plus.engine import graph
from micrograd_plus.viz.collapse import MOST_BOXES, MOST_VALUES, groups, places
from tests.viz_graphs import network, parameter


def titles(root: Value, detail: str = "auto") -> list[str]:
    return [group.title for group in groups(graph(root), detail)]


def test_every_value_is_in_one_group() -> None:
    root = network(hidden=20, samples=3)
    nodes = graph(root)
    for detail in ("auto", "full", "neuron", "layer"):
        members = [node for group in groups(nodes, detail) for node in group.members]
        assert sorted(members, key=nodes.index) == nodes
    expanded = groups(nodes, expand=["neuron2", "layer2"])
    assert sorted((node for group in expanded for node in group.members), key=nodes.index) == nodes


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


def test_weights_of_several_scopes_belong_to_what_these_have_in_common() -> None:
    w, v = parameter(0.5, "w"), parameter(2.0, "v")
    x = Value(1.0, label="x")
    for k in range(3):
        with scope("net"), scope(f"step{k}"):
            x = x * w
    root = x * v
    found = places(graph(root))
    assert found[w] == ("net",)
    assert found[v] == ()


def test_samples_make_groups_of_inputs_with_their_names_and_counts() -> None:
    found = {group.title: group for group in groups(graph(network(hidden=20, samples=7))) if len(group.members) > 1}
    for name in ("x1", "x2"):
        assert [node.label for node in found[name].members] == [name] * 7
        assert found[name].times == 7
    assert found["loss: +"].times == 7
    assert found["neuron1"].times == 0


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


# --- a closer look ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["layer1/neuron2", "net/layer1/neuron2", "neuron2"])
def test_an_expanded_scope_is_drawn_in_full(name: str) -> None:
    nodes = graph(network(hidden=20))
    paths = places(nodes)
    found = groups(nodes, expand=[name])
    neuron2 = ("net", "layer1", "neuron2")
    opened = [group.members for group in found if group.path == neuron2]
    assert opened == [[node] for node in nodes if paths[node] == neuron2]
    folded = groups(nodes)
    assert len(found) == len(folded) - 1 + len(opened)


def test_calls_of_an_expanded_scope_are_laid_upon_each_other() -> None:
    found = groups(graph(network(hidden=20, samples=9)), expand=["layer1/neuron2"])
    opened = [group for group in found if group.path == ("net", "layer1", "neuron2")]
    # sum() begins with the number 0, which every call makes anew.
    assert sorted((group.title, group.times) for group in opened) == [
        ("", 0),
        ("", 0),
        ("*", 9),
        ("*", 9),
        ("+", 9),
        ("+", 9),
        ("input", 9),
        ("relu", 9),
    ]
    assert sorted(group.members[0].label for group in opened if len(group.members) == 1) == ["w0", "w1"]


def test_unknown_scopes_are_answered_with_close_ones() -> None:
    nodes = graph(network())
    with pytest.raises(ValueError, match=r"no scope 'layer1/nuron2' in this graph; did you mean 'layer1/neuron2'"):
        groups(nodes, expand=["layer1/nuron2"])
    with pytest.raises(TypeError, match="wanted a list of scopes"):
        groups(nodes, expand="layer1")


def test_a_value_asked_for_stands_alone_and_hidden_ones_not_at_all() -> None:
    nodes = graph(network(hidden=20))
    weight = next(node for node in nodes if node.label == "w1")
    hidden = {node for node in nodes if node.label == "x1"}
    found = groups(nodes, alone={weight}, hidden=hidden)
    assert [group.members for group in found if weight in group.members] == [[weight]]
    assert {node for group in found for node in group.members} == set(nodes) - hidden
