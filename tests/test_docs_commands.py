"""The commands in the documents are understood, run, and print what is shown below them."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from micrograd_plus.cli import main
from tests.command_line import ROOT, Result, run
from tests.documents import Shown, shown_in, write_scripts

RUN = ("docs/lab.md", "docs/training.md", "docs/tour.md", "docs/howto/train_on_my_csv.md")
DOCUMENTS = ("README.md", *RUN, "docs/exporting.md", "docs/howto/export_a_model.md")


def lines_of(documents: tuple[str, ...]) -> list[str]:
    return [shown.line for name in documents for shown in shown_in(name) if ".venv" not in shown.line]


@pytest.mark.parametrize("line", lines_of(DOCUMENTS))
def test_every_command_in_a_document_is_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs/moons").mkdir(parents=True)
    Path("run").mkdir()
    words = shlex.split(line[line.index("micrograd-plus") :], comments=True)
    end = next((k for k, word in enumerate(words) if word in ("|", "<", ">")), len(words))
    name, *arguments = words[:end]
    command: click.Command | None = main
    while isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.get_command(click.Context(command), name)
    assert command is not None, f"no command {name}"
    command.make_context(name, arguments)


@pytest.mark.slow
@pytest.mark.parametrize("document", RUN)
def test_the_commands_of_a_document_print_what_it_shows(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They run one after the other in a folder with its scripts and the tables of `examples` that it speaks of.

    The first runs in a shell as a reader's does; to load the same modules anew for each of the others shows no more.
    """
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "micrograd-plus").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m micrograd_plus "$@"\n')
    (programs / "micrograd-plus").chmod(0o755)
    folder = tmp_path / "empty"
    folder.mkdir()
    for table in ("flowers.csv", "new_flowers.csv"):
        shutil.copy(ROOT / "examples" / table, folder)
    write_scripts(document, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PATH", os.pathsep.join((str(programs), os.environ["PATH"])))
    for k, shown in enumerate(shown_in(document)):
        ended = in_a_shell(shown.line) if k == 0 else in_this_process(shown.line)
        assert ended.status == 0, f"{shown.line}\n{ended.stderr}"
        assert shown.prints(ended.stdout), f"{shown.line} prints\n{ended.stdout}"


def in_a_shell(line: str) -> Result:
    ended = subprocess.run(["sh", "-c", line], capture_output=True, text=True)
    return Result(ended.returncode, ended.stdout, ended.stderr)


def in_this_process(line: str) -> Result:
    """Run a line here if it is the command and its arguments alone; the others are a shell's."""
    words = list(shlex.shlex(line, posix=True, punctuation_chars=True))
    if words[0] != "micrograd-plus" or set(words) & {"|", "<", ">", ";", "&&"}:
        return in_a_shell(line)
    return run(*shlex.split(line, comments=True)[1:])


def test_documents_show_commands() -> None:
    assert all(any(shown_in(document)) for document in DOCUMENTS)


def test_an_output_of_other_words_is_noticed_and_so_is_another_number_where_it_counts() -> None:
    exact, worded = (Shown("", "lr 0.1: too small\n...\n", is_exact) for is_exact in (True, False))
    same, other_number, other_word = "lr 0.1: too\nsmall\nmore\n", "lr 1e-3: too small\nmore", "lr 0.1: too large\nmore"
    assert [exact.prints(output) for output in (same, other_number, other_word)] == [True, False, False]
    assert [worded.prints(output) for output in (same, other_number, other_word)] == [True, True, False]
