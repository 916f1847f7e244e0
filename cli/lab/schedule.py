"""`micrograd-plus lab schedule`: learning rates that change in the course of training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from micrograd_plus import data
from micrograd_plus.cli.completion import one_of_or_a_file
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.lab.problems import network_options, training_of
from micrograd_plus.cli.lab.rate_grid import RATE_COLUMNS, rate_rows
from micrograd_plus.cli.lab.results import ResultFile, numbers_csv, out_option, write
from micrograd_plus.cli.lists import numbers
from micrograd_plus.cli.progress import shown_when_long
from micrograd_plus.cli.sentences import say
from micrograd_plus.lab import schedule_words
from micrograd_plus.lab.schedule_runs import ScheduleComparison, compare_schedules, require_schedules
from micrograd_plus.schedule_plan import SCHEDULES
from micrograd_plus.settings import OPTIMIZERS
from micrograd_plus.viz.lab.schedule_pictures import SchedulePictures


@click.command()
@click.argument("source", metavar="[DATA]", default="iris", shell_complete=one_of_or_a_file(data.NAMES))
@click.option(
    "--schedule",
    "schedules",
    multiple=True,
    default=SCHEDULES,
    metavar="TEXT",
    help=f"A schedule as for train; may be given several times.  [default: {', '.join(SCHEDULES)}]",
)
@click.option("--optimizer", default="sgd", show_default=True, metavar="NAME", help=f"One of {', '.join(OPTIMIZERS)}.")
@click.option(
    "--lrs",
    callback=numbers,
    metavar="NUMBERS",
    help="The learning rates that each schedule is tried at.  [default: around what suits the optimizer]",
)
@click.option("--epochs", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="Of each run.")
@click.option(
    "--batch-size", type=click.IntRange(1), default=16, show_default=True, metavar="N", help="Samples in each step."
)
@click.option(
    "--seeds", type=click.IntRange(1), default=5, show_default=True, metavar="N", help="Orders of the samples."
)
@network_options
@out_option("schedule")
def schedule(
    source: str,
    schedules: tuple[str, ...],
    optimizer: str,
    lrs: tuple[float, ...] | None,
    epochs: int,
    batch_size: int,
    seeds: int,
    out: Path,
    **network: Any,
) -> None:
    """Train a small network by several schedules of the learning rate, and at the constant rate, from the same start.

    \b
    micrograd-plus lab schedule
    micrograd-plus lab schedule moons --schedule cosine --schedule warmup:epochs=5+cosine --optimizer adam
    micrograd-plus lab schedule --lrs 1

    DATA is what `train` takes, by default iris. A schedule that ends with small steps bears larger ones at first: with
    one rate for all it would look worse than it is. So each begins at its best of the same rates, the constant one too;
    give one rate with --lrs to see what the schedule alone does. Each is run with several orders of the samples, the
    same for all: what does not hold for every order is no clear difference.
    """
    with taken_as_mistakes():
        problem = training_of(source, **network)
        require_schedules(schedules, optimizer=optimizer, epochs=epochs, rates=lrs)
    with shown_when_long("descending", 1):
        found = compare_schedules(
            problem,
            schedules,
            optimizer=optimizer,
            epochs=epochs,
            batch_size=batch_size,
            seeds=seeds,
            rates=lrs,
            seed=network["seed"],
        )
    for line in (*(schedule_words.sentence(found, one) for one in found.order), *schedule_words.verdict(found)):
        say(line)
    write(out, _files(found))


def _files(found: ScheduleComparison) -> list[ResultFile]:
    pictures = SchedulePictures(found)
    header = ["schedule", "order", "epoch", "lr", "loss", *pictures.below.plane.names]
    rates = (row for text, one in found.runs.items() for row in rate_rows(text, one.tried, None))
    return [
        ResultFile("schedule.png", "rates, losses and ends", lambda: pictures.png),
        ResultFile("paths.png", "paths with the first order of the samples", lambda: pictures.paths_png),
        ResultFile("schedule.gif", "the same, epoch by epoch", lambda: pictures.gif),
        ResultFile("schedule.csv", "every epoch in numbers", lambda: numbers_csv(header, _epochs(found, pictures))),
        ResultFile("rates.csv", "what came of each rate", lambda: numbers_csv(["schedule", *RATE_COLUMNS], rates)),
        ResultFile("report.html", "all of it on one page", lambda: pictures.html().encode()),
    ]


def _epochs(found: ScheduleComparison, pictures: SchedulePictures) -> Iterator[list[Any]]:
    """Yield a row for each epoch of each run, 0 for the start; places are on the plane of the pictures."""
    for text, one in found.runs.items():
        for order, run in enumerate(one.runs):
            lrs = [None, *run.lrs[:: found.in_epoch]]
            places = pictures.below.plane.coordinates(run.path)
            for epoch, (lr, loss, place) in enumerate(zip(lrs, run.losses, places, strict=False)):
                yield [text, order, epoch, lr, loss, *place]
