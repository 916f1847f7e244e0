"""Boxes and arrows of a picture hold the numbers of the graph."""

import math

import numpy as np
import pytest

from micrograd_plus import Value, maximum
from micrograd_plus.engine import data_of, graph
from micrograd_plus.nn import MLP
from micrograd_plus.tensor import Tensor
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.picture import Flow, Numbers, Picture, Role
from tests.viz_graphs import dead_relu, named, network, neuron


def test_boxes_hold_data_and_gradients_of_the_graph() -> None:
    root = neuron()
    picture = picture_of(root)
    nodes = graph(root)
    assert [box.data for box in picture.boxes] == [Numbers.of(node.data) for node in nodes]
    assert [box.grad for box in picture.boxes] == [Numbers.of(node.grad) for node in nodes]
    assert [box.is_root for box in picture.boxes] == [node is root for node in nodes]
    assert picture.caption == ""


def test_roles_are_told_apart() -> None:
    picture = picture_of(neuron())
    assert named(picture, "x1").role is Role.INPUT
    assert named(picture, "w1").role is Role.PARAMETER
    assert named(picture, "o").role is Role.OPERATION
    assert picture_of(Value(1.0) + 2.0).boxes[1].role is Role.CONSTANT
    assert named(picture_of(MLP(1, [1], rng=0)([2.0])), "x1").role is Role.INPUT


def test_arrows_carry_local_derivative_and_share() -> None:
    picture = picture_of(neuron())
    [arrow] = [arrow for arrow in picture.arrows if arrow.tail == named(picture, "x1").key]
    # o = tanh(n), so do/dn = 1 - o^2, and n reaches x1 through two sums and the product with w1.
    through_tanh = 1.0 - named(picture, "o").data.low ** 2
    assert arrow.slope == Numbers.of(-3.0)
    assert arrow.share.low == pytest.approx(-3.0 * through_tanh, rel=1e-12)


@pytest.mark.parametrize("make", [neuron, dead_relu])
def test_shares_add_up_to_the_gradient(make) -> None:
    picture = picture_of(make())
    for box in picture.boxes:
        shares = [arrow.share.low for arrow in picture.arrows if arrow.tail == box.key]
        if not box.is_root:
            assert math.fsum(shares) == pytest.approx(box.grad.low, rel=1e-12, abs=1e-15)


def test_a_value_read_twice_has_two_arrows_in_the_order_of_the_inputs() -> None:
    a, b = Value(2.0, label="a"), Value(5.0, label="b")
    picture = picture_of(b - a)
    assert [arrow.tail for arrow in picture.arrows] == [named(picture, "b").key, named(picture, "a").key]
    doubled = picture_of(a + a)
    assert [(arrow.tail, arrow.head, arrow.adds) for arrow in doubled.arrows] == [("n0", "n1", True)] * 2


def test_a_gradient_not_computed_yet_is_not_zero() -> None:
    x = Value(3.0, label="x")
    y = x * x
    picture = picture_of(y)
    assert {box.flow for box in picture.boxes} == {Flow.PENDING}
    assert named(picture, "x").lines() == ["x", "data 3", "no grad yet"]
    assert [arrow.slope for arrow in picture.arrows] == [Numbers.of(3.0)] * 2
    assert [arrow.share for arrow in picture.arrows] == [None, None]


def test_a_zero_says_whether_something_cut_it_off() -> None:
    picture = picture_of(dead_relu())
    negated, relu = picture.boxes[1], picture.boxes[2]
    assert (negated.symbol, relu.symbol) == ("-", "relu")
    assert negated.flow is Flow.CUT
    assert negated.note == "cut off by relu"
    assert relu.cuts
    assert relu.flow is Flow.FLOWING
    # Three is multiplied by zero: a zero without any cause but arithmetic.
    three = next(box for box in picture.boxes if box.role is Role.CONSTANT)
    assert three.flow is Flow.ZERO
    assert three.note == ""


def test_what_lies_before_a_cut_names_its_cause() -> None:
    x = Value(1.0, label="x")
    y = (x * -2.0).sin().relu()
    y.backward()
    assert named(picture_of(y), "x").note == "cut off by relu"


def test_a_maximum_cuts_off_what_it_does_not_choose_and_passes_the_rest() -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    y = maximum(a, b)
    y.backward()
    picture = picture_of(y)
    assert named(picture, "a").note == "cut off by maximum"
    assert not picture.boxes[-1].cuts


def test_groups_show_their_output_and_arrows_their_total() -> None:
    root = network(hidden=3)
    root.backward()
    picture = picture_of(root, "neuron")
    nodes = graph(root)
    relus = [node for node in nodes if node.symbol == "relu"]
    hidden = [box for box in picture.boxes if box.path == ("net", "layer1")]
    assert [box.data for box in hidden] == [Numbers.of(node.data) for node in relus]
    assert [box.grad for box in hidden] == [Numbers.of(node.grad) for node in relus]
    for box in picture.boxes:
        if box.name.startswith("x"):
            [x] = [node for node in nodes if node.label == box.name]
            shares = [arrow.share.low for arrow in picture.arrows if arrow.tail == box.key]
            assert math.fsum(shares) == pytest.approx(x.grad, rel=1e-12)
    assert sum(box.count for box in picture.boxes) == len(nodes)


def test_groups_of_many_samples_show_ranges_and_count_what_is_dead() -> None:
    root = network(hidden=3, samples=20)
    root.backward()
    picture = picture_of(root, "neuron")
    relus = [node for node in graph(root) if node.symbol == "relu"]
    for k in range(3):
        box = [box for box in picture.boxes if box.path == ("net", "layer1")][k]
        outputs = [node.data for node in relus[k::3]]
        assert (box.data.low, box.data.high, box.data.count) == (min(outputs), max(outputs), 20)
        dead = sum(data == 0.0 for data in outputs)
        expected = "" if dead == 0 else "cut off by relu" if dead == 20 else f"{dead} of 20 cut off by relu"
        assert box.note == expected


def test_neurons_of_a_layer_are_a_column() -> None:
    picture = picture_of(network(hidden=4), "neuron")
    assert [(cluster.path, len(cluster.keys), cluster.is_column) for cluster in picture.clusters] == [
        (("net", "layer1"), 4, True),
        (("net", "layer2"), 1, True),
    ]
    assert picture.is_network
    assert not picture_of(network(hidden=4)).is_network


def test_the_picture_says_what_was_folded() -> None:
    root = network(hidden=20, samples=20)
    picture = picture_of(root)
    assert picture.caption == f"{len(graph(root)):,} values shown as {len(picture.boxes)} groups"


def test_the_picture_says_what_was_left_out() -> None:
    root = network(hidden=20)
    root.backward()
    total = len(graph(root))
    caption = picture_of(root, focus="start", up=1).caption
    assert caption == f"2 of {total} values shown, around start (1 up, 3 down)"  # it and what reads it
    picture = picture_of(root, "neuron", min_grad=1.0)
    small = sum(abs(node.grad) < 1.0 for node in graph(root))
    hidden = total - picture.shown
    assert 0 < hidden <= small  # what ties others to the root stays
    assert picture.caption == (
        f"{picture.shown} of {total} values shown as {len(picture.boxes)} groups, "
        f"{hidden} with a |gradient| below 1 left out"
    )


def test_the_focus_has_a_box_of_its_own_that_says_so() -> None:
    root = network(hidden=20, samples=10)
    root.backward()
    picture = picture_of(root, focus="layer1.neuron3.w0", up=10)
    box = named(picture, "w0")
    assert box.note == "in focus"
    assert picture.is_collapsed


def test_what_was_computed_from_data_that_changed_is_stale() -> None:
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    a, b = x.sin(), w.sin()
    y = (a * b).exp()
    y.backward()
    assert not any(box.is_stale for box in picture_of(y).boxes)
    x.data = 5.0
    nodes = graph(y)
    expected = {a, a * b, y} & set(nodes) | {node for node in nodes if a in node.inputs}
    assert {node for node, box in zip(nodes, picture_of(y).boxes, strict=True) if box.is_stale} == expected
    stale = next(box for box in picture_of(y).boxes if box.is_stale)
    assert stale.lines()[0].endswith("(stale)")
    y.refresh()
    assert not any(box.is_stale for box in picture_of(y).boxes)


def test_a_group_with_a_stale_value_is_stale() -> None:
    root = network(hidden=20)
    next(node for node in graph(root) if node.label == "x1").data = 7.0
    picture = picture_of(root)
    assert {box.is_stale for box in picture.boxes if box.role is Role.GROUP} == {True}
    assert not any(box.is_stale for box in picture.boxes if box.role is Role.INPUT)


def test_the_same_program_gives_the_same_picture() -> None:
    def picture() -> Picture:
        root = network(hidden=20, samples=4)
        root.backward()
        return picture_of(root, expand=["neuron3"], min_grad=1e-3, shares=True)

    assert picture() == picture()


def test_the_scale_leaves_out_constants() -> None:
    x = Value(1e-3, label="x")
    y = x * 1e-3
    y.backward()
    assert picture_of(y).scale.limit == 1.0


def test_tensors_show_shape_and_range() -> None:
    X, W = Tensor(np.arange(6.0).reshape(3, 2), label="X"), Tensor(np.array([1.0, -1.0]), label="W")
    y = (X * W).relu().sum()
    y.backward()
    picture = picture_of(y)
    box = named(picture, "X")
    assert box.lines()[:2] == ["X (3 x 2)", "data 0 .. 5"]
    assert (box.grad.low, box.grad.high) == (X.grad.min(), X.grad.max())
    assert [arrow.slope is None for arrow in picture.arrows] == [False, False, False, True]
    assert picture_of(Tensor(np.ones(3), label="t") * 2.0).boxes[0].grad is None


def test_nan_and_infinity_are_drawn() -> None:
    x = Value(0.0, label="x")
    y = x.log() * x
    y.backward()
    picture = picture_of(y)
    assert named(picture, "x").lines() == ["x", "data 0", "grad nan"]
    assert math.isfinite(picture.scale.limit)


def test_other_things_are_not_drawn() -> None:
    with pytest.raises(TypeError, match="wanted a Value or a Tensor to draw, got float"):
        picture_of(1.0)


@pytest.mark.slow
def test_a_long_chain_is_folded_without_recursion() -> None:
    y = Value(1.0, label="x")
    for _ in range(50_000):
        y = y * 1.00001 + 1e-9
    y.backward()
    picture = picture_of(y)
    assert picture.values == len(graph(y))
    assert len(picture.boxes) < 20
    assert picture.boxes[-1].data == Numbers.of(data_of(y))


@pytest.mark.slow
def test_a_chain_of_a_quarter_of_a_million_values_is_folded() -> None:
    y = Value(1.0, label="x")
    for _ in range(250_000):
        y = y.sin()
    y.backward()
    picture = picture_of(y)
    assert (picture.values, len(picture.boxes)) == (250_001, 2)


@pytest.mark.parametrize("detail", ["auto", "full", "layer"])
def test_large_graphs_of_arrays_are_drawn(detail: str) -> None:
    x = y = Tensor(np.ones((2, 3)), label="x")
    for k in range(100):
        y = (y * 0.5).tanh() + x if k % 3 else y.exp() * x
    y.backward(np.ones((2, 3)))
    picture = picture_of(y, detail)
    assert sum(box.is_root for box in picture.boxes) == 1
    assert "x" in [box.name for box in picture.boxes]
