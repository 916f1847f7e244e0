"""What is played together: boxes by themselves or layers, never before what they are computed from."""

from micrograd_plus.engine import Node, graph
from micrograd_plus.steps import steps
from micrograd_plus.viz.collapse import groups
from micrograd_plus.viz.units import Unit, units_of
from tests.viz_graphs import dead_relu, network


def units(root: Node, detail: str, *, by_layer: bool) -> list[Unit]:
    nodes = graph(root)
    found = groups(nodes, detail)
    titles = [group.title or str(k) for k, group in enumerate(found)]
    return units_of(found, titles, list(steps(root)), nodes=nodes if by_layer else ())


def test_every_step_belongs_to_one_unit_and_none_comes_before_its_inputs() -> None:
    for detail in ("full", "neuron", "layer"):
        for by_layer in (False, True):
            root = network(samples=2)
            played = units(root, detail, by_layer=by_layer)
            assert sorted(step.node.number for unit in played for step in unit.steps) == sorted(
                step.node.number for step in steps(root)
            )
            turn = {step.node: k for k, unit in enumerate(played) for step in unit.steps}
            assert all(turn.get(i, 0) <= turn[node] for node in turn for i in node.inputs)


def test_the_neurons_of_a_layer_go_together() -> None:
    together = [unit for unit in units(network(hidden=3), "neuron", by_layer=True) if unit.title == "layer1"]
    alone = [unit for unit in units(network(hidden=3), "neuron", by_layer=False) if unit.title.startswith("neuron")]
    assert [len(unit.boxes) for unit in together] == [3]
    assert [len(unit.boxes) for unit in alone] == [1] * 4


def test_steps_one_by_one() -> None:
    played = units(dead_relu(), "full", by_layer=False)
    assert [len(part.steps) for unit in played for part in unit.single_steps()] == [1] * len(list(steps(dead_relu())))
    [layer] = [unit for unit in units(network(), "layer", by_layer=True) if unit.title == "layer1"]
    assert layer.single_steps() == [layer]
