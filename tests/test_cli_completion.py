"""What shells offer when Tab is pressed."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from micrograd_plus import data
from micrograd_plus.cli import COMMANDS, main
from micrograd_plus.lab.surfaces import SURFACES
from micrograd_plus.settings import OPTIMIZERS
from tests.command_line import ROOT
from tests.waiting import LONGEST

VARIABLE = "_MICROGRAD_PLUS_COMPLETE"  # click's, of the command's name


def offered(line: str) -> list[tuple[str, str]]:
    """Return what is offered after a line: each with its kind, "plain", or "file" where the shell looks for files."""
    *words, begun = line.split(" ")
    completion = BashComplete(main, {}, "micrograd-plus", VARIABLE)
    return [(item.type, item.value) for item in completion.get_completions(words, begun)]


def plain(*names: str) -> list[tuple[str, str]]:
    return [("plain", name) for name in names]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", plain(*COMMANDS)),
        ("tr", plain("train")),
        ("train mo", plain("moons")),
        ("sweep ", plain(*data.NAMES)),
        ("train my", [("file", "my")]),
        ("train moons --optimizer ", plain(*OPTIMIZERS)),
        ("train moons --activation soft", plain("softplus")),
        ("train moons --missing d", plain("drop")),
        ("lab de", plain("descent")),
        ("lab descent ", plain(*SURFACES)),
        ("lab lr r", plain("rosenbrock", "ravine")),
        ("lab batch ir", plain("iris")),
        ("graph scr", [("file", "scr")]),
        ("predict run/mo", [("file", "run/mo")]),
    ],
)
def test_what_is_offered(line: str, wanted: list[tuple[str, str]]) -> None:
    assert offered(line) == wanted


# For each shell the file in which README.md puts its line, and how the shell is started so that it reads nothing else.
SHELLS = {
    "bash": ["--noprofile", "--norc", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}


def lines_of_readme() -> dict[str, str]:
    """Return the line that README.md has for each shell, by the name of the shell."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return {
        found[2]: found[1] for found in re.finditer(rf"^(.*{VARIABLE}=([a-z]+)_source .*?) +#", readme, re.MULTILINE)
    }


def test_readme_has_a_line_for_each_shell() -> None:
    assert [*lines_of_readme()] == [*SHELLS]


@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_in_the_shell_itself(shell: str, tmp_path: Path) -> None:
    pexpect = pytest.importorskip("pexpect")
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here")
    program = tmp_path / "micrograd-plus"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m micrograd_plus "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join((str(tmp_path), os.environ["PATH"]))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": path, "TERM": "dumb", "HOME": str(tmp_path)}
    options = {"cwd": tmp_path, "env": environment, "encoding": "utf-8", "timeout": LONGEST}
    with pexpect.spawn(shell, SHELLS[shell], **options) as session:
        if shell == "zsh":
            session.sendline("autoload -Uz compinit && compinit -u")
        session.sendline(lines_of_readme()[shell])
        session.sendline("echo rea''dy")
        session.expect("ready")
        session.send("micrograd-plus tra\t")
        session.expect("micrograd-plus train")
        session.send(" mo\t")
        session.expect("moons")
