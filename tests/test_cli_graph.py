"""`micrograd-plus graph`: the numbers it prints, the pictures it writes, the mistakes it answers."""

import io
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click import NoSuchOption

from micrograd_plus import Value
from micrograd_plus.expression import Expression
from micrograd_plus.viz.drawing import draw
from micrograd_plus.viz.outline import text
from tests.command_line import ROOT, answer, files, mistake, process
from tests.waiting import LONGEST, wait_until

pytestmark = pytest.mark.usefixtures("own_folder")

NEURON = "tanh(x1*w1 + x2*w2 + b)"
POINT = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
AT = [part for name, number in POINT.items() for part in ("--at", f"{name}={number}")]
BEGINNINGS = {
    ".svg": b"<?xml",
    ".png": b"\x89PNG",
    ".gif": b"GIF89a",
    ".html": b"<!DOCTYPE html>",
    ".dot": b"digraph",
    ".mmd": b"flowchart",
    ".txt": b" ",
}
SUMMARIES = {
    ".gif": "6 frames of the backward pass",
    ".html": "open it in a browser to play forward and backward pass",
    ".mmd": "a Mermaid flowchart",
    ".txt": "the tree of values",
}


def script(text: str, name: str = "made.py") -> str:
    """Write a script that begins with the import of the public names."""
    Path(name).write_text(f"from micrograd_plus import *\n{text}\n")
    return name


def table(lines: list[str]) -> dict[str, tuple[str, str]]:
    """Return value and gradient by name, out of the lines between the heading and the last line."""
    start = lines.index(next(line for line in lines if line.split() == ["value", "gradient"]))
    return {name: (value, gradient) for name, value, gradient in map(str.split, lines[start + 1 : -1])}


def test_result_and_gradients_are_printed() -> None:
    lines = answer("graph", NEURON, *AT)
    x1, x2, w1, w2, b = POINT.values()
    result = math.tanh(x1 * w1 + x2 * w2 + b)
    slope = 1 - result**2
    gradients = {"x1": w1 * slope, "x2": w2 * slope, "w1": x1 * slope, "w2": x2 * slope, "b": slope}
    assert lines[0] == f"{NEURON} = {result:.6g}"
    assert table(lines) == {name: (f"{POINT[name]:.6g}", f"{gradients[name]:.6g}") for name in POINT}


def test_the_table_is_in_the_order_of_the_expression() -> None:
    assert list(table(answer("graph", "b*a", "--at", "a=1", "--at", "b=2"))) == ["b", "a"]


def test_a_gradient_of_nothing_is_no_table() -> None:
    assert answer("graph", "2*3", "-o", "six.dot") == ["2*3 = 6", "wrote six.dot: 3 values"]


@pytest.mark.parametrize("ending", BEGINNINGS)
def test_pictures_of_every_kind(ending: str) -> None:
    lines = answer("graph", NEURON, *AT, "-o", f"neuron{ending}")
    assert lines[-1] == f"wrote neuron{ending}: {SUMMARIES.get(ending, '10 values')}"
    assert files(Path()) == [f"neuron{ending}"]
    assert Path(f"neuron{ending}").read_bytes().startswith(BEGINNINGS[ending])


def test_the_default_picture_shows_labels_and_gradients() -> None:
    answer("graph", NEURON, *AT)
    texts = {text.strip() for text in ElementTree.parse("graph.svg").getroot().itertext()}
    assert {"x1", "data -3", "grad -1.5"} <= texts


@pytest.mark.parametrize("arguments", [["--", "-x"], ["-x"], ["-x", "-o", "minus.dot"], ["-o", "-x.dot", "-x"]])
def test_an_expression_may_begin_with_a_minus(arguments: list[str]) -> None:
    assert answer("graph", "--at", "x=3", *arguments)[0] == "-x = -3"


def test_a_function_behind_a_minus_is_no_option() -> None:
    assert answer("graph", "-tanh(o)*h", "--at", "o=0.5", "--at", "h=2")[0] == f"-tanh(o)*h = {-2 * math.tanh(0.5):.6g}"


# --- options of the picture


def dot_of(*arguments: str) -> str:
    """Return the DOT text that goes to stdout."""
    return "\n".join(answer("graph", NEURON, *AT, "-o", "-", "--format", "dot", *arguments)) + "\n"


def neuron() -> Value:
    root = Expression(NEURON)(**{name: POINT[name] for name in Expression(NEURON).names})
    root.backward()
    return root


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], {}),
        (["--detail", "layer"], {"detail": "layer"}),
        (["--rankdir", "TB"], {"rankdir": "TB"}),
        (["--focus", "w1", "--up", "1", "--down", "0"], {"focus": "w1", "up": 1, "down": 0}),
        (["--depth", "2"], {"depth": 2}),
        (["--min-grad", "0.6"], {"min_grad": 0.6}),
        (["--shares"], {"shares": True}),
    ],
)
def test_options_are_those_of_draw(arguments: list[str], options: dict[str, Any]) -> None:
    expected = draw(neuron(), **options).dot
    assert dot_of(*arguments) == expected
    assert not options or expected != draw(neuron()).dot or options == {"detail": "layer"}


def test_a_scope_can_be_expanded() -> None:
    text = "from micrograd_plus.nn import MLP\nloss = MLP(2, [16, 16, 1])([1.0, 2.0])"
    folded = answer("graph", script(text), "-o", "-", "--format", "dot")
    opened = answer(
        "graph", "made.py", "-o", "-", "--format", "dot", "--expand", "layer3", "--expand", "layer1/neuron2"
    )
    assert len(opened) > len(folded)
    assert any('label="neuron2"' in line for line in opened if "cluster" not in line)


def test_an_entry_of_a_matrix_product_is_opened_with_the_script_s_gradients() -> None:
    name = script(
        "x, w = Tensor([[1.0, 2.0]], label='x'), Tensor([[3.0, 4.0], [5.0, 6.0]], label='w')\n"
        "y = x @ w\n(y * [[10.0, 100.0]]).sum().backward()"
    )
    tree = answer("graph", f"{name}:y", "--zoom", "0,1", "-o", "-")
    x_row, w_column, upstream = (1.0, 2.0), (4.0, 6.0), 100.0
    lines = {line.lstrip("├└│ ").split()[0]: line.split() for line in tree if "input" in line}
    for k in range(2):
        assert lines[f"x[0,{k}]"][-3:-1] == [f"{x_row[k]:g}", f"{upstream * w_column[k]:g}"]
    assert mistake("graph", f"{name}:y", "--zoom", "0,2") == "error: no entry [0, 2] in a Tensor of shape (1, 2)"


# --- stdin and stdout


def test_an_expression_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("x*y\n"))
    assert answer("graph", "-", "--at", "x=2", "--at", "y=3")[0] == "x*y = 6"


@pytest.mark.parametrize("text", ["made.py", "made.py:loss", "./made.py\n", "a\0.py", "a\0.py:loss"])
def test_what_comes_from_stdin_is_a_formula_and_never_a_script(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    script("open('trace', 'w').close()\nloss = Value(2.0)")
    for more in ((), ("-o", "-"), ("--at", "made=1")):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        assert mistake("graph", "-", *more).startswith("error: column ")
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert mistake("graph", "-", "--zoom", "0") == "error: --zoom is for a Tensor that a script computes"
    assert files(Path()) == ["made.py"]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_signs_that_cannot_be_written_are_question_marks(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    with process("graph", "x*π", "--at", "x=1", "--at", "π=2", cwd=Path()) as running:
        printed, errors = running.communicate(timeout=LONGEST)
    assert (running.returncode, errors) == (0, "")
    assert printed.splitlines()[0] == "x*? = 2"
    assert table(printed.splitlines()) == {"x": ("1", "2"), "?": ("2", "1")}


def test_long_names_and_formulas_are_cut(own_folder: Path) -> None:
    name = "x" * 1000
    first, _, leaf, *_ = answer("graph", f"{name}*2", "--at", f"{name}=3", "-o", own_folder / "a.svg")
    assert first == f"{name[:197]}... = 6"
    assert leaf.split() == [f"{name[:37]}...", "3", "2"]


def test_each_leaf_has_one_row() -> None:
    lines = answer("graph", script("loss = Value(3.0, label='a\\nb') * Value(2.0, label='c\\n  d 1 2\\n\\n')"))
    assert [line[:8] for line in lines[2:-1]] == ["a b     ", "c d 1 2 "]


def test_stdout_gets_the_picture_and_nothing_else() -> None:
    assert answer("graph", NEURON, *AT, "-o", "-") == text(neuron()).splitlines()
    assert answer("graph", NEURON, *AT, "-o", "-", "--format", "svg")[-1] == "</svg>"
    assert files(Path()) == []


def test_a_binary_picture_goes_through_a_pipe(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "micrograd_plus", "graph", "x*x", "--at", "x=3", "-o", "-", "--format", "png"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert done.stdout.startswith(BEGINNINGS[".png"])
    assert done.stderr == b""


def test_a_terminal_without_unicode_gets_ascii(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "micrograd_plus", "graph", "x*x", "--at", "x=3", "-o", "-"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    assert b"`-x  shown above" in done.stdout


def test_a_format_may_differ_from_the_ending() -> None:
    answer("graph", "x*x", "--at", "x=3", "-o", "notes.md", "--format", "mermaid")
    assert Path("notes.md").read_bytes().startswith(BEGINNINGS[".mmd"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is Linux's")
def test_the_picture_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    arguments = ["graph", "x*x", "--at", "x=3", "-o", "x.dot", "--open"]
    with process(*arguments, cwd=tmp_path) as running:
        _, errors = running.communicate(timeout=LONGEST)
    assert (running.returncode, errors) == (2, "error: no program opened x.dot, which has been written\n")
    opener = tmp_path / "bin" / "xdg-open"
    opener.write_text('#!/bin/sh\nln -s "$1" opened\n')
    opener.chmod(0o755)
    (tmp_path / "bin" / "ln").symlink_to(shutil.which("ln", path=os.defpath) or "/bin/ln")
    with process(*arguments, cwd=tmp_path) as running:
        _, errors = running.communicate(timeout=LONGEST)
    assert (running.returncode, errors) == (0, "")
    wait_until(Path("opened").is_symlink)  # the viewer is a process that nobody waits for
    assert Path("opened").readlink() == Path("x.dot")


# --- scripts


@pytest.mark.parametrize(
    "definition",
    [
        "loss = Value(3.0, label='x') ** 2",
        "def loss():\n    return Value(3.0, label='x') ** 2",
        "loss = (Tensor(3.0, label='x') ** 2).sum()",
        "loss = Value(3.0, label='x') ** 2\nloss.backward()",  # not twice the gradient
        "x = Value(1.0, label='x')\nloss = x ** 2\nx.data = 3.0",
    ],
)
def test_a_script_gives_a_node(definition: str) -> None:
    lines = answer("graph", script(definition))
    assert lines[0] == "made.py = 9"
    assert table(lines) == {"x": ("3", "6")}


def test_a_script_may_import_what_lies_beside_it_and_does_not_run_as_main() -> None:
    Path("folder").mkdir()
    script("x = Value(2.0, label='x')", "folder/inputs.py")
    lines = answer(
        "graph", script("import inputs\ny = -inputs.x\nif __name__ == '__main__': 1 / 0", "folder/a.py") + ":y"
    )
    assert lines[0] == "folder/a.py:y = -2"


def test_the_example_is_what_it_says() -> None:
    lines = answer("graph", f"{ROOT / 'examples' / 'neuron.py'}:loss")
    output = math.tanh(POINT["x1"] * POINT["w1"] + POINT["b"])
    assert table(lines)["target"] == ("1", f"{2 * (1 - output):.6g}")


def test_many_leaves_are_counted_rather_than_shown() -> None:
    lines = answer("graph", script("from micrograd_plus.nn import MLP\nloss = MLP(2, [16, 16, 1])([1.0, 2.0])"))
    assert "MLP.layer1.neuron1.w1" in [line.split()[0] for line in lines]
    assert lines[-2] == "... and 317 more leaves"  # of 2*16 + 16 + 16*16 + 16 + 16 + 1 parameters
    assert lines[-1].startswith("wrote graph.svg: ")
    assert "groups" in lines[-1]


def test_columns_stand_in_line_below_names_of_wide_signs() -> None:
    assert answer("graph", script("loss = Value(2.0, label='重み') * Value(3.0, label='bias')"))[1:-1] == [
        "      value  gradient",
        "重み      2         3",
        "bias      3         2",
    ]


# --- mistakes


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["x + tahn(y)"],
            "error: column 5: unknown function 'tahn'; did you mean 'tan' or 'tanh' or 'arctan'? (at 'tahn(y)')",
        ),
        (
            ["  tahn(x)"],
            "error: column 3: unknown function 'tahn'; did you mean 'tan' or 'tanh' or 'arctan'? (at 'tahn(x)')",
        ),
        (
            ["π\n + x.y"],
            "error: column 7: only numbers, names, + - * / // % **, comparisons and functions are known (at '.y')",
        ),
        (["x + "], "error: column 4: this is not a formula (invalid syntax) (at the end)"),
        (["x + y)"], "error: column 6: this is not a formula (unmatched ')') (at ')')"),
        (
            ["x.y"],
            "error: column 2: only numbers, names, + - * / // % **, comparisons and functions are known (at '.y')",
        ),
        ([""], "error: column 1: the expression is empty (at the end)"),
        (["x*y", "--at", "x=1"], "error: no value for y: add --at y=NUMBER"),
        (["x", "--at", "x=1", "--at", "y=1"], "error: 'y' does not stand in the expression; its names: x"),
        (["x", "--at", "x=1", "--at", "x=2"], "error: Invalid value for '--at': x is given two values"),
        (["x", "--at", "x"], "error: Invalid value for '--at': 'x' is no NAME=NUMBER such as x=2"),
        (["x", "--at", "=1"], "error: Invalid value for '--at': '=1' is no NAME=NUMBER such as x=2"),
        (["x", "--at", "x=two"], "error: Invalid value for '--at': 'x=two' is no NAME=NUMBER such as x=2"),
        (
            ["x", "--at", "x=1", "-o", "x.jpg"],
            "error: Invalid value for '-o' / '--output': 'x.jpg' wants one of the endings "
            ".svg .png .pdf .gif .html .dot .mmd .txt",
        ),
        (["x", "--at", "x=1", "-o", "no/x.svg"], "error: no/x.svg: No such file or directory"),
        (
            ["x", "--at", "x=1", "--detail", "some"],
            "error: wanted a detail out of auto, full, neuron, layer, got 'some'",
        ),
        (["x", "--at", "x=1", "--rankdir", "up"], "error: wanted a rankdir out of LR, TB, got 'up'"),
        (["x", "--at", "x=1", "--focus", "z"], "error: no value 'z' in this graph"),
        (["x", "--at", "x=1", "--expand", "z"], "error: no scope 'z' in this graph"),
        (["x", "--at", "x=1", "--zoom", "0"], "error: --zoom is for a Tensor that a script computes"),
        (["x", "--at", "x=1", "--zoom", "a"], "error: Invalid value for '--zoom': 'a' is no entry such as 0,2"),
        (
            ["x", "--at", "x=1", "-o", "x.gif", "--focus", "x"],
            "error: --focus says nothing to gif, which heeds --by, --rankdir",
        ),
        (
            ["x", "--at", "x=1", "--by", "node"],
            "error: --by says nothing to svg, which heeds "
            "--detail, --rankdir, --expand, --focus, --up, --down, --depth, --min-grad, --shares",
        ),
        (["x", "--at", "x=1", "-o", "-", "--open"], "error: --open is for files, not for stdout"),
        (["x", "-O", "y"], f"error: {NoSuchOption('-O').format_message()}"),
        (["-x", "-y"], f"error: {NoSuchOption('-x').format_message()}"),
        (["nothing.py"], "error: nothing.py: No such file or directory"),
    ],
)
def test_mistakes(arguments: list[str], line: str) -> None:
    assert mistake("graph", *arguments) == line
    assert files(Path()) == []


def test_a_missing_expression() -> None:
    assert "Missing argument" in mistake("graph")


@pytest.mark.parametrize(
    ("text", "name", "problem"),
    [
        ("losses = Value(1.0)", "", ": no name 'loss'; did you mean 'losses'?"),
        ("a = Value(1.0)\nb = -a", "", ": no name 'loss'; it has a, b"),
        ("", "zzz", ": no name 'zzz'"),
        ("loss = 3.0", "", ": loss is float: 3.0; want a Value or a Tensor"),
        ("def loss(x): pass", "", ": TypeError: loss() missing 1 required positional argument: 'x'"),
        ("\n1 / 0", "", ", line 3: ZeroDivisionError: division by zero"),
        ("loss = (", "", ", line 2: SyntaxError: '(' was never closed (made.py, line 2)"),
        ("raise SystemExit(0)", "", ", line 2: SystemExit: 0"),
        ("loss = Tensor([1.0, 2.0])", "", ": loss has shape (2,); want one number, such as loss.sum()"),
    ],
)
def test_mistakes_in_scripts(text: str, name: str, problem: str) -> None:
    line = mistake("graph", f"{script(text)}:{name}" if name else script(text))
    assert line == f"error: made.py{problem}"
    assert files(Path()) == ["made.py"]


def test_a_script_takes_no_values() -> None:
    assert mistake("graph", script("loss = Value(1.0)"), "--at", "x=1") == (
        "error: --at is for expressions; a script sets its values itself"
    )
