"""Reports of trainings and sweeps on tables of hostile names: their structure is that of plain names."""

import csv
from pathlib import Path

import pytest

from tests.command_line import run
from tests.test_hostile_formats import html_structure
from tests.test_terminal import assert_harmless

# A formula of LaTeX is one to matplotlib too, and a wrong one ends a drawing.
HOSTILE = [
    "\x1b]0;t\x07$\\frac{",
    "=1+2<img src=x>",
    "$x^{$\x1b[2J",
    "</script><b>",
    "'\"`=cmd\u202e\x85\u2028",
    "\x1b[31m$\\frac_{b<b>",
]
PLAIN = ["first", "second", "one", "two", "three", "table"]

COMMANDS = {
    "train": ("--epochs", 2, "--hidden", 2),
    "sweep": ("--epochs", 1, "--hidden", 2, "--lr", "0.1,0.2", "--seeds", 1),
}


def reported(command: str, names: list[str], folder: Path) -> Path:
    """Run a command on a table of these names and return the folder of its report."""
    *header, one, two, three, table = names
    path = folder / f"{table}.csv"
    folder.mkdir()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*header, "kind"])
        writer.writerows([k % 5 - 2, 3 * k % 7 - 3, (one, two, three)[k % 3]] for k in range(18))
    result = run(*command.split(), path, *COMMANDS[command], "--out", folder / "out")
    assert result.status == 0, ascii(result.stderr)
    assert_harmless(result.stdout, result.stderr)
    return folder / "out"


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_reports_have_the_structure_of_plain_ones(command: str, tmp_path: Path) -> None:
    hostile, plain = (reported(command, names, tmp_path / str(k)) for k, names in enumerate((HOSTILE, PLAIN)))
    pages = sorted(path.relative_to(plain) for path in plain.rglob("*.html"))
    assert pages
    for page in pages:
        found, wanted = (html_structure((folder / page).read_text(encoding="utf-8")) for folder in (hostile, plain))
        assert found == wanted, page
        assert_harmless((hostile / page).read_text(encoding="utf-8"))
    for path in hostile.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert not [
                cell for row in csv.reader(file) for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))
            ]
