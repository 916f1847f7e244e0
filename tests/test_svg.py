"""Our own SVG writes all that the picture says, in shapes that tell the roles apart."""

import xml.etree.ElementTree as ElementTree

import pytest

from micrograd_plus import Tensor, Value, scope
from micrograd_plus.engine import Node
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.heat import panels, remarks, title
from micrograd_plus.viz.picture import short
from micrograd_plus.viz.svg import svg_text
from tests.hostile import DRAWN as HOSTILE
from tests.viz_graphs import dead_relu, layer_of_arrays, network, neuron, stale

SVG = "{http://www.w3.org/2000/svg}"
KNOWN = {"svg", "rect", "g", "text", "line", "polygon", "ellipse"}


def drawn(root: Node, detail: str = "auto", rankdir: str = "LR") -> ElementTree.Element:
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
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= KNOWN


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_of_arrays_stay_text(label: str) -> None:
    y = Tensor([1.0, 2.0], label=label).tanh()
    y.label = label
    assert {element.tag.removeprefix(SVG) for element in drawn(y).iter()} <= KNOWN


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_arrays_have_their_numbers_and_a_cell_for_each_element(rankdir: str) -> None:
    picture = picture_of(layer_of_arrays())
    svg = drawn(layer_of_arrays(), rankdir=rankdir)
    found = texts(svg)
    groups = svg.findall(f"{SVG}g")
    assert len(groups) == len(picture.boxes)
    for box, group in zip(picture.boxes, groups, strict=True):
        if box.heat:
            parts = panels(box, picture.scale)
            said = [title(box), *remarks(box), *(line for panel in parts for line in (panel.heading, *panel.lines))]
            assert set(said) <= set(found)
            cells = [cell.fill for panel in parts for row in panel.cells for cell in row]
            fills = [rect.get("fill") for rect in group.findall(f"{SVG}rect")]
            assert [fill for fill in fills if fill != "none"][-len(cells) :] == cells


def test_what_stands_in_a_box_of_an_array_stays_inside() -> None:
    boxes = [list(group) for group in drawn(layer_of_arrays()).findall(f"{SVG}g")]
    operations = [parts for parts in boxes if parts[0].tag == f"{SVG}rect"]
    assert len(operations) == 6  # @, +, relu, -, **2, mean
    for outline, *others in operations:
        parts = [part for part in others if part.tag == f"{SVG}rect"]
        left, top, width, height = (float(outline.get(name, "")) for name in ("x", "y", "width", "height"))
        for part in parts:
            x, y, w, h = (float(part.get(name, "")) for name in ("x", "y", "width", "height"))
            assert left <= x
            assert x + w <= left + width
            assert top <= y
            assert y + h <= top + height
        for text in others:
            if text.tag == f"{SVG}text":
                assert top < float(text.get("y", "")) < top + height


def test_what_is_stale_has_struck_corners() -> None:
    picture = picture_of(stale())
    for box, group in zip(picture.boxes, drawn(stale()).findall(f"{SVG}g"), strict=True):
        strokes = len(group.findall(f"{SVG}line")) - bool(box.symbol)
        assert strokes == (4 if box.is_stale else 0)
