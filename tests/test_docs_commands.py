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
from tests.command_line import ROOT
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
def test_the_commands_of_a_document_print_what_it_shows(document: str, tmp_path: Path) -> None:
    """They run one after the other in a folder with its scripts and the tables of `examples` that it speaks of."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "micrograd-plus").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m micrograd_plus "$@"\n')
    (programs / "micrograd-plus").chmod(0o755)
    folder = tmp_path / "empty"
    folder.mkdir()
    for table in ("flowers.csv", "new_flowers.csv"):
        shutil.copy(ROOT / "examples" / table, folder)
    write_scripts(document, folder)
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": path}
    for shown in shown_in(document):
        ended = subprocess.run(["sh", "-c", shown.line], cwd=folder, env=environment, capture_output=True, text=True)
        assert ended.returncode == 0, f"{shown.line}\n{ended.stderr}"
        assert shown.prints(ended.stdout), f"{shown.line} prints\n{ended.stdout}"


def test_documents_show_commands() -> None:
    assert all(any(shown_in(document)) for document in DOCUMENTS)


def test_an_output_of_other_words_is_noticed_and_so_is_another_number_where_it_counts() -> None:
    exact, worded = (Shown("", "lr 0.1: too small\n...\n", is_exact) for is_exact in (True, False))
    same, other_number, other_word = "lr 0.1: too\nsmall\nmore\n", "lr 1e-3: too small\nmore", "lr 0.1: too large\nmore"
    assert [exact.prints(output) for output in (same, other_number, other_word)] == [True, False, False]
    assert [worded.prints(output) for output in (same, other_number, other_word)] == [True, True, False]
