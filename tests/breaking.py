"""Copies of the tree in which one line is broken, and the tests that notice."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.promises import Promise

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext  # not on every system

ROOT = Path(__file__).parents[1]
PATCHES = Path(__file__).parent / "broken"
PACKAGE = ("micrograd_plus", "viz", "cli")
SECONDS = 300  # for the tests of one promise


class Patch(NamedTuple):
    """A unified diff that changes one place of one file: the lines that stand there now, and those it puts there."""

    path: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """Return the text of the file with the change; ValueError unless the old lines stand there exactly once."""
        if f"\n{text}".count(f"\n{self.old}") != 1:
            raise ValueError(f"{self.path} does not hold these lines once: make the patch anew\n{self.old}")
        return f"\n{text}".replace(f"\n{self.old}", f"\n{self.new}", 1)[1:]


def read(name: str) -> Patch:
    """Return a patch out of tests/broken/; ValueError for what is no diff of one place."""
    head, *hunks = re.split(r"^@@ .*\n", (PATCHES / f"{name}.patch").read_text(encoding="utf-8"), flags=re.MULTILINE)
    paths = re.findall(r"^\+\+\+ b/(\S+)", head, flags=re.MULTILINE)
    if len(hunks) != 1 or len(paths) != 1:
        raise ValueError(f"{name}.patch: wanted one place of one file, got {len(hunks)} places of {len(paths)} files")
    lines = [line for line in hunks[0].splitlines(keepends=True) if not line.startswith("\\")]
    old, new = ("".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
    return Patch(paths[0], old, new)


def copy_tree(folder: Path) -> Path:
    """Copy the tree, its links as links, with bytecode that follows the text of a file and not its time."""
    ignore = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, folder, symlinks=True, ignore=ignore)
    run = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", *PACKAGE]
    subprocess.run(run, cwd=folder, check=True)
    return folder


def environment(copy: Path) -> dict[str, str]:
    """Return the environment in which Python imports the copy and leaves no bytecode behind."""
    return os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def broken(copy: Path, patch: Patch) -> Iterator[None]:
    """Break the copy for a block."""
    file = copy / patch.path
    whole = file.read_text(encoding="utf-8")
    file.write_text(patch.apply(whole), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(whole, encoding="utf-8")


class Outcome(NamedTuple):
    """What came of tests: pytest's exit status, the first that failed, named as in a promise, what was printed."""

    status: int
    failed: str
    printed: str


def outcome(copy: Path, tests: Sequence[str]) -> Outcome:
    """Run tests of the copy until one fails; `tests` are named as in a promise.

    They run in a fork of a process that has imported pytest and hypothesis, which takes longer than most of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        file, failure = Path(folder, "printed"), Path(folder, "failure")
        failure.touch()
        run = _forks().Process(target=_run, args=(copy, tests, file, failure))
        run.start()
        run.join(SECONDS)
        if run.is_alive():
            run.kill()
            run.join()
        return Outcome(run.exitcode or 0, failure.read_text(), file.read_text())


@cache
def _forks() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "hypothesis.extra.numpy"])
    return context


class _Failure:
    """A plugin of pytest's that writes the name of a test that fails into a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.file.write_text(report.nodeid.removeprefix("tests/"))


def _run(copy: Path, tests: Sequence[str], file: Path, failure: Path) -> None:
    """Run tests of the copy as the only ones there are, print into a file, and end with pytest's status."""
    os.chdir(copy)
    os.environ.update(environment(copy))
    sys.path[:] = [str(copy), *(place for place in sys.path if not Path(place, "micrograd_plus").exists())]
    for module in [name for name in sys.modules if name.partition(".")[0] in ("tests", "micrograd_plus")]:
        del sys.modules[module]
    with file.open("w") as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    # What the server has imported is not of the tests, whose assertions pytest rewrites.
    options = ["-x", "-q", "-m", "", "-n", "0", "-p", "no:cacheprovider", "--tb=short"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    sys.exit(pytest.main([*options, *(f"tests/{test}" for test in tests)], plugins=[_Failure(failure)]))


def noticed(copy: Path, promise: Promise, name: str) -> Outcome:
    """Return what comes of a promise's tests in the copy broken by one of its patches."""
    with broken(copy, read(name)):
        return outcome(copy, promise.tests)
