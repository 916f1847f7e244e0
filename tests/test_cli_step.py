"""`micrograd-plus step`: what it takes, what it answers, and what it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import sessions
from tests.command_line import ROOT, answer, mistake, run
from tests.sessions import FOLDER
from tests.waiting import LONGEST

NEURON = ("tanh(x*w + b)", "--at", "x=2", "--at", "w=-3", "--at", "b=1")


def piped(lines: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "micrograd_plus", "step", *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        command, input=lines, cwd=cwd, env=environment, capture_output=True, text=True, timeout=LONGEST
    )


def test_commands_come_from_a_file(tmp_path: Path) -> None:
    written = (FOLDER / "healthy.txt").read_text()
    file = tmp_path / "walk.txt"
    file.write_text("\n".join(exchange.line for exchange in sessions.read(written).exchanges))
    assert answer("step", *NEURON, "--commands", file) == written.splitlines()[1:]


def test_commands_come_from_a_pipe(tmp_path: Path) -> None:
    written = (FOLDER / "healthy.txt").read_text()
    lines = "\n".join(exchange.line for exchange in sessions.read(written).exchanges)
    ended = piped(lines, *NEURON, cwd=tmp_path)
    assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", written.partition("\n")[2])


def test_a_mistake_in_a_pipe_ends_it_with_status_2(tmp_path: Path) -> None:
    ended = piped("step\nprint y\nend\n", *NEURON, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (2, "error: stdin, line 2: no node 'y'\n")
    assert ended.stdout.endswith("(1/5) print y\n")


def test_a_mistake_in_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "walk.txt"
    file.write_text("# look\nlist 99\n")
    result = run("step", *NEURON, "--commands", file)
    assert result == (2, "(0/5) list 99\n", f"error: {file}, line 2: there are 5 steps, got 99\n")


def test_a_saved_session_goes_on(tmp_path: Path) -> None:
    saved = tmp_path / "s.json"
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    first.write_text(f"set w = 0.5\nstep 2\nsave {saved}\n")
    second.write_text("print w.data + 0\nundo\nprint w.data + 0\n")
    answer("step", *NEURON, "--commands", first)
    lines = answer("step", saved, "--commands", second)
    assert [lines[1], lines[-1]] == ["w.data + 0 = 0.5", "w.data + 0 = -3"]
    assert lines[0].startswith("(2/5) ")


def test_an_expression_may_begin_with_a_minus(tmp_path: Path) -> None:
    file = tmp_path / "walk.txt"
    file.write_text("print\n")
    assert answer("step", "-x", "--at", "x=2", "--commands", file)[:2] == ["(0/1) print", "out = -x"]


def test_the_gradients_that_a_script_has_left_are_forgotten(tmp_path: Path) -> None:
    script, file = tmp_path / "left.py", tmp_path / "walk.txt"
    script.write_text("from micrograd_plus import Value\nx = Value(3.0, label='x')\nloss = x * x\nloss.backward()\n")
    file.write_text("print x.grad\nend\nprint x.grad\n")
    lines = answer("step", script, "--commands", file)
    assert [line for line in lines if line.startswith("x.grad")] == ["x.grad = not yet", "x.grad = 6"]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("tanh(x)",), "error: no value for x: add --at x=NUMBER"),
        (("tanh(", "--at", "x=1"), "error: column 5: this is not a formula ('(' was never closed) (at '(')"),
        (("missing.py",), "error: missing.py: No such file or directory"),
        (("missing.json",), "error: missing.json: No such file or directory"),
        (("s.json", "--at", "x=1"), "error: --at is for expressions; a session holds its values"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(arguments: tuple[str, ...], wanted: str) -> None:
    assert mistake("step", *arguments) == wanted


def test_a_damaged_session_is_told(tmp_path: Path) -> None:
    file = tmp_path / "s.json"
    file.write_text("{}")
    assert mistake("step", file).startswith(f"error: {file}: not a session, or a damaged one: ")
