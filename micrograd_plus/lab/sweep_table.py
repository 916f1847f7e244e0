"""What a sweep's runs say: a row for each of the settings, with mean and spread over the seeds."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Any

from micrograd_plus.lab.grid import SETTINGS, values_of
from micrograd_plus.lab.sweep import SweepRun
from micrograd_plus.notation import short
from micrograd_plus.settings import Settings
from micrograd_plus.training_history import Epoch

_FIRST = ("lr", "batch_size", "hidden")  # the settings that matter most, before any other


@dataclass(frozen=True)
class Row:
    """Runs whose settings differ in the seed alone; `settings` are those of the first seed."""

    settings: Settings
    runs: tuple[SweepRun, ...]

    @property
    def trained(self) -> list[SweepRun]:
        """The runs that came to their end."""
        return [run for run in self.runs if run.best is not None]

    @property
    def accuracies(self) -> list[float]:
        """The validation accuracies of the runs that came to their end, in the order of their seeds."""
        return [run.best.validation_accuracy or 0.0 for run in self.trained if run.best is not None]

    @property
    def accuracy(self) -> float | None:
        """The mean validation accuracy, None where every run diverged or failed."""
        return statistics.fmean(self.accuracies) if self.trained else None

    @property
    def spread(self) -> float | None:
        """The standard deviation of the validation accuracy over the seeds, None for fewer than two."""
        return statistics.stdev(self.accuracies) if len(self.trained) > 1 else None

    @property
    def loss(self) -> float | None:
        """The mean validation loss, None where every run diverged or failed."""
        return statistics.fmean(run.best.judged_loss for run in self.trained if run.best) if self.trained else None

    @property
    def seconds(self) -> float:
        """The mean time of a run."""
        return statistics.fmean(run.seconds for run in self.runs)

    @property
    def lost(self) -> int:
        """How many of the runs diverged or failed."""
        return len(self.runs) - len(self.trained)


def rows_of(runs: Iterable[SweepRun]) -> list[Row]:
    """Return a row for each of the settings, the best first: those that lost no run, then by accuracy, then by loss."""
    groups: dict[Settings, list[SweepRun]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: run.settings.seed):
        groups[replace(run.settings, seed=0)].append(run)
    rows = [Row(group[0].settings, tuple(group)) for group in groups.values()]
    return sorted(rows, key=_order)


def _order(row: Row) -> tuple[Any, ...]:
    accuracy, loss = row.accuracy, row.loss
    if accuracy is None or loss is None:
        return (len(row.runs), 0.0, 0.0, repr(row.settings))
    return (row.lost, -accuracy, loss, repr(row.settings))


def varying(settings: Iterable[Settings]) -> list[str]:
    """Return the names of the settings, but for the seed, that are not the same in all, as `_FIRST` orders them."""
    several = list(settings)
    found = [name for name in SETTINGS if name != "seed" and len(values_of(name, several)) > 1]
    return sorted(found, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))


def in_words(name: str) -> str:
    """Return the name of a setting as people write it."""
    return name.replace("_", " ")


def named(name: str, value: Any) -> str:
    """Return a setting with its name.

    >>> named("batch_size", 32)
    'batch size 32'
    """
    return f"{in_words(name)} {shown(value)}"


def written(value: Any) -> str:
    """Return the value of a setting as the command line takes it.

    >>> written((16, 16)), written(0.01), written({"yes": 2.0})
    ('16,16', '0.01', 'yes=2')
    """
    if isinstance(value, Mapping):
        return ",".join(f"{name}={number:g}" for name, number in value.items())
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)


def shown(value: Any) -> str:
    """Return the value of a setting as a table for people has it, where an empty cell would say nothing.

    >>> shown((16, 16)), shown(()), shown(None)
    ('16,16', 'none', 'none')
    """
    return written(value) or "none"


def headings(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    """Return the heading of a table for people, and the names of the settings that have a column in it."""
    names = varying(row.settings for row in rows) or ["lr"]
    return [*map(in_words, names), "accuracy", "spread", "loss", "seconds", "runs"], names


def cells(rows: Iterable[Row], names: Sequence[str]) -> list[list[str]]:
    """Return the lines of that table: the settings of these names, and what they gave on validation samples."""
    return [[shown(getattr(row.settings, name)) for name in names] + _measures(row) for row in rows]


def _measures(row: Row) -> list[str]:
    accuracy, spread, loss = row.accuracy, row.spread, row.loss
    return [
        "" if accuracy is None else f"{accuracy:.1%}",
        "" if spread is None else f"{spread:.1%}",
        "" if loss is None else short(loss, 3),
        f"{row.seconds:.2f}",
        f"{len(row.runs)}" + (f", {row.lost} lost" if row.lost else ""),
    ]


def described(run: SweepRun, rows: Sequence[Row]) -> str:
    """Return in words what a run of a sweep with these rows has of its own, and what it gave."""
    settings = ", ".join(named(name, getattr(run.settings, name)) for name in (*headings(rows)[1], "seed"))
    return f"{settings}: epoch {run.best.number}, {run.best}" if run.best else settings


# Settings have the first and the last of these names too.
_RENAMED = {"loss": "training_loss", "accuracy": "training_accuracy", "lr": "epoch_lr"}
_MEASURES = [measure.name for measure in fields(Epoch)[1:]]

HEADER = (
    *SETTINGS,
    "outcome",
    "epoch",
    *(_RENAMED.get(name, name) for name in _MEASURES),
    "seconds",
    "error",
)


def csv_rows(rows: Iterable[Row]) -> list[list[Any]]:
    """Return a line for each run, in the order of the rows, as `HEADER` names its cells."""
    return [_csv_row(run) for row in rows for run in row.runs]


def _csv_row(run: SweepRun) -> list[Any]:
    settings = [getattr(run.settings, name) for name in SETTINGS]
    values = [written(value) if isinstance(value, tuple | Mapping) else value for value in settings]
    measures = astuple(run.best) if run.best else (None,) * len(fields(Epoch))
    return [*values, run.outcome, *measures, round(run.seconds, 4), run.error]
