"""Copies of the tree in which one line is broken, and the tests that notice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.promises import Promise

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
    """What came of tests: pytest's exit status, the first that failed (without its parameters), what was printed."""

    status: int
    failed: str
    printed: str


def outcome(copy: Path, tests: Sequence[str]) -> Outcome:
    """Run tests of the copy until one fails; `tests` are named as in a promise."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-m", "", "-n", "0", "-p", "no:cacheprovider", "--tb=short"]
        + [f"tests/{test}" for test in tests],
        cwd=copy,
        env=environment(copy),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    failed = re.search(r"^FAILED tests/([^\[ \n]+)", run.stdout, flags=re.MULTILINE)
    return Outcome(run.returncode, failed[1] if failed else "", run.stdout)


def noticed(copy: Path, promise: Promise, name: str) -> Outcome:
    """Return what comes of a promise's tests in the copy broken by one of its patches."""
    with broken(copy, read(name)):
        return outcome(copy, promise.tests)
