"""`micrograd-plus graph`: the numbers it prints, the pictures it writes, the mistakes it answers."""

import math
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.command_line import ROOT, answer, files, mistake

NEURON = "tanh(x1*w1 + x2*w2 + b)"
POINT = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
AT = [part for name, number in POINT.items() for part in ("--at", f"{name}={number}")]
BEGINNINGS = {".svg": b"<?xml", ".png": b"\x89PNG", ".dot": b"digraph"}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


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
    assert lines[-1] == f"wrote neuron{ending}: 10 values"
    assert files(Path()) == [f"neuron{ending}"]
    assert Path(f"neuron{ending}").read_bytes().startswith(BEGINNINGS[ending])


def test_the_default_picture_shows_labels_and_gradients() -> None:
    answer("graph", NEURON, *AT)
    texts = {text.strip() for text in ElementTree.parse("graph.svg").getroot().itertext()}
    assert {"x1", "data -3", "grad -1.5"} <= texts


def test_a_negative_expression_after_two_dashes() -> None:
    assert answer("graph", "--at", "x=3", "--", "-x")[0] == "-x = -3"


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
            "error: column 7: only numbers, names, + - * / **, comparisons and functions are known (at '.y')",
        ),
        (["x + "], "error: column 4: this is not a formula (invalid syntax) (at the end)"),
        (["x + y)"], "error: column 6: this is not a formula (unmatched ')') (at ')')"),
        (["x.y"], "error: column 2: only numbers, names, + - * / **, comparisons and functions are known (at '.y')"),
        ([""], "error: column 1: the expression is empty (at the end)"),
        (["x*y", "--at", "x=1"], "error: no value for y: add --at y=NUMBER"),
        (["x", "--at", "x=1", "--at", "y=1"], "error: 'y' does not stand in the expression; its names: x"),
        (["x", "--at", "x=1", "--at", "x=2"], "error: Invalid value for '--at': x is given two values"),
        (["x", "--at", "x"], "error: Invalid value for '--at': 'x' is no NAME=NUMBER such as x=2"),
        (["x", "--at", "x=two"], "error: Invalid value for '--at': 'x=two' is no NAME=NUMBER such as x=2"),
        (
            ["x", "--at", "x=1", "-o", "x.jpg"],
            "error: Invalid value for '-o' / '--output': 'x.jpg' wants one of the endings .svg .png .pdf .dot",
        ),
        (["x", "--at", "x=1", "-o", "no/x.svg"], "error: no/x.svg: No such file or directory"),
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
