"""Copies of the tree in which one line is broken, and the tests that notice."""

from __future__ import annotations

import gc
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
from hypothesis import Phase, settings

from tests.promises import Promise

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext  # not on every system

ROOT = Path(__file__).parents[1]
PATCHES = Path(__file__).parent / "broken"
PACKAGE = ("micrograd_plus", "viz", "cli")
SECONDS = 300  # for the tests of one promise
# What many tests import, where it is installed; none of it begins a thread.
IMPORTED = (
    "pytest",
    "hypothesis.extra.numpy",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "PIL.Image",
    "click",
    "rich.table",
    "prompt_toolkit",
)
# Until one fails, and without what takes time to find it or to tell more of it.
OPTIONS = ("-x", "-q", "-o", "addopts=", "-p", "no:doctest", "-p", "no:cacheprovider", "--assert=plain")


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


def outcome(copy: Path, tests: Sequence[str], marked: str = "") -> Outcome:
    """Run tests of the copy until one fails; `tests` are named as in a promise, and `marked` chooses among them.

    They run in a fork of a process that has imported what many of them import, which takes longer than most of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        file, failure = Path(folder, "printed"), Path(folder, "failure")
        failure.touch()
        run = _forks().Process(target=_run, args=(copy, tests, marked, file, failure))
        run.start()
        run.join(SECONDS)
        if run.is_alive():
            run.kill()
            run.join()
        return Outcome(run.exitcode or 0, failure.read_text(), file.read_text())


@cache
def _forks() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*IMPORTED])
    return context


class _Alone:
    """A plugin of pytest's that looks into no other files than those of some tests, and notes which test failed."""

    def __init__(self, tests: Sequence[str], file: Path) -> None:
        self.files = {test.partition("::")[0] for test in tests}
        self.file = file

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        return True if collection_path.suffix and collection_path.name not in self.files else None

    def pytest_collection(self) -> None:
        """Take the first example that fails: it is shown to nobody, and a smaller one takes many runs to find."""
        phases = [phase for phase in settings().phases if phase is not Phase.shrink]
        settings.register_profile("noticing", settings(), phases=phases)
        settings.load_profile("noticing")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.file.write_text(report.nodeid.removeprefix("tests/"))


def _run(copy: Path, tests: Sequence[str], marked: str, file: Path, failure: Path) -> None:
    """Run tests of the copy as the only ones there are, print into a file, and end with pytest's status."""
    gc.freeze()  # the server's objects, which pytest would collect twice at its end
    os.chdir(copy)
    os.environ.update(environment(copy))
    sys.path[:] = [str(copy), *(place for place in sys.path if not Path(place, "micrograd_plus").exists())]
    for module in [name for name in sys.modules if name.partition(".")[0] in ("tests", "micrograd_plus")]:
        del sys.modules[module]
    with file.open("w") as printed:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
    names = [f"tests/{test}" for test in tests]
    sys.exit(pytest.main([*OPTIONS, "-m", marked, "--tb=native", *names], plugins=[_Alone(tests, failure)]))


def noticed(copy: Path, promise: Promise, name: str) -> Outcome:
    """Return what comes of a promise's tests in the copy broken by one of its patches."""
    with broken(copy, read(name)):
        return outcome(copy, promise.tests)
