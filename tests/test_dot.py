"""DOT text, against files in tests/golden; after a change that is meant, `PYTHONPATH=. python tests/test_dot.py`
writes them anew, and the difference is read before it is kept."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from micrograd_plus import Tensor, Value, scope
from micrograd_plus.texts import shortened
from micrograd_plus.viz.dot import dot_text
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.render import render
from tests.hostile import DRAWN as HOSTILE
from tests.viz_graphs import dead_relu, layer_of_arrays, network, neuron, stale

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"
SVG = "{http://www.w3.org/2000/svg}"
KNOWN = {"svg", "g", "title", "text", "polygon", "polyline", "path", "ellipse"}  # no script, no image, no link
NAMES = ("x (2 x 2)", "W (2 x 3)", "b (3)", "(3)", "@")


def golden_texts() -> dict[str, str]:
    root = network(hidden=3)
    root.backward()
    return {
        "neuron.dot": dot_text(picture_of(neuron())),
        "dead_relu.dot": dot_text(picture_of(dead_relu()), rankdir="TB"),
        "network.dot": dot_text(picture_of(root, "neuron")),
        "layer_of_arrays.dot": dot_text(picture_of(layer_of_arrays())),
        "stale.dot": dot_text(picture_of(stale())),
    }


@pytest.mark.parametrize("name", ["neuron.dot", "dead_relu.dot", "network.dot", "layer_of_arrays.dot", "stale.dot"])
def test_text_is_as_it_was(name: str) -> None:
    assert golden_texts()[name] == (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_same_program_gives_the_same_bytes_in_every_process() -> None:
    program = "import test_dot; print(''.join(test_dot.golden_texts().values()), end='')"
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1] == "".join(golden_texts().values()).encode()


def test_names_do_not_depend_on_what_was_computed_before() -> None:
    before = dot_text(picture_of(neuron()))
    Value(1.0) * 2.0
    assert dot_text(picture_of(neuron())) == before


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_shown_as_they_are(label: str) -> None:
    with scope(label):
        y = Value(1.0, label=label) * Value(2.0)
    y.label = label
    svg = ElementTree.fromstring(render(dot_text(picture_of(y)), "svg"))
    texts = ["".join(element.itertext()) for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    # In the input's box, in the operation's and above the frame; a record folds spaces.
    for line in shortened(label).split("\n"):
        assert texts.count(line) >= 2
        assert [" ".join(text.split()) for text in texts].count(" ".join(line.split())) == 3
    assert not svg.findall(".//{*}script")
    assert not svg.findall(".//{*}img")


def test_hostile_operations_are_shown_as_they_are() -> None:
    y = Value(1.0, (Value(2.0),), '<{|"\\}>')
    svg = ElementTree.fromstring(render(dot_text(picture_of(y)), "svg"))
    assert '<{|"\\}>' in {"".join(text.itertext()) for text in svg.iter("{http://www.w3.org/2000/svg}text")}


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_of_arrays_are_shown_as_they_are(label: str) -> None:
    x = Tensor([1.0, 2.0], label=label)
    y = x.tanh()
    y.label = label
    svg = ElementTree.fromstring(render(dot_text(picture_of(y)), "svg"))
    texts = [" ".join("".join(element.itertext()).split()) for element in svg.iter(f"{SVG}text")]
    for line in f"{shortened(label)} (2)".split("\n"):
        assert texts.count(" ".join(line.split())) == 2
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= KNOWN


def test_arrays_have_the_shapes_of_their_roles() -> None:
    lines = dot_text(picture_of(layer_of_arrays())).splitlines()
    nodes = [line for line in lines if line.lstrip().startswith("n") and "data<" in line]
    shapes = {name: line.split('shape="')[1].split('"')[0] for line in nodes for name in NAMES if f">{name}<" in line}
    assert shapes == {"x (2 x 2)": "ellipse", "W (2 x 3)": "octagon", "b (3)": "octagon", "(3)": "note", "@": "box"}


def test_a_heat_map_has_a_cell_for_each_element() -> None:
    root = layer_of_arrays()
    svg = ElementTree.fromstring(render(dot_text(picture_of(root)), "svg"))
    [x] = [g for g in svg.iter(f"{SVG}g") if g.get("class") == "node" and "x (2 x 2)" in "".join(g.itertext())]
    squares = [polygon for polygon in x.iter(f"{SVG}polygon") if polygon.get("fill") != "none"]
    assert len(squares) == 4 + 4


def test_what_is_stale_has_struck_corners() -> None:
    picture = picture_of(stale())
    styles = {
        line.split()[0]: line.split('style="')[1].split('"')[0]
        for line in dot_text(picture).splitlines()
        if line.lstrip().startswith("n") and "->" not in line and "style" in line
    }
    assert {key for key, style in styles.items() if "diagonals" in style} == {
        box.key for box in picture.boxes if box.is_stale
    }
    assert len({box.is_stale for box in picture.boxes}) == 2


def test_frames_nest_as_scopes_do() -> None:
    x = Value(1.0, label="x")
    with scope("outer"):
        with scope("first"):
            x = x + 1.0
        with scope("second"):
            x = x * 2.0
        x = x - 3.0
    lines = [line.strip() for line in dot_text(picture_of(x)).splitlines()]
    opened = [line for line in lines if line.startswith("subgraph") or line == "}"]
    assert [line.split()[0] for line in opened] == ["subgraph", "subgraph", "}", "subgraph", "}", "}", "}"]


def test_a_network_is_placed_in_columns() -> None:
    text = dot_text(picture_of(network(hidden=3), "neuron"))
    assert "layout=" in text
    assert 'label="layer1"' in text
    assert "subgraph" not in text


def test_the_root_and_what_is_not_computed_look_different() -> None:
    x = Value(1.0, label="x")
    text = dot_text(picture_of(x.tanh()))
    assert text.count('style="filled,dashed"') == 2
    assert text.count('penwidth="3"') == 1


def test_unknown_direction() -> None:
    with pytest.raises(ValueError, match="out of LR, TB, got 'RL'"):
        dot_text(picture_of(Value(1.0)), rankdir="RL")


if __name__ == "__main__":
    for golden_name, golden_text in golden_texts().items():
        (GOLDEN / golden_name).write_text(golden_text, encoding="utf-8")
