"""`micrograd-plus diagnose`: what is wrong with a script's loss, and the status that says whether anything is."""

from pathlib import Path

import pytest

from micrograd_plus import Value, diagnose
from tests.command_line import answer, mistake, run


def script(folder: Path, loss: str) -> Path:
    file = folder / "train.py"
    file.write_text(f"from micrograd_plus import Value\nx = Value(2.0, label='x')\nloss = {loss}\n")
    return file


def test_findings_are_told_with_status_1(tmp_path: Path) -> None:
    result = run("diagnose", script(tmp_path, "(x - 3.0).relu() * 2.0"))
    wanted = diagnose((Value(2.0, label="x") - 3.0).relu() * 2.0)
    assert (result.status, result.stdout, result.stderr) == (1, f"{wanted!r}\n", "")


def test_an_overflow_is_told_with_its_line(tmp_path: Path) -> None:
    file = script(tmp_path, "(x * 500.0).exp()")
    result = run("diagnose", f"{file}:loss")
    assert result.status == 1
    assert result.stdout.startswith("anomaly: exp gave inf")
    assert f"{file}:3" in result.stdout


def test_a_healthy_loss_has_status_0(tmp_path: Path) -> None:
    [line] = answer("diagnose", script(tmp_path, "x * x"))
    assert line == repr(diagnose(Value(2.0) * 1.0))


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("x*x", "error: wanted a script such as train.py:loss, got 'x*x'"),
        ("missing.py", "error: missing.py: No such file or directory"),
    ],
)
def test_what_is_no_script_is_told(source: str, wanted: str) -> None:
    assert mistake("diagnose", source) == wanted
