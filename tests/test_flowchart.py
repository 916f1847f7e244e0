"""Mermaid text: what the lines say, what is folded, and labels that are signs of Mermaid's."""

import re
from html import unescape

import pytest

from micrograd_plus import Value, nn
from micrograd_plus.texts import shortened
from micrograd_plus.viz.drawing import draw
from micrograd_plus.viz.flowchart import MOST_ARROWS, mermaid, mermaid_text
from tests.hostile import DRAWN as HOSTILE
from tests.viz_graphs import dead_relu, network, neuron

BOX = re.compile(r'^ {4}(n\d+)\S*?"(.*?)"\S*$', re.MULTILINE)
MERMAIDS = ["1. first", "- item", "# head", "`code`", "**bold**", "end", "click n0 href", "%% c", "$$x^2$$", "n1;n2"]


def labels(text: str) -> dict[str, list[str]]:
    """Return the lines of each box's label, decoded as Mermaid does."""
    decoded = {key: re.sub(r"#(\d+);", r"&#\1;", label) for key, label in BOX.findall(text)}
    return {key: [unescape(line) for line in label.split("<br>")] for key, label in decoded.items()}


def test_boxes_and_arrows_are_those_of_the_picture() -> None:
    picture = draw(neuron()).picture
    text = mermaid(neuron())
    assert labels(text) == {box.key: [line for line in (box.symbol, *box.lines()) if line] for box in picture.boxes}
    arrows = re.findall(r'^ {4}(n\d+) --.\|"(.*?)"\| (n\d+)$', text, re.MULTILINE)
    assert arrows == [(arrow.tail, "<br>".join(arrow.texts), arrow.head) for arrow in picture.arrows]


def test_every_box_has_its_colour_and_every_arrow_its_line() -> None:
    picture = draw(neuron()).picture
    text = mermaid(neuron())
    look = dict(re.findall(r"classDef (c\d+) fill:(#\w+)", text))
    fill = {key: look[name] for keys, name in re.findall(r"class (\S+) (c\d+)", text) for key in keys.split(",")}
    assert fill == {box.key: picture.fill(box) for box in picture.boxes}
    lines = {int(k): colour for ks, colour in re.findall(r"linkStyle (\S+) stroke:(#\w+)", text) for k in ks.split(",")}
    assert lines == {k: picture.line(arrow) for k, arrow in enumerate(picture.arrows)}


def test_a_cut_arrow_ends_in_a_cross() -> None:
    assert mermaid(dead_relu()).count(" --x|") == 1


def test_frames_open_and_close_as_scopes_do() -> None:
    depth, titles = 0, []
    for line in mermaid(network()).splitlines():
        if line.startswith("    subgraph "):
            titles.append("  " * depth + line.split('"')[1])
            depth += 1
        depth -= line == "    end"
    assert depth == 0
    assert titles[:4] == ["net", "  layer1", "    neuron1", "    neuron2"]


def test_a_large_network_is_drawn_by_layers() -> None:
    root = nn.MLP(2, [16, 16, 1], rng=0)([1.0, 2.0])
    assert len(draw(root).picture.arrows) > MOST_ARROWS
    assert mermaid(root) == mermaid(root, "layer")
    assert draw(root, "layer").picture.caption in mermaid(root).replace("#44;", ",")
    assert mermaid(root, "neuron") != mermaid(root)


@pytest.mark.parametrize("label", [*HOSTILE, *MERMAIDS])
def test_a_label_is_text_and_nothing_else(label: str) -> None:
    text = mermaid(Value(1.0, label=label))
    (shown,) = labels(text).values()
    assert "\n".join(shown).replace("\u2060", "") == "\n".join([*shortened(label).split("\n"), "data 1", "no grad yet"])
    inside = BOX.findall(text)[0][1].replace("<br>", "")
    assert not set(re.sub(r"#\d+;", "", inside)) & set('"<>&;#`$%[]{}|\\*')
    text.encode()


def test_a_scope_s_name_is_text_and_nothing_else() -> None:
    from micrograd_plus import scope

    with scope('"]; evil <b>'):
        text = mermaid(Value(1.0).sin())
    assert 'subgraph s0["#34;#93;#59; evil #60;b#62;"]' in text


def test_directions_and_determinism() -> None:
    assert mermaid(neuron(), rankdir="TB").startswith("flowchart TB\n")
    drawing = draw(network())
    assert mermaid_text(drawing.picture) == mermaid(network())
