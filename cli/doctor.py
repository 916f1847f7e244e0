"""`micrograd-plus doctor`: what draws the pictures here, what else was found, and what to install."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import click

from micrograd_plus import Value, __version__
from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.errors import FOUND
from micrograd_plus.viz.drawing import draw
from micrograd_plus.viz.render import PURE, VARIABLE, RenderError, engines, formats_of, is_pure, render

PACKAGES = ("numpy", "graphviz", PURE, "matplotlib", "pillow", "rich", "click", "safetensors")
TIMEOUT = 5.0  # seconds for one small picture
_INSTALL = {
    "linux": "apt install graphviz, or dnf install graphviz",
    "darwin": "brew install graphviz",
    "win32": "winget install graphviz",
}
_WIDTH = 20


class Trial(NamedTuple):
    """How a program did on one format: the seconds it took, or why it made no picture."""

    format: str
    seconds: float
    problem: str = ""

    def __str__(self) -> str:
        return self.problem or f"{self.format} in {self.seconds:.2f} s"


@click.command()
def doctor() -> None:
    """Check what pictures are drawn with; exit with status 1 if no Graphviz program works.

    \b
    micrograd-plus doctor

    Each program draws a small graph. What is listed first is used first: the program named by MICROGRAD_PLUS_DOT, the
    system's dot, graphviz-pure. Without any of them, pictures are plain SVG files.
    """
    dot = _small_graph()
    trials = {program: _trials(program, dot) for program in dict.fromkeys(engines())}
    working = [program for program, found in trials.items() if _drew(found, "svg") and _drew(found, "png")]
    _section("pictures", _pictures(working, trials))
    _section("programs", _programs(trials))
    _section("versions", _versions())
    _section("terminal", _terminal())
    if not working:
        raise click.exceptions.Exit(FOUND)


def _section(title: str, lines: Iterator[tuple[str, str]]) -> None:
    echo(title)
    for name, text in lines:
        echo(f"  {name:<{_WIDTH}}{text}".rstrip())


# --- trials -----------------------------------------------------------------------------------------------------------


def _small_graph() -> str:
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    out = (x * w).tanh()
    out.backward()
    return draw(out).dot


def _trials(program: str, dot: str) -> list[Trial]:
    """Let a program draw in all formats it has; the first failure is enough."""
    found: list[Trial] = []
    for format in formats_of(program):
        found.append(_trial(program, dot, format))
        if found[-1].problem:
            break
    return found


def _trial(program: str, dot: str, format: str) -> Trial:
    begin = time.perf_counter()
    # A failure is a warning, after which render() goes on to the next program: here it is the end.
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            render(dot, format, engine=program, timeout=TIMEOUT)
        except (RuntimeWarning, RenderError) as problem:
            text, _, _ = str(problem).removeprefix(f"{program} ").partition("; ")  # what drew instead is no news here
            return Trial(format, time.perf_counter() - begin, text)
    return Trial(format, time.perf_counter() - begin)


def _drew(trials: Iterable[Trial], format: str) -> bool:
    return any(trial.format == format and not trial.problem for trial in trials)


def _version(program: str) -> str:
    """Return what a program says of its version, empty if it says nothing."""
    try:
        said = subprocess.run([program, "-V"], capture_output=True, text=True, timeout=TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    line = (said.stdout + said.stderr).strip().partition("\n")[0]
    return line.partition(" - ")[2].replace(" version", "") or line


# --- what is said -----------------------------------------------------------------------------------------------------


def _pictures(working: list[str], trials: dict[str, list[Trial]]) -> Iterator[tuple[str, str]]:
    if working:
        first, *_ = trials
        reason = _reason(first) if first == working[0] else f"{os.path.basename(first)} failed"
        yield "drawn by", f"{os.path.basename(working[0])}: {reason}"
        yield "svg, png, gif", "yes"
    else:
        yield "drawn by", "our own writer of plain SVG: no Graphviz program works"
        yield "png, gif", f"no: pip install {PURE}"
    if any(_drew(found, "pdf") for found in trials.values()):
        yield "pdf", "yes"
    else:
        yield "pdf", "no: it needs Graphviz's own program dot"
        yield "", _INSTALL.get(sys.platform, "graphviz.org/download")


def _reason(program: str) -> str:
    if program == os.environ.get(VARIABLE):
        return f"{VARIABLE} names it"
    return "no system Graphviz was found" if is_pure(program) else "the system's Graphviz"


def _programs(trials: dict[str, list[Trial]]) -> Iterator[tuple[str, str]]:
    yield VARIABLE, os.environ.get(VARIABLE) or "not set"
    for name in ("dot", PURE):
        if not any(name in os.path.basename(program) for program in trials):
            yield name, "not found"
    for program, found in trials.items():
        yield os.path.basename(program), program
        if _drew(found, "svg"):
            yield "", _version(program) or "tells no version"
        yield "", ", ".join(map(str, found))


def _versions() -> Iterator[tuple[str, str]]:
    yield "micrograd_plus", __version__
    yield "Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"


def _terminal() -> Iterator[tuple[str, str]]:
    encoding = (sys.stdout.encoding or "unknown").lower()
    yield "encoding", encoding if encoding.startswith("utf") else f"{encoding}: trees are drawn in ASCII"
    yield "columns", str(shutil.get_terminal_size().columns)
    yield "output", "a terminal" if sys.stdout.isatty() else "not a terminal"
