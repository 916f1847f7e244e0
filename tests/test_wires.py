"""Arrows are the engine's contributions, and stubs stand for what lies beyond the view."""

from micrograd_plus import Value
from micrograd_plus.engine import contributions, data_of, graph, operations
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.picture import Box, Flow, Numbers, Picture, Role
from micrograd_plus.viz.wires import edges
from tests.viz_graphs import named, network, neuron


def stubs(picture: Picture) -> list[Box]:
    return [box for box in picture.boxes if box.role is Role.MORE]


def test_edges_are_the_contributions() -> None:
    for node in operations(neuron()):
        expected = list(contributions(node, node.grad, data_of))
        assert [(input, slope, share) for input, slope, share, _ in edges(node)] == expected


def test_shares_are_written_if_asked_for() -> None:
    root = neuron()
    for shares, first_words in ((False, {"×"}), (True, {"×", "g"})):
        picture = picture_of(root, shares=shares)
        assert {text[0] for arrow in picture.arrows for text in arrow.texts} == first_words
    arrow = next(a for a in picture.arrows if a.tail == named(picture, "x1").key)
    assert arrow.texts == [f"×{arrow.slope}", f"gives {arrow.share}"]


def test_where_the_view_ends_a_stub_stands_for_the_rest() -> None:
    root = neuron()
    picture = picture_of(root, focus="n", up=0, down=1)
    # n is read by one operation, and both its inputs but for b were computed from others.
    inputs = [arrow for arrow in picture.arrows if arrow.head == named(picture, "n").key]
    assert len(inputs) == 2
    ends = {box.key for box in stubs(picture)}
    [reading] = [arrow for arrow in picture.arrows if arrow.head in ends]
    assert reading.tail == named(picture, "n").key
    n = next(node for node in graph(root) if node.label == "n")
    assert reading.share == Numbers.of(n.grad)
    assert [box.lines() for box in stubs(picture)] == [["..."]] * len(ends)


def test_an_arrow_from_a_stub_has_its_numbers() -> None:
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    y = x.sin() * w
    y.backward()
    picture = picture_of(y, depth=1)
    [stub] = stubs(picture_of(y, focus="w", up=1))
    assert stub.role is Role.MORE
    assert picture.values == 4
    [arrow] = [a for a in picture_of(y, focus="w", up=1).arrows if a.tail == stub.key]
    assert (arrow.slope, arrow.share) == (Numbers.of(-3.0), Numbers.of(-3.0))


def test_a_value_that_others_read_too_adds_up() -> None:
    x = Value(2.0, label="x")
    y = x * 3.0 + (x * 1e-3).sin()
    y.backward()
    picture = picture_of(y, min_grad=0.5)
    full = picture_of(y)
    key = named(picture, "x").key
    assert [a.adds for a in full.arrows if a.tail == named(full, "x").key] == [True, True]
    assert all(a.adds for a in picture.arrows if a.tail == key)


def test_arrows_between_groups_carry_the_total_also_past_what_is_hidden() -> None:
    root = network(hidden=20, samples=3)
    root.backward()
    full, focused = picture_of(root, "neuron"), picture_of(root, "neuron", depth=10**6)
    assert full.arrows == focused.arrows


def test_a_zero_before_a_stub_that_cuts_it_off() -> None:
    x = Value(-2.0, label="x")
    y = (x * 1.0).relu() * 3.0
    y.backward()
    picture = picture_of(y, focus="x", up=1)
    product = picture.boxes[-1] if picture.boxes[-1].role is not Role.MORE else picture.boxes[-2]
    assert product.symbol == "*"
    assert (product.flow, product.note) == (Flow.CUT, "cut off")
