"""`micrograd-plus doctor`: what it says of the programs that draw, and its exit status."""

import shutil
import stat
from pathlib import Path

import pytest

from micrograd_plus import __version__
from micrograd_plus.cli import doctor as module
from tests.command_line import Result, run
from tests.waiting import LONGEST, PATIENCE


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT", LONGEST)


def program(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def check(monkeypatch: pytest.MonkeyPatch, named: str | None, *found: str) -> Result:
    """Run the command where these programs are found and this one is named."""
    monkeypatch.delenv("MICROGRAD_PLUS_DOT", raising=False)
    if named:
        monkeypatch.setenv("MICROGRAD_PLUS_DOT", named)
    places = {Path(path).name: path for path in found}
    monkeypatch.setattr("micrograd_plus.viz.render._program", places.get)
    return run("doctor")


def graphviz_pure() -> str:
    from micrograd_plus.viz.render import engines

    return next(path for path in engines() if "graphviz-pure" in path)


def test_with_graphviz_pure_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    result = check(monkeypatch, None, graphviz_pure())
    assert (result.status, result.stderr) == (0, "")
    lines = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    said = {line[0]: line[1] for line in lines if len(line) == 2}
    assert said["drawn"] == "by            graphviz-pure: no system Graphviz was found"
    assert said["svg,"] == "png, gif       yes"
    assert said["pdf"].startswith("no: it needs Graphviz's own program dot")
    assert said["MICROGRAD_PLUS_DOT"] == "not set"
    assert said["dot"] == "not found"
    assert said["micrograd_plus"] == __version__
    assert {*module.PACKAGES, "Python", "encoding", "columns"} <= {line[0] for line in lines}
    assert max(map(len, result.stdout.splitlines())) <= 80 + len(graphviz_pure())


@pytest.mark.parametrize("folder", ["bin", "graphviz-pure"])
def test_a_system_dot_is_used_first_and_makes_pdf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str) -> None:
    pure = graphviz_pure()
    (tmp_path / folder).mkdir()
    dot = program(
        tmp_path / folder / "dot",
        'case "$*" in *-Tpdf*) echo %PDF-1.7;; *-V*) echo "dot - graphviz version 9.9" >&2;; '
        f'*) exec {pure} "$@";; esac',
    )
    result = check(monkeypatch, None, dot, pure)
    assert result.status == 0
    assert "dot: the system's Graphviz" in result.stdout
    assert "graphviz 9.9" in result.stdout
    assert [line.split()[-1] for line in result.stdout.splitlines() if line.startswith("  pdf")] == ["yes"]


def test_a_named_program_that_hangs_is_stopped_and_the_next_one_draws(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for k, patience in enumerate(PATIENCE):  # which the next one has, too
        monkeypatch.setattr(module, "TIMEOUT", patience)
        hanging = program(tmp_path / f"hanging{k}", "sleep 600")
        result = check(monkeypatch, hanging, graphviz_pure())
        if result.status == 0:
            break
    assert (result.status, result.stderr) == (0, "")
    assert f"MICROGRAD_PLUS_DOT  {hanging}" in result.stdout
    assert f"graphviz-pure: hanging{k} failed" in result.stdout
    assert f"made no svg: it took longer than {patience:g} s and was stopped\n" in result.stdout


def test_a_named_program_that_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = shutil.copy(graphviz_pure(), tmp_path / "graphviz-pure-own")
    result = check(monkeypatch, str(named))
    assert result.status == 0
    assert "graphviz-pure-own: MICROGRAD_PLUS_DOT names it" in result.stdout


@pytest.mark.parametrize("named", [None, "/nowhere/dot"])
def test_without_any_program_the_status_is_1_and_help_is_offered(
    monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    result = check(monkeypatch, named)
    assert (result.status, result.stderr) == (1, "")
    assert "our own writer of plain SVG" in result.stdout
    assert "pip install graphviz-pure" in result.stdout
    assert ("/nowhere/dot" in result.stdout) == (named is not None)


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGES", ("no-such-package-anywhere",))
    assert "not installed" in check(monkeypatch, None, graphviz_pure()).stdout


def test_an_argument_is_a_mistake() -> None:
    assert run("doctor", "now").status == 2
