"""Mutants tried on tests, fast: one pytest process that forks for each mutant.

What runs while a module is imported is tried in a fork that imports the package with the mutated source. What runs in
tests alone is tried in a fork in which all is imported and collected: there the functions get the mutated code.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.abc
import importlib.util
import itertools
import json
import os
import resource
import select
import selectors
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple, TextIO

import pytest
from _pytest.main import pytest_runtestloop as run_collected

SLOWER = 40  # seconds of processor time beyond what the tests take unmutated
BY_THE_CLOCK = 20  # times that, until a fork that waits for something is given up
MOST_MEMORY = 8 * 2**30  # bytes of addresses


class Trial(NamedTuple):
    """A module's mutated source and the tests to try it on, in order; `fresh` if it is to be imported anew.

    Without a module nothing is mutated, and all tests are run.
    """

    module: str
    source: str
    tests: Sequence[str]
    fresh: bool


class Fate(NamedTuple):
    """`how` a mutant ended: killed, out of time, survived; and the first test that failed."""

    how: str
    by: str = ""


def try_all(root: Path, trials: Sequence[Trial], limit: float, workers: int = 2) -> Iterator[tuple[int, Fate]]:
    """Try mutants in some processes at a time; yield the number and the fate of each as it is known.

    `limit` is the processor time in seconds that the tests of one take at most without a mutation. No trials may be
    of a module that this process has imported.
    """
    with tempfile.TemporaryDirectory() as folder, selectors.DefaultSelector() as selector:
        started = []
        for worker in range(workers):
            started.append(_start(root, list(enumerate(trials))[worker::workers], limit, Path(folder, str(worker))))
            selector.register(started[-1][1], selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                line = key.fileobj.readline()
                if line:
                    number, how, by = json.loads(line)
                    yield number, Fate(how, by)
                else:
                    selector.unregister(key.fileobj)
        for worker, (child, lines) in enumerate(started):
            lines.close()
            if os.waitpid(child, 0)[1]:
                raise RuntimeError(Path(folder, str(worker), "output").read_text()[-2000:])


def failing(root: Path, tests: Sequence[str], *, fresh: bool) -> list[str]:
    """Return those of the tests that fail in such a fork without any mutation."""
    [(_, fate)] = try_all(root, [Trial("", "", tests, fresh)], limit=1e6, workers=1)
    return fate.by.splitlines()


def _start(root: Path, trials: list[tuple[int, Trial]], limit: float, folder: Path) -> tuple[int, TextIO]:
    """Start a worker; return its number and what it writes."""
    folder.mkdir()
    reader, writer = os.pipe()
    worker = os.fork()
    if worker:
        os.close(writer)
        return worker, os.fdopen(reader, buffering=1)
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)
    os.chdir(root)
    sys.path.insert(0, str(root))
    with (folder / "output").open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    # Capturing at the level of files would let all forks write into one. The fixtures of a conftest.py are known to the
    # first collection alone, and a fork makes one for each file.
    arguments = ["-x", "-q", "--tb=native", "-n", "0", "-p", "no:cacheprovider", "--capture=sys"]
    arguments += ["--noconftest", "-p", "tests.conftest"]
    code = pytest.main(arguments, plugins=[_Forking(root, trials, limit, writer)])
    os._exit(code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED))


class _Forking:
    """The plugin: it forks instead of collecting, for what is imported anew, and then instead of running."""

    def __init__(self, root: Path, trials: list[tuple[int, Trial]], limit: float, results: int) -> None:
        self.root, self.limit, self.results = root, limit, results
        self.fresh = [(k, trial) for k, trial in trials if trial.fresh]
        self.others = [(k, trial) for k, trial in trials if not trial.fresh]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        _prepare()
        for number, trial in self.fresh:
            self._fork(session, number, lambda trial=trial: self._import_and_run(session, trial))
        if self.others:
            session.perform_collect(list(_files(itertools.chain.from_iterable(t.tests for _, t in self.others))))
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.others:
            functions = _functions()
            items = {item.nodeid: item for item in session.items}
            for number, trial in self.others:
                self._fork(session, number, lambda trial=trial: self._swap_and_run(session, trial, functions, items))
        return True

    def _fork(self, session: pytest.Session, number: int, run: Callable[[], None]) -> None:
        folder = tempfile.mkdtemp(dir=os.environ["PYTEST_DEBUG_TEMPROOT"])
        failed = Path(folder, "failed")
        child = os.fork()
        if not child:
            os.setsid()
            _limit(self.limit + SLOWER)
            session.config.pluginmanager.register(_Failures(failed))
            try:
                run()
            except BaseException as error:  # noqa: BLE001 - whatever a mutant breaks
                if not failed.exists():
                    failed.write_text(f"{type(error).__name__}: {error}"[:200])
            os._exit(bool(session.testsfailed) or failed.exists())
        fate = _ended(child, failed, BY_THE_CLOCK * (self.limit + SLOWER))
        os.write(self.results, (json.dumps([number, *fate]) + "\n").encode())

    def _import_and_run(self, session: pytest.Session, trial: Trial) -> None:
        if trial.module:
            sys.meta_path.insert(0, _Mutated(trial.module, self.root / trial.module, trial.source))
        else:
            session.config.option.maxfail = 0  # all that fail are wanted
        chosen = set(trial.tests)
        for file in _files(trial.tests):
            session.perform_collect([file])
            session.items = [item for item in session.items if item.nodeid in chosen]
            run_collected(session)

    def _swap_and_run(self, session: pytest.Session, trial: Trial, functions: Any, items: Any) -> None:
        path = self.root / trial.module
        if not trial.module:
            session.config.option.maxfail = 0
        elif str(path) in functions:
            _swap(path, trial.source, functions)
        else:  # no test has imported it yet
            sys.meta_path.insert(0, _Mutated(trial.module, path, trial.source))
        session.items = [items[test] for test in trial.tests if test in items]
        run_collected(session)


class _Failures:
    """The plugin of a fork: it writes down which tests fail."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._write(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(f"collecting {report.nodeid}")

    def _write(self, what: str) -> None:
        with self.file.open("a") as file:
            file.write(f"{what}\n")


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Give one module of the package another source."""

    def __init__(self, module: str, path: Path, source: str) -> None:
        self.name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.path, self.source = path, source

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != self.name:
            return None
        folders = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(name, self.path, loader=self, submodule_search_locations=folders)

    def get_source(self, name: str) -> str:
        return self.source

    def get_code(self, name: str) -> CodeType:
        return compile(self.source, str(self.path), "exec", dont_inherit=True)


def _files(tests: Any) -> Iterator[str]:
    return iter(dict.fromkeys(test.partition("::")[0] for test in tests))


def _prepare() -> None:
    # Before the forks: it takes longer than most of them. No more is wanted than whether a test fails.
    from hypothesis import Phase, settings
    from hypothesis.extra import numpy  # noqa: F401 - that it is loaded

    usual = settings.get_profile(settings.get_current_profile_name())
    settings.register_profile("mutants", usual, phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutants")


def _limit(seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _ended(child: int, failed: Path, seconds: float) -> Fate:
    """Wait for a fork and return what became of its mutant."""
    waiting = os.pidfd_open(child)
    in_time, _, _ = select.select([waiting], [], [], min(seconds, 1e5))
    os.close(waiting)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # and what it may have started
    _, status = os.waitpid(child, 0)
    by = failed.read_text().strip() if failed.exists() else ""
    if not in_time or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)):
        return Fate("out of time", by)
    return Fate("killed", by or f"status {status}") if status else Fate("survived")


# --- the code of functions --------------------------------------------------------------------------------------------


def _functions() -> dict[str, list[FunctionType]]:
    """Return all functions there are, by the files that they stand in."""
    found: dict[str, list[FunctionType]] = {}
    for thing in gc.get_objects():
        if type(thing) is FunctionType:
            found.setdefault(thing.__code__.co_filename, []).append(thing)
    return found


def _swap(path: Path, source: str, functions: dict[str, list[FunctionType]]) -> None:
    """Give the functions of a file the code of another source of the same functions."""
    before, after = (compile(text, str(path), "exec", dont_inherit=True) for text in (path.read_text(), source))
    new = {old: code for old, code in _pairs(before, after) if old != code}
    for function in functions.get(str(path), ()):
        if function.__code__ in new:
            function.__code__ = new[function.__code__]


def _pairs(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    yield before, after
    inner = ([c for c in code.co_consts if isinstance(c, CodeType)] for code in (before, after))
    for pair in zip(*inner, strict=True):
        yield from _pairs(*pair)
