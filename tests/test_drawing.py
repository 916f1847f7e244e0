"""A drawing is saved in the format of its name; what cannot be made is refused, what cannot be read is folded."""

import pickle
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import graphviz
import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.viz import draw, draw_dot
from micrograd_plus.viz.collapse import MOST_IN_FULL
from micrograd_plus.viz.drawing import fitted
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.render import MOST_BOXES_FOR_GRAPHVIZ, RenderError
from tests.viz_graphs import network, neuron


def test_saved_in_the_format_of_the_name(tmp_path: Path) -> None:
    drawing = draw(neuron())
    for name, beginning in (("a.svg", b"<?xml"), ("a.PNG", b"\x89PNG"), ("a.dot", b"digraph {")):
        drawing.save(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(beginning)
    assert (tmp_path / "a.dot").read_text(encoding="utf-8") == drawing.dot


@pytest.mark.parametrize("name", ["a.gif", "a", "svg", ""])
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"ends in \.svg, \.png, \.pdf, \.dot or \.html"):
        draw(neuron()).save(tmp_path / name)


def test_a_picture_that_cannot_be_made_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "old.png"
    old.write_bytes(b"old")
    monkeypatch.setattr("micrograd_plus.viz.render._program", lambda name: None)
    with pytest.raises(RenderError):
        draw(neuron()).save(old)
    assert old.read_bytes() == b"old"


def test_without_any_graphviz_an_svg_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("micrograd_plus.viz.render._program", lambda name: None)
    draw(network(hidden=20)).save(tmp_path / "a.svg")
    texts = [element.text for element in ElementTree.parse(tmp_path / "a.svg").iter("{http://www.w3.org/2000/svg}text")]
    assert "layer1" in texts


def test_too_many_boxes_for_graphviz_are_drawn_all_the_same() -> None:
    y = Value(1.0)
    for _ in range(MOST_BOXES_FOR_GRAPHVIZ):
        y = y.sin()
    svg = ElementTree.fromstring(draw(y, detail="full").render("svg"))
    assert len(svg.findall(".//{*}g")) == MOST_BOXES_FOR_GRAPHVIZ + 1


def chain(length: int) -> Value:
    y = Value(1.0)
    for _ in range(length):
        y = y.sin()
    return y


def test_what_cannot_be_read_in_a_png_is_folded(tmp_path: Path) -> None:
    drawing = draw(chain(MOST_BOXES_FOR_GRAPHVIZ), detail="full")
    with pytest.warns(
        RuntimeWarning, match=r"2,001 boxes cannot be read in a PNG: it has 2,001 values shown as 2 groups"
    ):
        drawing.save(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == draw(drawing.root).render("png")
    with pytest.raises(ValueError, match=r"2,001 boxes cannot be read in a PDF: save them as \.svg"):
        pickle.loads(pickle.dumps(drawing)).render("pdf")  # noqa: S301 - its own bytes


def test_a_graph_too_large_for_any_picture_is_folded_in_full_too() -> None:
    drawing = draw(chain(MOST_IN_FULL), detail="full")
    assert len(drawing.picture.boxes) == 2
    assert "50,001 values shown as 2 groups" in drawing.dot


def test_it_shows_itself_in_notebooks() -> None:
    drawing = draw(network(hidden=20, samples=2))
    bundle = drawing._repr_mimebundle_()
    ElementTree.fromstring(bundle["image/svg+xml"])
    assert bundle["text/plain"] == repr(drawing) == f"<drawing of {drawing.picture.caption}>"


def test_showing_itself_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **options: object) -> bytes:
        raise MemoryError("no room")

    monkeypatch.setattr("micrograd_plus.viz.drawing.render", broken)
    assert draw(neuron())._repr_mimebundle_() == {"text/plain": "<drawing of 10 values>, not drawn: no room"}


def test_details_and_directions() -> None:
    root = network(hidden=3)
    assert len(draw(root, "layer").picture.boxes) < len(draw(root, "neuron").picture.boxes)
    assert 'rankdir="TB"' in draw(root, rankdir="TB").dot
    with pytest.raises(ValueError, match="detail"):
        draw(root, "everything")
    with pytest.raises(TypeError, match="a Value or a Tensor"):
        draw(None)


def test_a_closer_look() -> None:
    root = network(hidden=20)
    root.backward()
    assert draw(root, focus="x1", up=1).picture == picture_of(root, focus="x1", up=1)
    assert draw(root, expand=["neuron2"], depth=9, min_grad=0.1, shares=True).picture == picture_of(
        root, expand=["neuron2"], depth=9, min_grad=0.1, shares=True
    )
    assert "x1" in repr(draw(root, focus="x1"))


def test_an_entry_of_a_matrix_product_is_drawn_as_numbers() -> None:
    X, W = Tensor(np.arange(6.0).reshape(2, 3), label="X"), Tensor(np.ones((3, 2)), label="W")
    product = X @ W
    drawing = draw(product, zoom=(1, 0))
    # Three products of two factors, and their sum.
    assert drawing.picture.values == 3 * 3 + 2
    assert drawing.picture.boxes[-1].data.low == product.data[1, 0]
    with pytest.raises(TypeError, match="wanted a Tensor to zoom into"):
        draw(neuron(), zoom=(0, 0))


def test_a_page_that_plays_the_backward_pass(tmp_path: Path) -> None:
    drawing = draw(neuron())
    drawing.save(tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    with pytest.raises(ValueError, match="draw it again"):
        pickle.loads(pickle.dumps(drawing)).save(tmp_path / "b.html")  # noqa: S301 - its own bytes
    assert not (tmp_path / "b.html").exists()


def test_a_drawing_can_be_kept() -> None:
    drawing = draw(neuron())
    assert pickle.loads(pickle.dumps(drawing)).dot == drawing.dot  # noqa: S301 - its own bytes


def test_draw_dot_is_a_digraph_with_the_same_text() -> None:
    root = neuron()
    digraph = draw_dot(root, format="png", rankdir="TB")
    assert isinstance(digraph, graphviz.Digraph)
    assert digraph.format == "png"
    assert digraph.source == draw(root, rankdir="TB").dot
    assert digraph.copy().source == digraph.source


def test_draw_dot_is_rendered_without_a_system_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    digraph = draw_dot(neuron())
    digraph.node("a note of the user's")
    assert "a note of the user" in digraph.pipe(encoding="utf-8")
    assert "a note of the user" in digraph._repr_mimebundle_()["image/svg+xml"]
    path = digraph.render("neuron", directory=tmp_path, format="png", cleanup=True)
    assert Path(path).read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in tmp_path.iterdir()] == ["neuron.png"]


def test_draw_dot_without_any_engine_says_so_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("micrograd_plus.viz.render._program", lambda name: None)
    [(kind, said)] = draw_dot(neuron())._repr_mimebundle_().items()
    assert kind == "text/plain"
    assert said == "not drawn: no svg without Graphviz: pip install graphviz-pure"


def test_one_value_is_no_plural() -> None:
    assert repr(draw(Value(1.0))) == "<drawing of 1 value>"


def test_a_wide_picture_fits_into_a_notebook_as_long_as_it_can_be_read() -> None:
    shown = draw(neuron())._repr_mimebundle_()["image/svg+xml"]
    [width] = re.findall(r'<svg\b[^>]*\bwidth="([\d.]+)pt"', shown)
    assert f' style="max-width: max(100%, {0.6 * float(width):.0f}pt); height: auto"' in shown
    assert fitted('<svg viewBox="0 0 1 1"/>') == '<svg viewBox="0 0 1 1"/>'
