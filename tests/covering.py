"""Which tests run which lines, and how long each test takes: what mutants are tried on.

`pytest -p tests.covering` with coverage's contexts keeps the durations; `measure` runs that and writes all to a file.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_DURATIONS = "TEST_DURATIONS"  # the variable that names the file for them
_MODULES = "MODULES_TO_COVER"  # the variable that names these modules


def measure(file: Path, *arguments: str, modules: list[str]) -> None:
    """Run the fast suite, or what pytest's arguments say, and write `file`."""
    sources = {module: (ROOT / module).read_text() for module in modules}
    with tempfile.TemporaryDirectory() as folder:
        durations, data = Path(folder, "durations"), Path(folder, "coverage")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.covering", "-p", "no:cacheprovider", *arguments]
        measured = ["--cov=micrograd_plus", f"--cov-config={os.devnull}", "--cov-context=test", "--cov-report="]
        environment = os.environ | {_DURATIONS: str(durations), "COVERAGE_FILE": str(data), "PYTHONPATH": str(ROOT)}
        environment[_MODULES] = " ".join(modules)
        # What is printed there is no figure of a benchmark.
        subprocess.run([*command, *measured], cwd=ROOT, env=environment, check=False, stdout=sys.stderr)
        seconds = json.loads(durations.read_text())
        file.write_text(json.dumps({"seconds": seconds, "lines": _lines(data, seconds, modules), "sources": sources}))


def _lines(data: Path, seconds: dict[str, float], modules: list[str]) -> dict[str, dict[int, list[int]]]:
    """Return the numbers of the tests that run each line; -1 is what runs before them."""
    from coverage import CoverageData

    measured, number = CoverageData(str(data)), {test: k for k, test in enumerate(seconds)} | {"": -1}
    measured.read()

    def numbers(contexts: list[str]) -> list[int]:
        return sorted({number[test] for context in contexts if (test := context.rpartition("|")[0]) in number})

    by_line = {module: measured.contexts_by_lineno(str(ROOT / module)) for module in modules}
    return {module: {line: numbers(names) for line, names in by_line[module].items()} for module in modules}


def changed_since(file: Path) -> list[str]:
    """Return the files of tests that were written after `measure` wrote `file`."""
    tests = sorted((ROOT / "tests").glob("test_*.py"))
    return [str(test.relative_to(ROOT)) for test in tests if test.stat().st_mtime > file.stat().st_mtime]


class Covering:
    """What `measure` wrote, and `newer` of some tests. Sources may have changed since: lines are found again."""

    def __init__(self, file: Path, newer: Covering | None = None) -> None:
        kept = json.loads(file.read_text())
        self.newer = newer
        again = {test.partition("::")[0] for test in newer.seconds} if newer else set()
        self._tests = list(kept["seconds"])
        self.seconds: dict[str, float] = {t: s for t, s in kept["seconds"].items() if t.partition("::")[0] not in again}
        self.seconds |= newer.seconds if newer else {}
        self._lines = {module: {int(n): t for n, t in lines.items()} for module, lines in kept["lines"].items()}
        self._sources: dict[str, str] = kept["sources"]
        self._then: dict[str, dict[int, int]] = {}

    def leave_out(self, tests: Iterable[str]) -> None:
        """Forget tests."""
        for test in tests:
            self.seconds.pop(test, None)

    def covers(self, module: str, first: int, last: int) -> tuple[set[str], bool]:
        """Return the tests that run any of the lines, and whether one may run while the module is imported."""
        then, lines = self._lines_then(module), self._lines.get(module, {})
        found = {k for n in range(first, last + 1) for k in lines.get(then.get(n, 0), ())}
        new = any(n not in then for n in range(first, last + 1))
        tests, at_import = {self._tests[k] for k in found if k >= 0}, -1 in found or new
        if self.newer:
            more, at_import_now = self.newer.covers(module, first, last)
            tests, at_import = tests | more, at_import or at_import_now
        return tests & self.seconds.keys(), at_import

    def _lines_then(self, module: str) -> dict[int, int]:
        if module not in self._then:
            before, now = self._sources.get(module, "").splitlines(), (ROOT / module).read_text().splitlines()
            blocks = difflib.SequenceMatcher(None, now, before, autojunk=False).get_matching_blocks()
            self._then[module] = {b.a + k + 1: b.b + k + 1 for b in blocks for k in range(b.size)}
        return self._then[module]


# --- pytest's plugin --------------------------------------------------------------------------------------------------

_started = 0.0
_seconds: dict[str, float] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Import all modules, so that what runs then is seen to run in no test."""
    for module in os.environ[_MODULES].split():
        importlib.import_module(module.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Note the processor time: the clock of a busy machine tells little."""
    global _started
    _started = time.process_time()


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Let the last report of a test say what it took, with its fixtures."""
    if call.when == "teardown":
        item.user_properties.append(("seconds", time.process_time() - _started))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what a test took, unless it failed or was skipped: that one can tell nothing of a mutant."""
    if report.when == "call" and report.passed:
        _seconds[report.nodeid] = 0.0
    elif report.when == "teardown" and report.passed and report.nodeid in _seconds:
        _seconds[report.nodeid] = dict(report.user_properties)["seconds"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the durations, in the process that all reports come to."""
    if not hasattr(session.config, "workerinput"):
        Path(os.environ[_DURATIONS]).write_text(json.dumps(_seconds))
