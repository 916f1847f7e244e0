"""The player as text: what is written is whole, equal for equal graphs, and small."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from micrograd_plus import Tensor, Value, explain
from micrograd_plus.engine import graph
from micrograd_plus.viz.backward_player import COLUMNS, palette, player_html
from micrograd_plus.viz.colour import Scale
from micrograd_plus.viz.page import Page, static
from micrograd_plus.viz.players import player
from tests.hostile import DRAWN as HOSTILE
from tests.viz_graphs import dead_relu, network, neuron, parameter


def data_of(html: str) -> Any:
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    return json.loads(text)


def tensors() -> Tensor:
    x, w = Tensor([[1.0, -2.0]], label="x"), Tensor([[0.5], [0.25]], label="w")
    return (x @ w).tanh().sum()


def thousand_nodes() -> Value:
    """One sample of a network as large as micrograd's demo: two layers of 16 neurons, every weight with a name."""
    return network(inputs=16, hidden=18)


def test_written_to_a_path_or_returned(tmp_path: Path) -> None:
    returned = player(neuron())
    assert isinstance(returned, Page)
    written = player(neuron(), tmp_path / "a.html")
    assert written is None
    assert (tmp_path / "a.html").read_text("utf-8") == returned.html == player_html(neuron())


def test_a_player_that_cannot_be_made_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text("old")
    with pytest.raises(ValueError, match="rankdir"):
        player(neuron(), file, rankdir="RL")
    with pytest.raises(ValueError, match="contribution"):
        player(neuron(), file, by="steps")
    assert file.read_text() == "old"
    with pytest.raises(OSError, match="nowhere"):
        player(neuron(), tmp_path / "nowhere" / "a.html")


@pytest.mark.parametrize("make", [neuron, dead_relu, lambda: network(hidden=12, samples=4)])
@pytest.mark.parametrize("by", ["node", "layer", "contribution"])
def test_going_through_the_changes_each_box_takes_each_of_its_looks_in_order(make: Any, by: str) -> None:
    data = data_of(player_html(make(), by=by))
    looks = [0] * len(data["boxes"])
    for step in data["steps"]:
        for k, look in step["changes"]:
            assert look == looks[k] + 1
            looks[k] = look
    assert [len(box["looks"]) - 1 for box in data["boxes"]] == looks
    assert {box["looks"][0][0] for box in data["boxes"]} == {"waiting"}
    assert {box["looks"][-1][0] for box in data["boxes"]} == {"complete"}


@pytest.mark.parametrize("make", [neuron, dead_relu, tensors])
def test_every_gradient_of_a_small_graph_is_explained(make: Any) -> None:
    root = make()
    boxes = data_of(player_html(root))["boxes"]
    assert any("why" in box for box in boxes)
    for node, box in zip(graph(root), boxes, strict=True):
        if "why" in box:
            assert box["why"] == explain(root, node).in_columns(COLUMNS)


@pytest.mark.slow
def test_in_large_graphs_no_gradient_is_explained() -> None:
    assert not any("why" in box for box in data_of(player_html(thousand_nodes(), by="node"))["boxes"])


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_is_markup(label: str) -> None:
    html = player_html(Value(1.0, label=label) * parameter(2.0, label))
    assert html.count("<script") == html.count("</script>") == 6
    assert "<img" not in html
    assert len(html) < 100_000
    html.encode()
    assert data_of(html)["boxes"][0]["looks"]


def test_a_label_that_looks_like_a_gap_in_our_own_page_stays_as_it_is() -> None:
    x = Value(1.0, label="{palette} {title}")
    assert "Backpropagation of {palette} {title}</h1>" in player_html(x)


def test_equal_graphs_give_equal_bytes() -> None:
    assert player_html(dead_relu()) == player_html(dead_relu())


def test_the_colours_are_those_of_the_pictures() -> None:
    scale = Scale.of([3.0])
    assert f"--positive-strong-fill: {scale.fill(3.0)};" in palette()
    assert f"--negative-strong-line: {scale.line(-3.0)};" in palette()
    assert f"--negative-pale-fill: {scale.fill(-1e-30)};" in palette()


def test_every_colour_of_a_dark_page_has_one_of_a_light_page() -> None:
    dark = re.findall(r"^    --([\w-]+):", static("player.css"), flags=re.MULTILINE)
    assert sorted(dark) == sorted(re.findall(r"--([\w-]+):", palette()))


def test_strong_lines_of_other_players_are_those_of_pictures() -> None:
    scale = Scale()
    for page, names in {"training.css": ("positive", "negative"), "descent.css": ("slope", "walk")}.items():
        for name, sign in zip(names, (1.0, -1.0), strict=True):
            assert f"  --{name}: {scale.line(sign)};" in static(page)


@pytest.mark.slow
def test_a_thousand_nodes_are_below_one_and_a_half_megabytes() -> None:
    root = thousand_nodes()
    html = player_html(root, by="node")
    assert 950 <= len(data_of(html)["boxes"]) <= 1000
    assert len(html.encode()) < 1_500_000
