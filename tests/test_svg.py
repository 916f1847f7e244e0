import xml.etree.ElementTree as ElementTree

import pytest
from viz_graphs import HOSTILE, dead_relu, network, neuron

from micrograd_plus import Value, scope
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.picture import short
from micrograd_plus.viz.svg import svg_text

SVG = "{http://www.w3.org/2000/svg}"


def drawn(root: Value, detail: str = "auto", rankdir: str = "LR") -> ElementTree.Element:
    return ElementTree.fromstring(svg_text(picture_of(root, detail), rankdir))


def texts(svg: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_everything_that_the_picture_says_is_written(rankdir: str) -> None:
    picture = picture_of(dead_relu())
    found = texts(drawn(dead_relu(), rankdir=rankdir))
    for box in picture.boxes:
        assert set(box.lines()) <= set(found)
    for arrow in picture.arrows:
        assert set(arrow.texts) <= set(found)
    assert {short(tick) for tick in picture.scale.ticks()} <= set(found)


def test_shapes_tell_the_roles_apart() -> None:
    svg = drawn(neuron())
    assert len(svg.findall(f".//{SVG}ellipse")) == 2  # x1, x2
    octagons = [p for p in svg.findall(f".//{SVG}g/{SVG}polygon") if len(p.get("points", "").split()) == 8]
    assert len(octagons) == 3  # w1, w2, b


def test_a_network_has_frames_with_headings_and_a_caption() -> None:
    found = texts(drawn(network(hidden=20)))
    assert {"layer1", "layer2"} <= set(found)
    assert any(text.endswith("groups") for text in found)


def test_boxes_lie_inside_the_view() -> None:
    svg = drawn(network(hidden=4), "neuron")
    left, top, width, height = map(float, svg.get("viewBox", "").split())
    for box in svg.findall(f".//{SVG}g/{SVG}rect"):
        x, y, w, h = (float(box.get(name, "")) for name in ("x", "y", "width", "height"))
        assert left <= x
        assert x + w <= left + width
        assert top <= y
        assert y + h <= top + height


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_stay_text(label: str) -> None:
    with scope(label):
        y = Value(1.0, label=label) * 2.0
        y.label = label
    svg = drawn(y)
    known = {"svg", "rect", "g", "text", "line", "polygon", "ellipse"}
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= known
