"""How tests run the command `micrograd-plus`: in this process, or in one of its own."""

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from micrograd_plus.cli import main

ROOT = Path(__file__).parents[1]


def run(*arguments: object) -> Result:
    """Run the command in this process; what is no answer to a mistake is raised."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def answer(*arguments: object) -> list[str]:
    """Run the command, which has to succeed without a word on stderr, and return the lines it prints."""
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.splitlines()


def mistake(*arguments: object) -> str:
    """Run the command, which has to end with status 2 and one line on stderr and nothing else, and return the line."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    return line


def process(*arguments: object, cwd: Path) -> subprocess.Popen[str]:
    """Start the command as a process of its own."""
    command = [sys.executable, "-m", "micrograd_plus", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=cwd, env=environment, text=True, **pipes)


def files(folder: Path) -> list[str]:
    """Return the names of all files below a folder, hidden ones too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
