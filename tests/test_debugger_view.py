"""A debugger in a notebook: the picture is that of the position, and looking moves nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from micrograd_plus import Value, nn
from micrograd_plus.debugger import Debugger
from micrograd_plus.engine import CONSTANT
from micrograd_plus.viz.debugger_view import debug, drawing_at
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.picture import Flow, Numbers, Role
from tests.graphs import gradients_of
from tests.viz_graphs import dead_relu, layer_of_arrays, network, neuron

SMALL = [neuron, dead_relu, layer_of_arrays, network]


def collapsed() -> Any:
    return nn.MLP(2, [16, 16, 1], rng=0)([1.0, 2.0])


@pytest.mark.parametrize("make", SMALL)
def test_boxes_hold_the_gradients_of_the_position(make: Callable[[], Any]) -> None:
    debugger = Debugger(make())
    for at in range(len(debugger) + 1):
        debugger.goto(at)
        boxes = drawing_at(debugger).picture.boxes
        for box, node in zip(boxes, debugger.recording.nodes, strict=True):
            assert box.grad == (Numbers.of(node.grad) if node.has_grad else None)
            assert (str(box.data) == "not yet") is not debugger.is_evaluated(node)


@pytest.mark.parametrize("make", SMALL)
def test_an_arrow_carries_a_share_once_its_step_is_done(make: Callable[[], Any]) -> None:
    debugger = Debugger(make())
    while debugger.coming:
        steps = debugger.at - debugger.start
        assert sum(arrow.share is not None for arrow in drawing_at(debugger).picture.arrows) == steps
        debugger.step()


@pytest.mark.parametrize("make", [*SMALL, collapsed])
def test_at_the_end_it_is_the_picture_of_the_graph(make: Callable[[], Any]) -> None:
    debugger = Debugger(make())
    debugger.end()
    drawn, wanted = drawing_at(debugger).picture, picture_of(debugger.root)
    never = {box.key for box in wanted.boxes if box.flow is Flow.NEVER}  # backward() hands constant arrays nothing
    for arrow, of_graph in zip(drawn.arrows, wanted.arrows, strict=True):
        assert arrow.share is None if arrow.tail in never else arrow == of_graph
    assert drawn.scale == wanted.scale
    assert [(box.grad, box.flow, box.note, box.cuts) for box in drawn.boxes] == [
        (box.grad, box.flow, box.note, box.cuts) for box in wanted.boxes
    ]


@pytest.mark.parametrize("make", [*SMALL, collapsed])
def test_looking_moves_nothing_and_colours_stay(make: Callable[[], Any]) -> None:
    debugger = Debugger(make())
    scales = set()
    for at in (0, 1, debugger.start, debugger.start + 1, len(debugger) // 2, len(debugger)):
        debugger.goto(at)
        before = gradients_of(debugger.root)
        scales.add(drawing_at(debugger).picture.scale)
        assert debugger.at == at
        assert gradients_of(debugger.root) == before
    assert len(scales) == 1


def test_what_acted_last_is_marked_and_said() -> None:
    debugger = Debugger(neuron())
    step = debugger.step()
    dot = drawing_at(debugger).dot
    keys = {node: f"n{k}" for k, node in enumerate(debugger.recording.nodes)}
    marked = [line.split(" [")[0].strip() for line in dot.splitlines() if "#7b1fa2" in line]
    assert sorted(marked) == sorted([keys[step.node], f"{keys[step.input]} -> {keys[step.node]}"])
    assert "At step 1 of 9" in dot
    assert repr(step) in dot
    debugger.goto(1)
    assert "#6 = x1 * w1 = 2 * (-3) = -6" in drawing_at(debugger).dot
    debugger.restart()
    assert "#7b1fa2" not in drawing_at(debugger).dot


def test_boxes_are_called_as_in_the_chain_rules() -> None:
    debugger = Debugger(neuron())
    for box, node in zip(drawing_at(debugger).picture.boxes, debugger.recording.nodes, strict=True):
        assert box.name == debugger.names[node] or (box.role is Role.CONSTANT and node.op is CONSTANT)


def test_the_two_arrows_of_a_square_carry_one_after_the_other() -> None:
    debugger = Debugger(Value(3.0, label="x") * 1.0)
    x = debugger.recording.nodes[0]
    debugger = Debugger(x * x)
    debugger.step()
    shares = [arrow.share is not None for arrow in drawing_at(debugger).picture.arrows]
    assert shares == [True, False]


def test_a_notebook_shows_picture_and_words() -> None:
    debugger = debug(neuron())
    step = debugger.step()
    shown = debugger._repr_mimebundle_()
    assert shown["image/svg+xml"].lstrip().startswith(("<?xml", "<svg"))
    assert shown["text/plain"].splitlines()[:2] == ["<debugger at step 1 of 9>", repr(step)]


def test_a_notebook_shows_text_where_nothing_can_be_drawn() -> None:
    debugger = debug(neuron())
    debugger.root = Value(1.0)  # not the graph that was recorded
    shown = debugger._repr_mimebundle_()
    assert shown.keys() == {"text/plain"}
    assert shown["text/plain"].startswith("<debugger at step 0 of 9>, not drawn: ")


def test_it_saves_itself(tmp_path: Any) -> None:
    debugger = Debugger(neuron())
    debugger.step()
    for name, beginning in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("a.dot", b"digraph")):
        drawing_at(debugger).save(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(beginning)
