"""The exercise gives nothing away, the answers are those of `backward()`, and both stand in the same places."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.engine import graph
from micrograd_plus.explanation import is_bare_number
from micrograd_plus.notation import short
from micrograd_plus.viz.colour import PENDING_FILL, PENDING_LINE
from micrograd_plus.viz.figure import Sheet
from micrograd_plus.viz.worksheet import MOST_VALUES, quiz_sheet, sheets
from tests.graphs import gradients_of
from tests.hostile import DRAWN as HOSTILE
from tests.viz_graphs import dead_relu, layer_of_arrays, network, neuron

GRAPHS = {"neuron": neuron, "dead relu": dead_relu, "network": network, "arrays": layer_of_arrays}


@cache
def made(name: str) -> tuple[Sheet, Sheet]:
    return sheets(GRAPHS[name]())


@pytest.mark.parametrize("name", GRAPHS)
def test_the_exercise_gives_nothing_away(name: str) -> None:
    exercise, _ = made(name)
    for box in exercise.picture.boxes:
        grads = [line for line in box.lines() if line.startswith("grad")]
        assert grads == ["grad 1"] if box.is_root else not re.search(r"\d", "".join(grads))
        assert exercise.picture.fill(box) == PENDING_FILL
        assert not box.cuts
    for arrow in exercise.picture.arrows:
        assert not re.search(r"\d", "".join(arrow.texts))
        assert (exercise.picture.line(arrow), arrow.style) == (PENDING_LINE, "solid")


@pytest.mark.parametrize("name", GRAPHS)
def test_the_answers_are_those_of_backward(name: str) -> None:
    root = GRAPHS[name]()
    before = gradients_of(root)
    exercise, answers = sheets(root)
    assert gradients_of(root) == before
    for node in graph(root):
        node.zero_grad()
    root.backward()
    for box, blank, node in zip(answers.picture.boxes, exercise.picture.boxes, graph(root), strict=True):
        numbers = [line.removeprefix("grad ") for line in box.lines() if line.startswith("grad")]
        if is_bare_number(node) or not node.has_grad:
            assert numbers == []
            continue
        found = [number for row in numbers for number in row.strip("[]").split(", ")]
        assert found == [short(float(x)) for x in np.ravel(node.grad)]
        blanks = [line for line in blank.lines() if line.startswith("grad")]
        assert box.is_root or sum(len(re.findall("_+", line)) for line in blanks) == len(found)


@pytest.mark.parametrize("name", GRAPHS)
def test_both_stand_in_the_same_places(name: str) -> None:
    exercise, answers = made(name)
    assert exercise.places == answers.places
    assert [box.key for box in exercise.picture.boxes] == [box.key for box in answers.picture.boxes]


def test_the_formula_is_given_where_names_are_clear() -> None:
    exercise, _ = sheets(neuron())
    assert exercise.lines[0] == "o = tanh(x1 * w1 + x2 * w2 + b)"
    assert not any(" = " in line for line in sheets(network())[0].lines)  # each neuron has a w1


@pytest.mark.slow
def test_a_pdf_of_two_pages_and_two_files_of_other_formats(tmp_path: Path) -> None:
    [file] = quiz_sheet(neuron(), tmp_path / "sheet.pdf")
    assert len(re.findall(rb"/Type /Page\b", file.read_bytes())) == 2
    for format, beginning in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        files = quiz_sheet(neuron(), tmp_path / f"sheet.{format}")
        assert [file.name for file in files] == [f"sheet.{format}", f"sheet-answers.{format}"]
        first, second = (file.read_bytes() for file in files)
        assert first.startswith(beginning)
        assert first != second
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.slow
@pytest.mark.parametrize("format", ["pdf", "svg", "png"])
def test_the_same_graph_gives_the_same_bytes(tmp_path: Path, format: str) -> None:
    contents = [
        [file.read_bytes() for file in quiz_sheet(neuron(), tmp_path / f"{name}.{format}")]
        for name in ("first", "again")
    ]
    assert contents[0] == contents[1]


def test_no_graphviz_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("micrograd_plus.viz.render.engines", lambda chosen=None: [])
    [file] = quiz_sheet(neuron(), tmp_path / "sheet.pdf")
    assert file.read_bytes().startswith(b"%PDF")


def test_large_arrays_are_not_asked_for() -> None:
    exercise, answers = sheets((Tensor(np.ones((20, 3)), label="x") * 2.0).sum())
    assert exercise.picture.boxes[0].lines() == ["x (20 x 3)", "data 1", "grad not asked for"]
    assert answers.picture.boxes[0].lines() == ["x (20 x 3)", "data 1", "grad 2"]


@pytest.mark.filterwarnings("ignore:Glyph")  # the font that is there everywhere has no Chinese signs
def test_hostile_labels(tmp_path: Path) -> None:
    root = sum((Value(1.0, label=label) for label in HOSTILE), Value(1.0, label="$x$"))
    root.label = HOSTILE[0]
    for file in quiz_sheet(root, tmp_path / "sheet.svg"):
        assert "<script" not in file.read_text("utf-8")


def test_what_makes_no_sheet_leaves_no_file(tmp_path: Path) -> None:
    many = sum((Value(1.0) for _ in range(MOST_VALUES)), Value(1.0))
    for root, name, error, message in (
        (neuron(), "sheet.txt", ValueError, "ends in .pdf, .svg or .png"),
        (many, "sheet.pdf", ValueError, f"a sheet has room for {MOST_VALUES} values"),
        (Value(1.0), "sheet.pdf", ValueError, "no gradient to find"),
        (1.0, "sheet.pdf", TypeError, "wanted a Value or a Tensor"),
    ):
        with pytest.raises(error, match=re.escape(message)):
            quiz_sheet(root, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
