"""Straight arrows: texts stand beside them near their heads, and arrows between the same boxes beside each other."""

import math
from itertools import combinations

import pytest

from micrograd_plus import Value
from micrograd_plus.engine import Node
from micrograd_plus.viz import layout
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.straight import BEFORE_HEAD, Straight, in_points, straight_arrows
from tests.viz_graphs import neuron

ROOM_FOR_TEXT = 40.0  # points: half a text's width and two lines


def drawn(root: Node, rankdir: str) -> list[Straight]:
    picture = picture_of(root, shares=True)
    places = {key: in_points(place) for key, place in layout.places(picture, rankdir).items()}
    return list(straight_arrows(picture.arrows, places, rankdir))


def far() -> Value:
    """A graph with a short and a long arrow to one box."""
    x = Value(2.0, label="x")
    y = x
    for _ in range(10):
        y = y.tanh()
    out = y + x
    out.backward()
    return out


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@pytest.mark.parametrize("make", [neuron, far])
def test_texts_are_near_the_head_however_long_an_arrow_is(make: object, rankdir: str) -> None:
    assert callable(make)
    arrows = drawn(make(), rankdir)
    assert any(arrow.texts for arrow in arrows)
    for arrow in arrows:
        for text in arrow.texts:
            assert math.dist(text, arrow.end) <= BEFORE_HEAD + ROOM_FOR_TEXT


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_arrows_between_the_same_boxes_are_apart_and_so_are_their_texts(rankdir: str) -> None:
    x = Value(1.0, label="x")
    y = x * x
    y.backward()
    arrows = drawn(y, rankdir)
    assert len(arrows) == 2
    for one, other in combinations(arrows, 2):
        assert math.dist(one.start, other.start) > 10.0
        assert math.dist(one.end, other.end) > 10.0
        assert {*one.texts}.isdisjoint(other.texts)


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_the_lines_of_a_text_are_below_each_other(rankdir: str) -> None:
    for arrow in drawn(neuron(), rankdir):
        [first, second] = arrow.texts
        assert (first[0], first[1] < second[1]) == (second[0], True)
