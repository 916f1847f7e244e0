"""The commands in the documents are understood, run, and print what is shown below them.

A block marked `console` shows what comes out to the letter. In one marked `text` the numbers are those of one machine:
the words are compared. In both `...` stands for anything, long lines are wrapped, and what goes to stderr is left out.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from micrograd_plus import data
from micrograd_plus.cli import main
from micrograd_plus.cli.csv_text import csv_text
from tests.command_line import ROOT

DOCUMENTS = ("README.md", "docs/lab.md", "docs/training.md", "docs/exporting.md")
RUN = ("docs/lab.md", "docs/training.md")

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"[-+]?\b\d[\d,.]*(e[-+]?\d+)?")


class Shown(NamedTuple):
    """A line for a shell with the command in it, and what the document shows that it prints, None if nothing."""

    line: str
    output: str | None
    is_exact: bool

    def prints(self, output: str) -> bool:
        """Tell whether this output is what the document shows."""
        if self.output is None:
            return True
        texts = (self.output, output) if self.is_exact else (_NUMBER.sub("0", text) for text in (self.output, output))
        return OutputChecker().check_output(*texts, ELLIPSIS | NORMALIZE_WHITESPACE)


def shown_in(document: str) -> Iterator[Shown]:
    """Yield the commands of a document in their order."""
    for kind, block in _BLOCK.findall((ROOT / document).read_text(encoding="utf-8")):
        if "$ " in block and kind in ("console", "text"):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                line, _, output = part.partition("\n")
                yield Shown(line, output, kind == "console")
        elif not kind:
            yield from (Shown(line, None, True) for line in block.splitlines() if "micrograd-plus " in line)


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
    """They run one after the other in a folder with the tables that the document speaks of."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "micrograd-plus").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m micrograd_plus "$@"\n')
    (programs / "micrograd-plus").chmod(0o755)
    folder = tmp_path / "empty"
    folder.mkdir()
    write_tables(folder)
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": path}
    for shown in shown_in(document):
        ended = subprocess.run(["sh", "-c", shown.line], cwd=folder, env=environment, capture_output=True, text=True)
        assert ended.returncode == 0, f"{shown.line}\n{ended.stderr}"
        assert shown.prints(ended.stdout), f"{shown.line} prints\n{ended.stdout}"


def write_tables(folder: Path) -> None:
    """Write the flowers with two gaps, and a few new ones without their species."""
    iris = data.load("iris")
    rows = [[*map(str, x), iris.class_names[k]] for x, k in zip(iris.X.tolist(), iris.y, strict=True)]
    (folder / "new_flowers.csv").write_text(csv_text(iris.feature_names, [row[:-1] for row in rows[::30]]))
    rows[7][1], rows[77][1] = "", "NA"
    (folder / "flowers.csv").write_text(csv_text([*iris.feature_names, "species"], rows))


def test_documents_show_commands() -> None:
    assert all(any(shown_in(document)) for document in DOCUMENTS)


def test_an_output_of_other_words_is_noticed_and_so_is_another_number_where_it_counts() -> None:
    exact, worded = (Shown("", "lr 0.1: too small\n...\n", is_exact) for is_exact in (True, False))
    same, other_number, other_word = "lr 0.1: too\nsmall\nmore\n", "lr 1e-3: too small\nmore", "lr 0.1: too large\nmore"
    assert [exact.prints(output) for output in (same, other_number, other_word)] == [True, False, False]
    assert [worded.prints(output) for output in (same, other_number, other_word)] == [True, True, False]
