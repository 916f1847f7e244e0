"""`micrograd-plus compile`: a script's loss as a program: its source, its report, and a folder that runs alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import answer, files, mistake

SCRIPT = """\
from micrograd_plus import Value, nn
x = Value(2.0, label="x")
w = nn.leaves.parameter(3.0, "w")
e = w * x - 1.0
loss = e * e if e > 0 else -e

def build():
    return loss * 2.0

vector = nn.leaves.parameter([1.0, 2.0])
text = "loss"
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "made.py"
    path.write_text(SCRIPT)
    return path


def test_source_and_report_are_printed(script: Path) -> None:
    lines = answer("compile", script)
    assert "def loss_and_gradients():" in lines
    assert lines.index("def loss_and_gradients():") < lines.index(
        "comparisons made while the graph was built are not known: it was finished"
    )


def test_each_is_printed_alone(script: Path) -> None:
    source, report = answer("compile", script, "--source"), answer("compile", script, "--report")
    compile("\n".join(source), "source", "exec")
    assert "def loss_and_gradients():" in source
    assert not any("def " in line for line in report)
    assert [*source, "", *report] == answer("compile", script)


def test_a_function_is_called(script: Path) -> None:
    assert "def loss_and_gradients():" in answer("compile", f"{script}:build", "--source")


def test_a_saved_program_runs_by_itself(script: Path, tmp_path: Path) -> None:
    folder = tmp_path / "program"
    assert answer("compile", script, "--report", "--save", folder)[-1] == f"wrote {folder / 'step.py'}, arrays.npz"
    assert files(folder) == ["arrays.npz", "step.py"]
    code = "import step; print(step.loss(), step.gradients[0])"
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert run.stdout == "25.0 20.0\n"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("x*x", "error: wanted a script such as train.py:loss, got 'x*x'"),
        ("missing.py", "error: missing.py: No such file or directory"),
    ],
)
def test_what_is_no_script_is_told(source: str, wanted: str) -> None:
    assert mistake("compile", source) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("text", "text is str: 'loss'; want a Value or a Tensor"),
        ("vector", "vector has shape (2,); want one number, such as vector.sum()"),
        ("los", "no name 'los'; did you mean 'loss'?"),
    ],
)
def test_what_is_no_loss_is_told(script: Path, name: str, wanted: str) -> None:
    assert mistake("compile", f"{script}:{name}") == f"error: {script}: {wanted}"


def test_what_cannot_be_compiled_is_told(tmp_path: Path) -> None:
    path = tmp_path / "constant.py"
    path.write_text("from micrograd_plus import Value\nfrom micrograd_plus.engine import CONSTANT\n")
    path.write_text(path.read_text() + "x = Value(2.0)\nloss = Value(4.0, (x,), '*')\n")
    assert "'*' was made by hand" in mistake("compile", path)


def test_the_folder_may_not_be_a_file(script: Path) -> None:
    assert "is a file" in mistake("compile", script, "--save", script)
