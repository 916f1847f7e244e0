"""What a sweep keeps: a journal of the runs that are done and the best model so far, wherever it is cut short.

A process at a time works on a folder; the system knows which, and forgets it however the process ends.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from micrograd_plus.checkpoint import CheckpointError
from micrograd_plus.classifier import Classifier
from micrograd_plus.data import Dataset
from micrograd_plus.folder_lock import UNDER_WAY, folder_lock
from micrograd_plus.input_file import bounded_json, open_regular, read_whole
from micrograd_plus.lab.sweep import SweepError, SweepRun, Trained
from micrograd_plus.settings import Settings

JOURNAL, BEST = "runs.jsonl", "best.safetensors"

_FORMAT = {"format": "micrograd_plus.sweep", "version": 1}
_FIRST_BYTES = json.dumps({"format": _FORMAT["format"]})[:-1].encode()  # of a journal of any version


class SweepFolder:
    """A folder with a sweep's runs, in `runs.jsonl`, and the model of the best of them, in `best.safetensors`.

    The journal has a line that says what data the runs are of, then one for each run, which is on the disk before the
    next comes. A line without an end is what a killed process left, and does not count; nor do runs that failed, for
    the reason may have gone. `dataset` is what the runs are of, and `fixed` are settings that they all have. With
    `restart`, the runs of an earlier sweep are dropped. Raises `SweepError` where the folder's runs are others, its
    journal is damaged or no sweep's, or another process works on it, and `OSError`.
    """

    def __init__(self, folder: Path, dataset: Dataset, fixed: Mapping[str, Any], *, restart: bool = False) -> None:
        self.folder = folder
        self.runs: dict[Settings, SweepRun] = {}
        self.best: SweepRun | None = None
        self._lost: list[Settings] = []
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as opened:
            if not opened.enter_context(folder_lock(folder)):
                raise SweepError(UNDER_WAY.format(folder))
            with suppress(FileNotFoundError):
                open_regular(folder / JOURNAL).close()  # to open a pipe for writing could take for ever
            self._journal = opened.enter_context(open(folder / JOURNAL, "ab", buffering=0))
            self._begin(_FORMAT | {"data": dataset.fingerprint}, fixed, restart=restart)
            self._opened = opened.pop_all()

    def _begin(self, header: Mapping[str, Any], fixed: Mapping[str, Any], *, restart: bool) -> None:
        content = read_whole(self.folder / JOURNAL)
        if content[: len(_FIRST_BYTES)] != _FIRST_BYTES[: len(content)]:
            raise SweepError(f"{self.folder / JOURNAL}: not the journal of a sweep: choose another folder with --out")
        lines = [] if restart else _whole_lines(content)
        if lines:
            self._read(lines, header, fixed)
        if restart:
            (self.folder / BEST).unlink(missing_ok=True)
        self._journal.truncate(sum(map(len, lines)))
        if not lines:
            self._append(header)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._opened.close()

    def waiting(self, points: Iterable[Settings]) -> list[Settings]:
        """Return those of the points that have no run yet, and before them the best run if its model is not there."""
        return list(dict.fromkeys([*self._lost, *(point for point in points if point not in self.runs)]))

    def add(self, trained: Trained) -> None:
        """Keep a run, and its model if it is the best so far."""
        run, classifier = trained
        if classifier is not None and self._is_best(run):
            # The model first: it is of use without its line in the journal, but not the other way round.
            classifier.save(self.folder / BEST)
        self._append(run.to_dict())
        self._count(run)

    def _read(self, lines: list[bytes], header: Mapping[str, Any], fixed: Mapping[str, Any]) -> None:
        path = self.folder / JOURNAL
        found = _parsed(lines[0], path, 1)
        if {name: found.get(name) for name in _FORMAT} != _FORMAT:
            raise SweepError(f"{path}: of a newer micrograd_plus{_WAYS_OUT}")
        if found != header:
            raise SweepError(f"{self.folder} holds a sweep of other data{_WAYS_OUT}")
        for number, line in enumerate(lines[1:], 2):
            try:
                run = SweepRun.from_dict(_parsed(line, path, number))
            except (TypeError, ValueError) as error:
                raise SweepError(f"{path}, line {number}: not a run ({error}); begin anew with --restart") from error
            for name, value in fixed.items():
                if (old := getattr(run.settings, name)) != value:
                    raise SweepError(f"{self.folder} holds a sweep with {name} {old}, not {value}{_WAYS_OUT}")
            self._count(run)
        if self.best is not None and not self._has_model_of(self.best):
            self._lost = [self.best.settings]

    def _count(self, run: SweepRun) -> None:
        if run.outcome != "failed":
            if self._is_best(run):
                self.best = run
            self.runs[run.settings] = run

    def _is_best(self, run: SweepRun) -> bool:
        return run.outcome == "trained" and (self.best is None or run.rank <= self.best.rank)

    def _has_model_of(self, run: SweepRun) -> bool:
        try:
            classifier = Classifier.load(self.folder / BEST)
        except (OSError, CheckpointError):
            return False
        # The model also says what the run left to be chosen.
        given = {name: setting for name, setting in vars(run.settings).items() if setting is not None}
        return all(getattr(classifier.settings, name) == setting for name, setting in given.items())

    def _append(self, content: Mapping[str, Any]) -> None:
        line = _line(content)
        try:
            if self._journal.write(line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._journal.fileno())
        except OSError as error:
            raise OSError(error.errno, error.strerror, os.fspath(self.folder / JOURNAL)) from error


_WAYS_OUT = ": choose another folder with --out, or begin anew with --restart"


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode() + b"\n"


def _whole_lines(content: bytes) -> list[bytes]:
    """Return the lines that have an end."""
    return [line for line in content.splitlines(keepends=True) if line.endswith(b"\n")]


def _parsed(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        content = bounded_json(line.decode())
    except (ValueError, RecursionError) as error:
        raise SweepError(f"{path}, line {number}: not JSON; begin anew with --restart") from error
    if not isinstance(content, dict):
        raise SweepError(f"{path}, line {number}: not a JSON object; begin anew with --restart")
    return content
