"""The command itself: help, version, loading, and how mistakes, interruptions and bugs end."""

import json
import os
import shlex
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import click
import pytest
from safetensors.numpy import save

from micrograd_plus import __version__
from micrograd_plus.cli import COMMANDS, main
from micrograd_plus.cli.errors import FOUND, INTERRUPTED, MISTAKE, STATUSES, one_line_each, taken_as_mistakes
from tests.command_line import ROOT, answer, mistake, process, run
from tests.waiting import LONGEST


def test_version() -> None:
    assert answer("--version") == [f"micrograd-plus, version {__version__}"]


def test_without_arguments_it_prints_its_help() -> None:
    assert answer() == answer("--help") == answer("-h")
    assert answer("lab") == answer("lab", "--help")
    listed = " ".join(" ".join(answer()).split())
    assert all(f"{name} {summary}" in listed for name, summary in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_with_an_example(name: str) -> None:
    lines = answer(name, "--help")
    assert max(map(len, lines)) <= 88
    assert any(line.strip().startswith(f"micrograd-plus {name}") for line in lines)
    command = main.get_command(click.Context(main), name)
    assert all(p.help for p in command.params if isinstance(p, click.Option))


def test_the_help_tells_every_exit_status(tmp_path: Path) -> None:
    told = " ".join(run("--help").stdout.partition("Exit status:")[2].split())
    assert told == ", ".join(f"{status} {text}" for status, text in STATUSES.items()) + "."
    script = tmp_path / "bad.py"
    script.write_text("from micrograd_plus import Value, log\nloss = log(Value(-1.0))\n")
    commands = {0: ["--version"], FOUND: ["diagnose", script], MISTAKE: ["nonsense"]}
    assert [run(*words).status for words in commands.values()] == [*commands]
    assert {*commands, INTERRUPTED} == {*STATUSES}  # how interruptions end is tested below


LOADS = """
import sys
from importlib import import_module
from micrograd_plus.cli import COMMANDS, main

main(["--help"], standalone_mode=False)
print(*sys.modules)
for name in COMMANDS:
    import_module(f"micrograd_plus.cli.{name}")
print(*sys.modules)
"""


def test_help_loads_no_command_and_no_command_matplotlib_before_it_draws() -> None:
    run = subprocess.run([sys.executable, "-c", LOADS], cwd=ROOT, capture_output=True, text=True, check=True)
    by_help, by_all = (set(line.split()) for line in run.stdout.splitlines()[-2:])
    slow = {"matplotlib", "graphviz", "rich", "safetensors", *(f"micrograd_plus.cli.{name}" for name in COMMANDS)}
    assert slow & by_help == set()
    assert "micrograd_plus.cli.train" in by_all
    assert "matplotlib" not in by_all


def test_an_unknown_command_is_answered_with_close_ones() -> None:
    assert mistake("trian") == "error: no such command 'trian'; did you mean 'train'?"
    assert mistake("zzz") == f"error: no such command 'zzz'; the commands are {', '.join(COMMANDS)}"


def test_an_unknown_option_is_one_line() -> None:
    assert "--outt" in mistake("graph", "--outt", "x")


def ending_of(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Return exit status and stderr of a command that raises `error`."""
    with pytest.raises(SystemExit) as ending, one_line_each():
        raise error
    status = ending.value.code
    assert isinstance(status, int)
    return status, capsys.readouterr().err


class LibraryError(ValueError):
    __module__ = "micrograd_plus.somewhere"


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (click.UsageError("two\nlines"), 2, "error: two lines\n"),
        (FileNotFoundError(2, "No such file", "a.csv"), 2, "error: a.csv: No such file\n"),
        (OSError("odd"), 2, "error: odd\n"),
        (LibraryError("bad cell"), 2, "error: bad cell\n"),
    ],
)
def test_how_errors_end(error: Exception, status: int, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ending_of(error, capsys) == (status, line)


@pytest.mark.parametrize("error", [click.Abort(), KeyboardInterrupt()])
def test_an_interruption_is_one_line_and_another_is_not_heard(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    try:
        assert ending_of(error, capsys) == (INTERRUPTED, "interrupted\n")
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("bug", [ValueError("a bug"), TypeError("a bug"), KeyError("a bug"), AssertionError("a bug")])
def test_a_bug_keeps_its_traceback(bug: Exception) -> None:
    with pytest.raises(type(bug), match="a bug"), one_line_each():
        raise bug


def test_a_check_of_what_the_user_gave_makes_a_mistake() -> None:
    with pytest.raises(click.UsageError, match="lr is positive"), taken_as_mistakes():
        raise ValueError("lr is positive")


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "moons", "--schedule", "x" * 100_000],
        ["train", "moons", "--hidden", "x" * 100_000],
        ["graph", "x*x", "--at", "x=2", "--focus", "x" * 100_000],
        ["graph", "evil.py:" + "x" * 100_000],
        ["predict", "model", "table.csv"],
    ],
)
def test_an_error_is_as_long_as_a_line_can_be_read(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("evil.py").write_text("")
    header = {"format": "x" * 1_000_000, "version": 1, "metadata": {}}
    Path("model").write_bytes(save({}, metadata={"micrograd_plus": json.dumps(header)}))
    assert 20 < len(mistake(*arguments)) <= len("error: ") + 1000


def test_a_warning_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with one_line_each():
        warnings.simplefilter("always")
        warnings.warn("slow\nengine", RuntimeWarning, stacklevel=1)
    assert capsys.readouterr().err == "warning: slow engine\n"


def test_a_warning_that_comes_again_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    with one_line_each():
        warnings.simplefilter("always")
        for sign in ("日", "本", "日"):
            warnings.warn(f"no font has {sign}", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == "warning: no font has 日\nwarning: no font has 本\n"


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_an_interrupted_command_ends_with_status_130(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text("print('running', flush=True)\nwhile True: pass\n")
    with process("graph", "endless.py", cwd=tmp_path) as running:
        assert running.stdout
        assert running.stdout.readline() == "running\n"
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=LONGEST)
    assert (running.returncode, errors.strip()) == (130, "interrupted")


# --- streams that are closed

posix_only = pytest.mark.skipif(os.name != "posix", reason="streams are closed by a POSIX shell")


def in_shell(arguments: str, folder: Path) -> tuple[int, str]:
    """Run the command with arguments and redirections as a shell reads them; return its status and its stderr."""
    command = f"{shlex.join([sys.executable, '-m', 'micrograd_plus'])} {arguments}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.mark.slow
@posix_only
def test_a_command_whose_output_is_closed_does_its_work(tmp_path: Path) -> None:
    assert in_shell("lab descent 'x**2' --from 4 --steps 2 >&-", tmp_path) == (0, "")
    assert (tmp_path / "runs" / "lab-descent" / "report.html").exists()


@posix_only
@pytest.mark.parametrize("arguments", ["graph -", "step 'x*2' --at x=1", "train -"])
def test_closed_standard_input_is_one_line(tmp_path: Path, arguments: str) -> None:
    assert in_shell(f"{arguments} <&-", tmp_path) == (2, "error: standard input: Bad file descriptor\n")


@posix_only
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("graph -", "error: column 1: this is not a formula (invalid character '\ufffd' (U+FFFD)) (at '\ufffd')"),
        ("step 'x*2' --at x=1", "error: stdin, line 1: no command '\ufffd': help lists them"),
    ],
)
def test_bytes_that_are_no_text_on_standard_input_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, line: str
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff\n")
    assert in_shell(f"{arguments} <bytes", tmp_path) == (2, f"{line}\n")
