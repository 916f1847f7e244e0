"""Stages are a backward pass that stops after each step: what is known, what is not yet, and in which words."""

import pytest

from micrograd_plus import Tensor, Value, nn
from micrograd_plus.engine import graph
from micrograd_plus.steps import steps
from micrograd_plus.viz.drawing import draw
from micrograd_plus.viz.picture import Flow, Numbers
from micrograd_plus.viz.stages import MOST_STAGES, stages
from tests.viz_graphs import dead_relu, network, neuron


def test_the_first_stage_knows_the_root_and_the_last_all() -> None:
    root = neuron()
    found = stages(root)
    assert [box.name for box in found[0].picture.boxes if box.grad is not None] == ["o"]
    final = draw(root, "full").picture
    assert [box.grad for box in found[-1].picture.boxes] == [box.grad for box in final.boxes]
    assert found[-1].picture.arrows == final.arrows


def test_each_stage_of_nodes_knows_the_totals_so_far() -> None:
    root = dead_relu()
    nodes = graph(root)
    place = {node: k for k, node in enumerate(nodes)}
    known = {root: Numbers.of(1.0)}
    recorded = list(steps(root))
    played = list(dict.fromkeys(step.node for step in recorded))
    first, *others = stages(root, "node")
    assert len(others) == len(played)
    for node, stage in zip(played, others, strict=True):
        known |= {step.input: Numbers.of(step.total) for step in recorded if step.node is node}
        assert [box.grad for box in stage.picture.boxes] == [known.get(node) for node in nodes]
        assert stage.current == {stage.picture.boxes[place[node]].key}
    assert first.current == {first.picture.boxes[-1].key}


def test_an_arrow_carries_its_share_once_its_head_is_played() -> None:
    for stage in stages(neuron()):
        known = {box.key for box in stage.picture.boxes if box.grad is not None}
        for arrow in stage.picture.arrows:
            assert (arrow.share is None) == (arrow.flow is Flow.PENDING)
            assert arrow.share is None or {arrow.tail, arrow.head} <= known


def test_a_dead_relu_is_told_only_when_it_is_played() -> None:
    cutting = [any(box.cuts for box in stage.picture.boxes) for stage in stages(dead_relu(), "node")]
    assert cutting == [False, False, False, False, True, True]


def test_networks_play_layer_by_layer() -> None:
    titles = [stage.caption[0] for stage in stages(network())]
    assert [title for title in titles if "layer" in title] == ["2 of 3. Backward: layer2", "3 of 3. Backward: layer1"]
    assert len(stages(network(), "node")) > len(titles)
    assert len(stages(nn.MLP(2, [16, 16, 1], rng=0)([1.0, 2.0]))) == 1 + 3


def test_the_chain_rule_stands_in_the_caption() -> None:
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    *_, last = stages(x * w)
    assert last.caption[1:] == (
        "∂out/∂x = ∂out/∂out · ∂out/∂x = 1 · (-3) = -3",
        "∂out/∂w = ∂out/∂out · ∂out/∂w = 1 · 2 = 2",
    )


def test_the_scale_stays_and_so_do_the_graph_s_own_gradients() -> None:
    root = neuron()
    root.grad = 7.0
    assert len({stage.picture.scale for stage in stages(root)}) == 1
    assert root.grad == 7.0
    fresh = Value(1.0).sin()
    stages(fresh)
    assert not any(node.has_grad for node in graph(fresh))


def test_too_many_stages_say_what_to_do() -> None:
    y = Value(1.0)
    for _ in range(MOST_STAGES):
        y = y.sin()
    with pytest.raises(ValueError, match=r"151 frames are more than 150: play by='layer'"):
        stages(y, "node")


def test_what_cannot_be_played() -> None:
    with pytest.raises(ValueError, match="by one of"):
        stages(neuron(), "epoch")
    with pytest.raises(TypeError, match="a Value or a Tensor"):
        stages(None)
    with pytest.raises(ValueError, match="shape"):
        stages(Tensor([1.0, 2.0]) * 2.0)
