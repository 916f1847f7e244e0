"""The film of a pass: its frames go in the order of the engine, and end in the engine's numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.engine import Node, graph
from micrograd_plus.steps import steps
from micrograd_plus.viz.collapse import MOST_VALUES
from micrograd_plus.viz.collected import Look
from micrograd_plus.viz.picture import Flow, Numbers
from micrograd_plus.viz.playback import BY, MOST_IN_FULL, Film, film
from tests.viz_graphs import dead_relu, network, neuron


def chain(length: int) -> Value:
    y = Value(0.5, label="x")
    for _ in range(length):
        y = y.sin()
    return y


def parts(played: Film, part: str) -> list[Any]:
    return [frame for frame in played.frames if frame.part == part]


def final_looks(played: Film) -> dict[int, Look]:
    return {k: look for frame in played.frames for k, look in frame.looks}


GRAPHS: list[Callable[[], Node]] = [
    neuron,
    dead_relu,
    lambda: network(samples=3),
    lambda: network(hidden=12, samples=4),
]


@pytest.mark.parametrize("make", GRAPHS)
@pytest.mark.parametrize("by", BY)
def test_all_ends_as_the_picture_after_backward(make: Callable[[], Node], by: str) -> None:
    played = film(make(), by)
    looks = final_looks(played)
    for k, box in enumerate(played.picture.boxes):
        assert looks[k].grad == box.grad
        assert looks[k].is_complete
    carrying = [arrow for frame in played.frames for arrow in frame.arrows]
    assert sorted(carrying) == list(range(len(played.picture.arrows)))


@pytest.mark.parametrize("by", BY)
def test_the_graph_keeps_its_gradients(by: str) -> None:
    root = neuron()
    root.backward()  # leaves now hold twice the gradient
    pending = Value(1.0, label="pending")
    both = root * pending
    before = [(node.has_grad, node.grad) for node in graph(both)]
    film(both, by)
    assert [(node.has_grad, node.grad) for node in graph(both)] == before
    assert not pending.has_grad


def test_node_by_node_is_the_order_of_the_engine() -> None:
    root = dead_relu()
    played = film(root)
    nodes = graph(root)
    recorded = list(steps(root))
    order = [nodes[frame.boxes[0]] for frame in parts(played, "backward")]
    assert order == list(dict.fromkeys(step.node for step in recorded))
    assert [frame.boxes for frame in parts(played, "forward")] == [
        (k,) for k, node in enumerate(nodes) if not node.is_leaf
    ]
    [seed] = parts(played, "seed")
    assert dict(seed.looks) == {nodes.index(root): Look(True, Numbers.of(1.0), 0, True)}


def test_one_contribution_at_a_time() -> None:
    root = dead_relu()
    nodes = graph(root)
    frames = parts(film(root, "contribution"), "backward")
    recorded = list(steps(root))
    assert len(frames) == len(recorded)
    for frame, step in zip(frames, recorded, strict=True):
        assert len(frame.arrows) == len(frame.rules) == 1
        [(k, look)] = frame.looks
        assert nodes[k] is step.input
        assert look.grad == Numbers.of(step.total)


def test_a_sum_is_partial_until_its_last_part_has_come() -> None:
    x = Value(3.0, label="x")
    played = film(x * x + x, "contribution")
    looks = [look for frame in played.frames for k, look in frame.looks if k == 0 and look.grad]
    assert [(look.grad.low, look.received, look.is_complete) for look in looks if look.grad] == [
        (1.0, 1, False),
        (4.0, 2, False),
        (7.0, 3, True),
    ]


def test_an_array_without_numbers_is_played_too() -> None:
    x = Tensor(np.zeros((0, 3)), label="x")
    [frame] = [frame for frame in film((x * 2.0).sum()).frames if "Forward: #3 = x * 2" in frame.title]
    assert frame.rules[0].numbers == "#3 = [] * 2 = []"


def test_layer_by_layer() -> None:
    played = film(network(hidden=12, samples=4), "layer")
    assert played.picture.is_collapsed
    titles = [frame.title for frame in parts(played, "backward")]
    assert [title for title in titles if "layer" in title] == ["Backward: layer2", "Backward: layer1"]
    [frame] = [frame for frame in played.frames if frame.title == "Backward: layer1"]
    assert {played.names[k] for k in frame.boxes} == {f"layer1.neuron{k}" for k in range(1, 13)}
    assert "contributions" in frame.remark
    assert "Σ ∂loss/∂layer1" in frame.rules[0].symbols


def test_what_is_played_last_reads_nothing_that_is_played_later() -> None:
    for by in ("node", "layer"):
        played = film(network(samples=3), by)
        turn = {k: i for i, frame in enumerate(played.frames) if frame.part == "backward" for k in frame.boxes}
        for arrow in played.picture.arrows:
            tail, head = int(arrow.tail[1:]), int(arrow.head[1:])
            assert turn.get(tail, len(played.frames)) >= turn[head]


def test_how_large_graphs_are_played() -> None:
    assert len(film(chain(MOST_VALUES - 1)).picture.boxes) == MOST_VALUES
    assert film(chain(MOST_VALUES)).picture.is_collapsed
    assert len(film(chain(MOST_VALUES), "node").picture.boxes) == MOST_VALUES + 1
    assert film(chain(MOST_IN_FULL), "node").picture.is_collapsed
    assert not film(chain(MOST_IN_FULL), "node", "full").picture.is_collapsed


def test_tensors_and_constant_arrays() -> None:
    x = Tensor(np.ones((2, 3)))
    played = film((x * np.arange(3.0) + 1.0).sum())
    looks = final_looks(played)
    for k, box in enumerate(played.picture.boxes):
        assert looks[k].is_complete == (box.flow is not Flow.NEVER)
    assert any(box.flow is Flow.NEVER for box in played.picture.boxes)


def test_rules_made_by_hand_are_played() -> None:
    x = Value(3.0, label="x")
    y = Value(9.0, (x,), "square", label="y")

    def backward() -> None:
        x.grad += 6.0 * y.grad

    y._backward = backward
    played = film(y)
    assert final_looks(played)[0].grad == Numbers.of(6.0)
    [frame] = parts(played, "forward")
    assert frame.rules[0].symbols == "y = square(x)"
    assert not x.has_grad


def test_long_and_hostile_names_are_one_short_line() -> None:
    x = Value(1.0, label="a\nb\u202e" + "x" * 10_000)
    played = film(x * x)
    texts = [text for frame in played.frames for rule in frame.rules for text in (frame.title, *str(rule).split("\n"))]
    assert max(map(len, texts)) < 400
    assert not any("\u202e" in text for text in texts)


def test_what_cannot_be_played() -> None:
    with pytest.raises(TypeError, match="a Value or a Tensor"):
        film(3.0)
    with pytest.raises(ValueError, match="contribution"):
        film(neuron(), "step")
    with pytest.raises(ValueError, match="detail"):
        film(neuron(), "layer", "everything")
    with pytest.raises(ValueError, match="one number"):
        film(Tensor([1.0, 2.0]) * 2.0)
    x = Value(1.0, label="x")
    y = x * 2.0
    x.data = 5.0
    with pytest.raises(RuntimeError, match="refresh"):
        film(y)
