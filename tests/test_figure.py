"""Pictures on paper: all stands on the sheet, whatever it is called, and the same bytes come out each time."""

import io
import re
from dataclasses import replace

import pytest
from PIL import Image

from micrograd_plus import Value
from micrograd_plus.engine import Node
from micrograd_plus.viz.figure import LARGEST, SHEET, Sheet, bounds, figure, image, pdf, room
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.geometry import geometry
from tests.hostile import DRAWN as HOSTILE
from tests.viz_graphs import dead_relu, layer_of_arrays, network, neuron


def sheet(root: Node, rankdir: str = "LR") -> Sheet:
    picture = picture_of(root)
    return Sheet("Title", ("line 1", "line 2"), picture, geometry(picture, rankdir))


GRAPHS = {"neuron": neuron, "dead relu": dead_relu, "network": lambda: network(3, 4), "arrays": layer_of_arrays}


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@pytest.mark.parametrize("name", GRAPHS)
def test_all_texts_and_boxes_stand_on_the_sheet(name: str, rankdir: str) -> None:
    made = figure(sheet(GRAPHS[name](), rankdir))
    width, height = (72.0 * inches for inches in made.get_size_inches())
    assert sorted((width, height)) == pytest.approx(sorted(SHEET))
    [axes] = made.axes
    made.draw_without_rendering()
    for artist in (*axes.texts, *axes.patches, *axes.lines):
        box = artist.get_window_extent().transformed(made.dpi_scale_trans.inverted())
        assert 0.0 <= box.x0 <= box.x1 <= width / 72.0
        assert 0.0 <= box.y0 <= box.y1 <= height / 72.0


def test_a_picture_has_all_its_texts() -> None:
    made = sheet(neuron())
    found = [text.get_text() for text in figure(made).axes[0].texts]
    for box in made.picture.boxes:
        assert set(box.lines()) <= set(found)
        assert not box.symbol or box.symbol in found
    for arrow in made.picture.arrows:
        assert set(arrow.texts) <= set(found)
    assert {"Title", "line 1", "line 2"} <= set(found)


def test_the_sheet_lies_or_stands_as_there_is_more_room() -> None:
    chain = Value(1.0, label="x")
    for _ in range(12):
        chain = chain.tanh()
    for rankdir, lies in (("LR", True), ("TB", False)):
        made = sheet(chain, rankdir)
        lying, standing = room(made.places)
        width, height = figure(made).get_size_inches()
        assert bool(width > height) is (lying > standing) is lies
    left, top, right, bottom = bounds(made.places)
    assert max(room(made.places)) * (bottom - top) < max(SHEET)
    assert room(sheet(Value(1.0)).places) == (LARGEST, LARGEST)
    assert right > left


@pytest.mark.slow
def test_the_same_bytes_each_time() -> None:
    first, again = ([pdf([made, made], "t"), image(made, "svg"), image(made, "png")] for made in map(sheet, _twins()))
    assert first == again


def _twins() -> list[Value]:
    return [neuron(), neuron()]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Glyph")  # the font that is there everywhere has no Chinese signs
def test_hostile_labels_are_drawn_as_they_are() -> None:
    root = Value(1.0)
    for label in [*HOSTILE, "$\\frac{1}{2}$", "\\alpha", "_x", "%s {}"]:
        root = root + Value(1.0, label=label)
    made = replace(sheet(root), title=HOSTILE[0], lines=("lone \ud800 surrogate", "$\\frac{1}{2}$"))
    texts = [text.get_text() for text in figure(made).axes[0].texts]
    for box in made.picture.boxes:
        assert set(box.lines()) <= set(texts)
    assert "<script" not in image(made, "svg").decode()
    assert pdf([made], "t").startswith(b"%PDF")


def test_formats() -> None:
    made = sheet(neuron())
    assert len(re.findall(rb"/Type /Page\b", pdf([made, made], "t"))) == 2
    assert image(made, "svg").startswith(b"<?xml")
    assert Image.open(io.BytesIO(image(made, "png"))).size == tuple(int(2 * points) for points in SHEET)
