"""Damaged files of runs: of a training to go on with, and the journal of a sweep. One value in them is another."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from micrograd_plus import checkpoint, data
from micrograd_plus.checkpoint import CheckpointError
from micrograd_plus.checkpoint_keeper import CheckpointKeeper
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.results import TRAINING, UNFINISHED
from micrograd_plus.cli.training_job import TrainingJob
from micrograd_plus.lab.sweep import SweepError, SweepRun, Trained, train_run
from micrograd_plus.lab.sweep_folder import JOURNAL, SweepFolder
from micrograd_plus.lab.sweep_table import cells, csv_rows, described, headings, rows_of
from micrograd_plus.settings import Settings
from micrograd_plus.train import DivergedError
from micrograd_plus.training_history import History
from micrograd_plus.viz.training_player import training_player_html
from tests.fuzz_mutation import VALUES, place_in
from tests.fuzzing import Refused, in_one_line

_MOONS = data.load("moons")
_NUMBERS = (-1.0, 0.0, 0.5, 3.0, 1e308, float("nan"), float("inf"))


def with_another_value(rng: random.Random, content: Any) -> Any:
    """Return a copy in which one place holds something else."""
    content = copy.deepcopy(content)
    holder, key = place_in(rng, content)
    holder[key] = rng.choice(VALUES)
    return content


def fitted(job: TrainingJob, keeper: CheckpointKeeper) -> tuple[Classifier, History]:
    classifier, (training, validation) = job.classifier(), job.parts
    return classifier, classifier.fit(*training, validation=validation, record=True, keeper=keeper)


@cache
def _trainings() -> list[Any]:
    """Return arrays and metadata of trainings."""
    kept = []
    for more in ({"backend": "compiled"}, {"optimizer": "rmsprop", "schedule": "warmup:epochs=1+plateau"}):
        settings = Settings(**{"hidden": (2,), "epochs": 3, "batch_size": 40, "backend": "numpy", **more})
        job = TrainingJob("moons", settings)
        fitted(job, CheckpointKeeper(TRAINING, job.about()))
        kept.append(checkpoint.load(TRAINING))
    return kept


def drawn_training(rng: random.Random) -> bytes:
    arrays, metadata = rng.choice(_trainings())
    if rng.random() < 0.8:
        return checkpoint.content(arrays, with_another_value(rng, metadata))
    name = rng.choice(sorted(arrays))
    changed = arrays[name].copy()
    changed.flat[rng.randrange(changed.size)] = rng.choice(_NUMBERS)
    return checkpoint.content({**arrays, name: changed}, metadata)


def read_training(content: bytes) -> None:
    path = Path(TRAINING)
    path.write_bytes(content)
    with _refused((TypeError, ValueError, OSError, MemoryError)):
        job = TrainingJob.resumed(path, epochs=4)
        about = job.about()
    with _refused((CheckpointError, DivergedError, MemoryError)):
        classifier, history = fitted(job, CheckpointKeeper(UNFINISHED, about, resume=path))
    assert len(history.epochs) == 4
    training_player_html(history, classifier, title="a damaged run")
    assert path.read_bytes() == content


@cache
def _journal() -> list[Any]:
    points = [Settings(hidden=(2,), epochs=1, seed=seed, lr=lr) for seed in (0, 1) for lr in (0.1, 1e300)]
    with SweepFolder(Path("sweep"), _MOONS, {}) as kept:
        for point in points:
            kept.add(train_run(_MOONS, point))
        kept.add(Trained(SweepRun(Settings(class_weights={"0": 2.0}), "failed", error="of no reason"), None))
    return [json.loads(line) for line in Path("sweep", JOURNAL).read_text().splitlines()]


def drawn_journal(rng: random.Random) -> bytes:
    lines = _journal()
    number = rng.randrange(len(lines))
    changed = [*lines[:number], with_another_value(rng, lines[number]), *lines[number + 1 :]]
    return "".join(f"{json.dumps(line)}\n" for line in changed).encode()


def read_journal(content: bytes) -> None:
    Path("sweep", JOURNAL).write_bytes(content)
    with _refused(SweepError), SweepFolder(Path("sweep"), _MOONS, {}) as kept:
        runs, best = [*kept.runs.values()], kept.best
    rows = rows_of(runs)
    cells(rows, headings(rows)[1])
    csv_rows(rows)
    if best:
        described(best, rows)


@contextmanager
def _refused(kinds: Any) -> Iterator[None]:
    """Take errors of some kinds, which are said in one line, for a refusal."""
    try:
        yield
    except kinds as error:
        in_one_line(error)
        raise Refused from error
