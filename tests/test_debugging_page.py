"""The page on debugging tells the truth: its scripts are run, its sessions said again, and every line compared.

`PYTHONPATH=. python tests/test_debugging_page.py` writes the answers in the page anew.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests import sessions
from tests.command_line import ROOT
from tests.documents import write_scripts

NAME = "docs/debugging.md"
PAGE = ROOT / NAME
_SESSION = re.compile(r"(?<=^```console\n)\$ .*?(?=^```$)", re.MULTILINE | re.DOTALL)


def said_again(session: str) -> str:
    """Return a block of the page as it is now, run in the present folder."""
    command = session.splitlines()[0].removeprefix("$ ")
    if command.startswith("python "):
        script = command.removeprefix("python ")
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        run = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
        return f"$ {command}\n{run.stdout}"
    transcript = sessions.read(session)
    return str(sessions.said_again(transcript.command, [exchange.line for exchange in transcript.exchanges]))


SESSIONS = _SESSION.findall(PAGE.read_text())


@pytest.mark.parametrize("number", range(len(SESSIONS)))
def test_a_session_in_the_page_goes_as_it_says(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scripts(NAME, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert said_again(SESSIONS[number]) == SESSIONS[number]


def test_the_page_has_scripts_and_sessions(tmp_path: Path) -> None:
    assert len(write_scripts(NAME, tmp_path)) == 2
    assert len(SESSIONS) == 5


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        write_scripts(NAME, Path(scratch))
        os.chdir(scratch)
        PAGE.write_text(_SESSION.sub(lambda match: said_again(match[0]), PAGE.read_text()))
