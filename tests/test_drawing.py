import pickle
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import graphviz
import pytest
from viz_graphs import network, neuron

from micrograd_plus import Value
from micrograd_plus.viz import draw, draw_dot
from micrograd_plus.viz.drawing import MOST_BOXES_FOR_GRAPHVIZ
from micrograd_plus.viz.render import RenderError


def test_saved_in_the_format_of_the_name(tmp_path: Path) -> None:
    drawing = draw(neuron())
    for name, beginning in (("a.svg", b"<?xml"), ("a.PNG", b"\x89PNG"), ("a.dot", b"digraph {")):
        drawing.save(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(beginning)
    assert (tmp_path / "a.dot").read_text(encoding="utf-8") == drawing.dot


@pytest.mark.parametrize("name", ["a.gif", "a", "svg", ""])
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"ends in \.svg, \.png, \.pdf or \.dot"):
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
        draw(None)  # type: ignore[arg-type]  # that is the test


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
