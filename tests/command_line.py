"""How tests run the command `micrograd-plus`: in this process, or in one of its own."""

import csv
import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from micrograd_plus.cli import main

ROOT = Path(__file__).parents[1]


class Result(NamedTuple):
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


def run(*arguments: object) -> Result:
    """Run the command in this process; what it does not answer itself is raised."""
    with (
        redirect_stdout(io.StringIO()) as printed,
        redirect_stderr(io.StringIO()) as errors,
        pytest.raises(SystemExit) as ending,
    ):
        main([str(argument) for argument in arguments], prog_name="micrograd-plus")
    return Result(int(ending.value.code or 0), printed.getvalue(), errors.getvalue())


def answer(*arguments: object) -> list[str]:
    """Run the command, which has to succeed without a word on stderr, and return the lines it prints."""
    result = run(*arguments)
    assert (result.status, result.stderr) == (0, ""), result.stderr
    return result.stdout.splitlines()


def mistake(*arguments: object) -> str:
    """Run the command, which has to end with status 2 and one line on stderr and nothing else, and return the line."""
    result = run(*arguments)
    assert (result.status, result.stdout) == (2, ""), result
    (line,) = result.stderr.splitlines()
    return line


def process(*arguments: object, cwd: Path, stdin: int | None = None) -> subprocess.Popen[str]:
    """Start the command as a process of its own; `stdin` as for `Popen`."""
    command = [sys.executable, "-m", "micrograd_plus", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=cwd, env=environment, text=True, stdin=stdin, **pipes)


def rest_of(terminal: int) -> bytes:
    """Return what is written to a terminal until the last program that holds it has ended."""
    parts = []
    try:
        while part := os.read(terminal, 1000):
            parts.append(part)
    except OSError:  # how Linux says that there is no more
        pass
    os.close(terminal)
    return b"".join(parts)


def rows_of(path: Path | str) -> list[dict[str, str]]:
    """Return the rows of a CSV file by the names in its header."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def files(folder: Path) -> list[str]:
    """Return the names of all files below a folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def contents(folder: Path | str) -> dict[str, bytes]:
    """Return the files below a folder and what is in them."""
    return {name: Path(folder, name).read_bytes() for name in files(Path(folder))}
