"""The tree of a graph: what each line tells, what is cut, and that no label can harm a terminal."""

import re

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, losses, nn
from micrograd_plus.engine import graph
from micrograd_plus.naming import names_of
from micrograd_plus.notation import short
from micrograd_plus.viz.outline import text
from tests.hostile import DRAWN as HOSTILE
from tests.viz_graphs import dead_relu, network, neuron


def table(tree: str) -> list[dict[str, str]]:
    """Return the name of each line, without what stands before it, and its cells."""
    heading, *lines = tree.splitlines()
    operation = heading.index("operation")
    found = []
    for line in lines:
        cells = re.split(r" {2,}", line[operation:].strip())
        found.append({"name": line[:operation].lstrip("├└│ ").strip(), "cells": "|".join(cells)})
    return found


def test_each_line_tells_name_operation_data_gradient_and_slope() -> None:
    root = neuron()
    names = names_of(root)
    lines = {line["name"]: line["cells"] for line in table(text(root))}
    assert set(lines) == set(names.values())
    for node in graph(root):
        cells = lines[names[node]].split("|")
        assert cells[1:3] == [short(node.data), short(node.grad)]
        if not node.is_leaf:
            assert cells[0] == node.symbol
    assert lines["x1"].endswith(f"×{short(-3.0)}")  # the other factor


def test_the_indentation_is_the_depth() -> None:
    x = Value(1.0, label="x")
    starts = [
        line.index(name) for name, line in zip(("out", "#2", "x"), text(x.sin().cos()).splitlines()[1:], strict=True)
    ]
    assert starts == [0, 2, 4]


def test_what_two_operations_read_is_shown_once() -> None:
    x = Value(2.0, label="x")
    square = x * x
    lines = [(line["name"], line["cells"].split("|")[0]) for line in table(text(square + square))]
    assert lines == [("out", "+"), ("#2", "*"), ("x", "input"), ("x", "shown above"), ("#2", "shown above")]


def test_gradients_that_are_missing_or_none() -> None:
    assert "not yet" in text(Value(1.0).sin())
    x = Tensor([1.0, 2.0], label="x")
    y = (x * np.array([3.0, 4.0])).sum()
    y.backward()
    assert [line["cells"].split("|")[2] for line in table(text(y))][-1] == "none"
    assert [line["cells"].split("|")[2] for line in table(text(x * 3.0))][-1] == "none"


def test_a_dead_relu_and_a_stale_node_are_named() -> None:
    dead = next(line for line in text(dead_relu()).splitlines() if "relu" in line)
    assert dead.endswith("lets no gradient through")
    x = Value(1.0, label="x")
    y = x.sin().cos()
    x.data = 2.0
    assert [line.endswith("stale") for line in text(y).splitlines()[1:]] == [True, True, False]


def test_arrays_show_shapes_and_ranges() -> None:
    model = nn.ArrayMLP(2, [3, 1], rng=0)
    loss = losses.hinge(model([[0.5, -1.0], [2.0, 0.25]]).reshape(2), np.array([1.0, -1.0]))
    loss.backward()
    line = next(line for line in table(text(loss)) if line["name"] == "layer1.W")
    weights = model.parameters()[0]
    low, high = (short(float(x), 3) for x in (weights.data.min(), weights.data.max()))
    assert line["cells"].startswith(f"parameter (2 x 3)|{low} .. {high}|")


def test_scopes_are_named_where_they_begin() -> None:
    named = [line.rsplit("in ", 1)[1] for line in text(network()).splitlines() if " in layer" in line]
    assert named == ["layer2.neuron1"] + [f"layer1.neuron{k}" for k in (1, 2, 3)]  # all are in the scope net


# --- large graphs


@pytest.mark.parametrize("lines", [1, 5, 20])
def test_lines_left_out_are_counted(lines: int) -> None:
    root = nn.MLP(2, [16, 16, 1], rng=0)([1.0, 2.0])
    every = 1 + sum(len(node.inputs) for node in graph(root))
    _, *shown, last = text(root, lines=lines).splitlines()
    assert 0 < len(shown) <= lines
    assert last == f"... {every - len(shown):,} of {every:,} lines left out"


def test_the_depth_is_counted_from_the_root() -> None:
    x = Value(0.5, label="x")
    y = x.sin().cos().tanh()
    assert len(text(y, depth=0).splitlines()) == 1 + 1 + 1
    assert len(text(y, depth=2).splitlines()) == 1 + 3 + 1
    assert len(text(y, depth=3).splitlines()) == 1 + 4


def test_what_is_cut_at_its_first_place_is_shown_at_a_later_one() -> None:
    x = Value(0.5, label="x")
    shared = x.sin()
    tree = text(shared.cos().tanh() + shared, depth=2)
    assert sum(line["name"] == "x" for line in table(tree)) == 1


@pytest.mark.slow
def test_a_chain_of_a_hundred_thousand_nodes() -> None:
    y = Value(1.0)
    for _ in range(100_000):
        y = y.sin()
    tree = text(y).splitlines()
    assert len(tree) < 70
    assert max(map(len, tree)) <= 100


def test_usual_graphs_fit_into_a_hundred_columns() -> None:
    root = nn.MLP(2, [16, 16, 1], rng=0)([1.0, 2.0])
    assert max(map(len, text(root).splitlines())) <= 100
    assert max(map(len, text(neuron()).splitlines())) <= 80


# --- text


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_stays_in_its_line(label: str) -> None:
    tree = text(Value(1.0, label=label).sin())
    assert len(tree.splitlines()) == 3
    assert all(character.isprintable() for character in tree.replace("\n", ""))
    tree.encode()


def test_wide_characters_keep_the_columns() -> None:
    root = Value(1.0, label="名前") + Value(2.0, label="b")
    _, _, wide, narrow = text(root).splitlines()
    assert narrow.index("input") - wide.index("input") == 2  # each of the two takes two columns


def test_only_ascii() -> None:
    tree = text(Value(1.0, label="π") * Value(2.0, label="b"), only_ascii=True)
    assert tree.isascii()
    assert re.search(r"\|-\? .*\n`-b ", tree)
    assert "*2" in tree


def test_the_same_program_gives_the_same_text() -> None:
    assert text(network()) == text(network())


def test_what_is_no_graph_or_no_number() -> None:
    with pytest.raises(TypeError, match="a Value or a Tensor"):
        text(3.0)
    with pytest.raises(ValueError, match="lines is at least 1"):
        text(neuron(), lines=0)
    with pytest.raises(ValueError, match="depth is at least 0"):
        text(neuron(), depth=-1)
