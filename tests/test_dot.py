"""DOT text, against files in tests/golden; after a change that is meant, `PYTHONPATH=. python tests/test_dot.py`
writes them anew, and the difference is read before it is kept."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from viz_graphs import HOSTILE, dead_relu, network, neuron

from micrograd_plus import Value, scope
from micrograd_plus.viz.dot import dot_text
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.picture import shortened
from micrograd_plus.viz.render import render

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"


def golden_texts() -> dict[str, str]:
    root = network(hidden=3)
    root.backward()
    return {
        "neuron.dot": dot_text(picture_of(neuron())),
        "dead_relu.dot": dot_text(picture_of(dead_relu()), rankdir="TB"),
        "network.dot": dot_text(picture_of(root, "neuron")),
    }


@pytest.mark.parametrize("name", ["neuron.dot", "dead_relu.dot", "network.dot"])
def test_text_is_as_it_was(name: str) -> None:
    assert golden_texts()[name] == (GOLDEN / name).read_text(encoding="utf-8")


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
