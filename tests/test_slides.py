"""Frames: nothing moves between them, and they are saved whole or not at all."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from micrograd_plus import Tensor, Value, nn
from micrograd_plus.viz import slides as module
from micrograd_plus.viz.render import RenderError
from micrograd_plus.viz.slides import Frames, frames
from tests.hostile import DRAWN as HOSTILE
from tests.viz_graphs import dead_relu, network, neuron


def geometry(svg: bytes) -> dict[str, list[str]]:
    """Return the corners of each box, the way of each arrow, the place of each frame, and the size of the page."""
    found = {"page": re.findall(rb'<svg width="\S+" height="\S+"', svg)}
    for kind, title, body in re.findall(rb'<g id="\w+" class="(\w+)">\s*<title>(.*?)</title>(.*?)</g>', svg, re.DOTALL):
        shapes = re.findall(
            rb' (?:points|d|cx|cy|rx|ry)="([^"]*)"', re.sub(rb"<text.*?</text>", b"", body, flags=re.DOTALL)
        )
        if kind == b"edge":
            shapes = shapes[:1]  # the way; the head's shape says whether something arrives
        found.setdefault(f"{kind!r} {title!r}", []).extend(shapes[:1])
    return found


GRAPHS = {
    "neuron": neuron,
    "dead relu": dead_relu,
    "full network": network,
    "collapsed network": lambda: nn.MLP(2, [16, 16, 1], rng=0)([1.0, 2.0]),
    "arrays": lambda: (Tensor([[1.0, 2.0]], label="x") @ Tensor([[3.0], [4.0]], label="w")).tanh().sum(),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_nothing_moves(name: str) -> None:
    made = frames(GRAPHS[name]())
    first, *others = [geometry(made.render(k, "svg")) for k in range(len(made))]
    assert len(first) > 2
    assert others
    for other in others:
        assert other.keys() == first.keys()
        assert {key for key in first if "edge" not in key and other[key] != first[key]} == set()


def test_what_is_played_has_an_outline_of_its_own() -> None:
    made = frames(neuron())
    marked = [set(re.findall(r"^\t(n\d+) \[.*#7b1fa2", made.dot(k), re.MULTILINE)) for k in range(len(made))]
    assert marked == [set(stage.current) for stage in made.stages]


def test_the_caption_and_the_legend_of_the_whole_pass_stand_below() -> None:
    made = frames(dead_relu())
    for k, stage in enumerate(made.stages):
        texts = re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), made.render(k, "svg").decode())
        assert all(line.replace("<", "&lt;") in texts for line in stage.caption)
        assert "lets no gradient through" in texts


def test_a_folder_of_numbered_pictures(tmp_path: Path) -> None:
    made = frames(neuron())
    for format, beginning in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        folder = tmp_path / format
        files = made.save(folder, format=format)
        assert [file.name for file in files] == [f"frame-{k:02}.{format}" for k in range(1, len(made) + 1)]
        assert sorted(folder.iterdir()) == files
        assert all(file.read_bytes().startswith(beginning) for file in files)


def test_a_gif_plays_all_frames(tmp_path: Path) -> None:
    made = frames(neuron())
    [file] = made.save(tmp_path / "neuron.GIF", seconds=0.5)
    with Image.open(file) as gif:
        assert gif.n_frames == len(made)
        assert max(gif.size) <= module.MOST_PIXELS_A_SIDE
        durations = []
        for k in range(gif.n_frames):
            gif.seek(k)
            durations.append(gif.info["duration"])
    assert durations == [500.0] * (len(made) - 1) + [3000.0]


@pytest.mark.slow
def test_colours_of_a_gif_are_those_of_the_pictures(tmp_path: Path) -> None:
    made = frames((Value(0.5, label="x") * Value(-1.0, label="w")).tanh())
    [file] = made.save(tmp_path / "small.gif")
    with Image.open(file) as gif:
        for k, stage in enumerate(made.stages):
            gif.seek(k)
            pixels = np.asarray(gif.convert("RGB")).astype(int)
            for box in stage.picture.boxes:
                fill = np.array(list(bytes.fromhex(stage.picture.fill(box)[1:])))
                is_filled = np.abs(pixels - fill).max(axis=-1) <= 6  # of 255: there are 256 colours for all frames
                assert is_filled.sum() > 1000


def test_a_huge_gif_is_refused_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("micrograd_plus.viz.gif.MOST_PIXELS", 1_000_000)
    with pytest.raises(ValueError, match=r"a GIF of 6 frames of \d+ x \d+ pixels would be huge: play by='layer'"):
        frames(neuron()).save(tmp_path / "neuron.gif")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_if_a_frame_cannot_be_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = frames(neuron())
    monkeypatch.setattr("micrograd_plus.viz.render._program", lambda name: None)
    for path in ("folder", "neuron.gif"):
        with pytest.raises(RenderError, match="pip install graphviz-pure"):
            made.save(tmp_path / path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("path", "options"), [("x.png", {}), ("x", {"format": "pdf"}), ("x.gif", {"seconds": 0.0})])
def test_what_cannot_be_saved(path: str, options: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wanted"):
        frames(neuron()).save(tmp_path / path, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_are_text_and_nothing_else(label: str) -> None:
    made = frames(Value(1.0, label=label).sin())
    svg = made.render(len(made) - 1, "svg")
    assert svg.count(b'class="node"') == 2
    assert not re.search(rb"<(script|img|b)\b", svg)


def test_repr_and_length() -> None:
    made = frames(neuron())
    assert isinstance(made, Frames)
    assert repr(made) == f"<{len(made)} frames of a backward pass>"
