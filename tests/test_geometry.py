"""Where things stand: what Graphviz says is read as it is meant, and without Graphviz all stands somewhere, too."""

import re

import pytest

from micrograd_plus import Value
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.geometry import Geometry, geometry
from micrograd_plus.viz.layout import Place
from micrograd_plus.viz.picture import Picture
from micrograd_plus.viz.render import engines
from micrograd_plus.viz.straight import Point
from tests.hostile import DRAWN as HOSTILE
from tests.viz_graphs import dead_relu, network, neuron

NEAR = 12.0  # points: an arrow's line ends in front of a box, its head touches it


def ends(found: Geometry, k: int) -> tuple[Point, Point]:
    """Return where arrow `k` begins and where its head points to."""
    numbers = [float(x) for x in re.findall(r"-?[\d.]+", found.routes[k].line)]
    return (numbers[0], numbers[1]), found.routes[k].head[0]


def is_at(point: Point, place: Place) -> bool:
    x, y = abs(point[0] - place.x), abs(point[1] - place.y)
    return x <= place.width / 2 + NEAR and y <= place.height / 2 + NEAR


def check(found: Geometry, picture: Picture) -> None:
    assert set(found.places) == {box.key for box in picture.boxes}
    assert len(found.routes) == len(picture.arrows)
    for k, arrow in enumerate(picture.arrows):
        start, point = ends(found, k)
        assert is_at(start, found.places[arrow.tail])
        assert is_at(point, found.places[arrow.head])
        assert len(found.routes[k].texts) == len(arrow.texts)
    for box in picture.boxes:
        if box.symbol:
            place = found.places[box.key]
            assert abs(found.splits[box.key] - place.x) < place.width / 2


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@pytest.mark.parametrize("make", [neuron, dead_relu, network, lambda: network(hidden=20, samples=3)])
@pytest.mark.parametrize("is_there", [True, False])
def test_every_arrow_leads_from_its_tail_to_its_head(
    make: object, rankdir: str, is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(make)
    if not is_there:
        monkeypatch.setattr("micrograd_plus.viz.render._program", lambda name: None)
        assert not engines()
    picture = picture_of(make())
    check(geometry(picture, rankdir), picture)


def test_two_arrows_between_the_same_boxes_are_two_lines() -> None:
    x = Value(1.0, label="x")
    found = geometry(picture_of(x + x))
    assert len({route.line for route in found.routes}) == 2


def test_frames_hold_the_boxes_of_their_scopes() -> None:
    picture = picture_of(network())
    found = geometry(picture)
    frames = {frame.heading: frame.place for frame in found.frames}
    assert {"net", "layer1", "layer2"} <= set(frames)
    for box in picture.boxes:
        for name in {"net", "layer1", "layer2"} & set(box.path):
            place, frame = found.places[box.key], frames[name]
            assert abs(place.x - frame.x) + place.width / 2 <= frame.width / 2 + 0.1
            assert abs(place.y - frame.y) + place.height / 2 <= frame.height / 2 + 0.1


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_change_nothing(label: str) -> None:
    x = Value(1.0, label=label)
    picture = picture_of(x * 2.0)
    check(geometry(picture), picture)
