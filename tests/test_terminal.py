"""Whatever texts hold, commands and the debugger print what a terminal shows, and nothing that it obeys."""

import ast
import csv
import io
import re
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.plain_text import PlainTextOutput

from micrograd_plus.cli.debug_commands import TABLE, prompt
from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.prompt_front import PromptFront, Words
from micrograd_plus.cli.repl import LineFront
from micrograd_plus.cli.step import begun
from tests.command_line import run
from tests.hostile import TERMINAL, TEXTS

ROOT = Path(__file__).parents[1]
SHOWN = [text for text in TEXTS if not text.startswith("x" * 100)]
# What a folder can be called here; a path that begins with a dash would be an option.
FILES = [text for text in SHOWN if text.isascii() and not set("/\0") & set(text) and text and len(text) < 200]


def assert_harmless(*texts: str) -> None:
    for text in texts:
        for line in text.split("\n"):
            assert line.isprintable(), ascii(line)


def write_table(path: Path) -> None:
    """Write a table whose columns and classes are hostile texts, as far as a table can hold them."""
    names = list(dict.fromkeys(" ".join(text.encode("utf-8", "replace").decode().split()) for text in SHOWN))
    names = [name for name in names if name and "\0" not in name][:40]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "kind"])
        for k in range(5 * 2 * len(TERMINAL)):
            label = (TERMINAL + names)[k % (2 * len(TERMINAL))]
            writer.writerow([*(((k * j) % 7) - 3 for j in range(1, len(names) + 1)), label])


# Whatever an object is called that prints, such as a Console of rich.
PRINTS = re.compile(r"(.*\.)?(print|secho)|click\.echo|sys\.(stdout|stderr)\.write(lines)?")


def test_nothing_is_printed_but_by_echo() -> None:
    """What is left: help, which holds no text of a user's, and files that are written to stdout."""
    allowed = {"echo.py": 1, "__init__.py": 1, "lab/__init__.py": 1, "graph.py": 1, "predict.py": 1}
    found = {}
    for path in sorted((ROOT / "cli").rglob("*.py")):
        calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        count = sum(PRINTS.fullmatch(name) is not None for name in calls)
        if count:
            found[path.relative_to(ROOT / "cli").as_posix()] = count
    assert found == allowed


@pytest.mark.parametrize("err", [False, True])
def test_echo(err: bool, capsys: pytest.CaptureFixture[str]) -> None:
    for text in TEXTS:
        echo(text, err=err)
    captured = capsys.readouterr()
    lines = captured[err].split("\n")[:-1]
    assert len(lines) == len(TEXTS)
    assert_harmless(*lines)


def test_training_and_predicting(tmp_path: Path) -> None:
    table = tmp_path / "\x1b[31mtable.csv"
    write_table(table)
    out = tmp_path / "\x1b]0;t\x07\nout"
    trained = run("train", table, "--epochs", 1, "--hidden", 2, "--batch-size", 32, "--out", out, "--no-report")
    assert (trained.status, "wrote:" in trained.stdout) == (0, True), ascii(trained)
    predicted = run("predict", out / "model.safetensors", table, "-o", tmp_path / "\x1b[2Jc.csv")
    exported = run("export", out / "model.safetensors", tmp_path / "\x9b2Jmodel.py")
    assert (predicted.status, exported.status) == (0, 0), ascii((predicted, exported))
    assert_harmless(*trained[1:], *predicted[1:], *exported[1:])


def test_files_that_are_wrong_or_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # names that are expressions are drawn
    for name in FILES:
        path = tmp_path / name
        for arguments in (
            ("train", path, "--out", tmp_path / "out"),
            ("predict", path, path),
            ("graph", f"{path}.py:{name}"),
            ("graph", name),
            ("lab", "descent", name),
            ("step", f"--load={path}"),
            (name,),
        ):
            result = run(*arguments)
            if result.status:
                assert_harmless(*result[1:])
                assert len(result.stderr.split("\n")) == 2, ascii(result)


# Not those that read or write files, end the session, or take the next line for an answer.
WORDS = [command.name for command in TABLE if command.name not in ("quit", "quiz", "save", "load", "commands")]

SCRIPT = """\
from micrograd_plus import Value, scope
LABELS = {labels!r}
def loss():
    total = Value(0.0)
    for k, label in enumerate(LABELS):
        with scope(label or "a"):
            total = (total + Value(0.5 + k / 100, label=label)).tanh()
        total.label = label
    return total
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "\x1b[31mscript.py"
    path.write_text(SCRIPT.format(labels=SHOWN), encoding="utf-8")
    return path


def test_scripts_whose_nodes_have_such_labels(script: Path, tmp_path: Path) -> None:
    for arguments in (
        ("graph", script, "-o", tmp_path / "\x1b[31m.svg"),
        ("graph", script, "-o", "-", "--format", "text"),
        ("diagnose", script),
        ("compile", script, "--save", tmp_path / "\x1b[31m"),
    ):
        result = run(*arguments)
        assert result.status in (0, 1), ascii(result.stderr)
        assert_harmless(*result[1:])


def test_the_debugger(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # `graph` draws a file
    dialog = begun(str(script), {})
    lines = ["help", *(f"help {name}" for name in WORDS), *WORDS, *SHOWN, *(f"goto {text}" for text in SHOWN)]
    stdout = io.StringIO()
    front = LineFront(dialog, io.StringIO("\n".join(line.replace("\n", " ") for line in lines)), stdout)
    front.cmdloop()
    assert len(stdout.getvalue()) > 1000
    assert_harmless(stdout.getvalue())


# --- prompt_toolkit: its prompt, bar, completions, answers and problems


def test_the_front_of_terminals(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # `graph` draws a file
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    written = io.StringIO()
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=PlainTextOutput(written)):
        front = PromptFront(begun(str(script), {}))
        lines = ["step", *WORDS, *(f"goto {text}" for text in SHOWN if text.isprintable())]
        keyboard.send_text("".join(f"{line}\r" for line in lines) + "\x04\x04")
        front.run()
    assert len(written.getvalue()) > 1000
    assert_harmless(written.getvalue().replace("\r", ""))


def test_bar_and_prompt_are_plain_text(script: Path) -> None:
    dialog = begun(str(script), {})
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=PlainTextOutput(io.StringIO())):
        front = PromptFront(dialog)
        for _ in range(len(dialog.session.debugger)):
            dialog.session.debugger.step()
            bar = front._bar()
            assert type(bar) is str  # which prompt_toolkit takes as it is; markup is a type of its own
            assert_harmless(bar, front._plain(prompt(dialog)))
            assert "\n" not in bar


def test_completions_can_be_typed(script: Path) -> None:
    dialog = begun(str(script), {})
    for command in TABLE:
        for beginning in ("", *"abcdefghijklmnopqrstuvwxyz=+@[</{%#'\""):
            line = f"{command.name} {beginning}"
            for completion in Words(dialog).get_completions(Document(line), CompleteEvent()):
                assert completion.text.isprintable(), ascii(completion)
                assert completion.display_text == completion.text
