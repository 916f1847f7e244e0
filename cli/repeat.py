"""`train --repeat N`: the same training with several seeds, and how far the results lie apart."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

import click

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.cli.csv_text import csv_content
from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.errors import INTERRUPTED
from micrograd_plus.cli.interrupts import Interrupts
from micrograd_plus.cli.prepared import alone_in, prepared
from micrograd_plus.cli.run import trained_in
from micrograd_plus.cli.training_job import TrainingJob
from micrograd_plus.cli.written import print_files
from micrograd_plus.training_history import Epoch

REPEATS = "repeats.csv"
_HEADER = ("seed", "epochs", "best", *(field.name for field in fields(Epoch)[1:]))


def train_repeatedly(job: TrainingJob, count: int, folder: Path) -> None:
    """Train with `count` seeds, each into a folder of its own, and print the results with their mean and spread.

    The seed draws the samples of toy problems, the split, the weights and the batches. Ctrl-C ends the training that
    is under way and all others; the same call goes on with what is in the folder of each seed.
    """
    first = job.settings.seed
    rows, best = [], []
    echo(f"{job.title}: seeds {first} to {first + count - 1}")
    with Interrupts() as interrupts, prepared(folder, [REPEATS]):
        for seed in range(first, first + count):
            run = job.with_seed(seed)
            place = folder / f"seed-{seed}"
            with alone_in(place):
                history = trained_in(
                    place, run.classifier(), *run.parts, interrupts, about=run.about(), resume=run.is_kept_in(place)
                )
            assert history.best  # trained_in ends the command otherwise
            best.append(history.best)
            rows.append([seed, len(history.epochs), *astuple(history.best)])
            echo(f"  seed {seed}: epoch {history.best.number}: {history.best}")
            if interrupts.count:
                break
        atomic_write(folder / REPEATS, csv_content(_HEADER, rows))
    for name in ("accuracy", "validation_accuracy", "validation_loss"):
        echo(f"{name.replace('_', ' ')}: {_spread([getattr(epoch, name) for epoch in best])}")
    print_files(folder, {"seed-*": "the model and the history of each seed", REPEATS: "the results of all"})
    if interrupts.count:
        raise click.exceptions.Exit(INTERRUPTED)


def _spread(numbers: Sequence[float]) -> str:
    """Return mean, standard deviation and range of numbers; of one, the number."""
    if len(numbers) == 1:
        return f"{numbers[0]:.4g}"
    mean, deviation = statistics.fmean(numbers), statistics.stdev(numbers)
    return f"{mean:.4g} +- {deviation:.2g} ({min(numbers):.4g} to {max(numbers):.4g})"
