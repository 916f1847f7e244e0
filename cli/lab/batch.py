"""`micrograd-plus lab batch`: full batch, mini-batches and single samples from the same start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from micrograd_plus import data
from micrograd_plus.cli.completion import one_of_or_a_file
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.lab.problems import network_options, training_of
from micrograd_plus.cli.lab.rate_grid import RATE_COLUMNS, rate_rows, rates_option
from micrograd_plus.cli.lab.results import ResultFile, numbers_csv, out_option, write
from micrograd_plus.cli.lists import list_of
from micrograd_plus.cli.progress import shown_when_long
from micrograd_plus.cli.sentences import say
from micrograd_plus.lab import batch_size_words
from micrograd_plus.lab.batch_sizes import (
    RATES,
    SEEN,
    BatchSizeComparison,
    Cost,
    compare_batch_sizes,
    default_sizes,
    require_batch_sizes,
)
from micrograd_plus.viz.lab.batch_size_pictures import BatchSizePictures

ALL = "all"

_NOISE = ("place", "batch_size", "draws", "cosine", "cosine_expected", "variance", "variance_expected")


def _size(text: str) -> int | str:
    return ALL if text == ALL else int(text)


@click.command()
@click.argument("source", metavar="[DATA]", default="iris", shell_complete=one_of_or_a_file(data.NAMES))
@click.option(
    "--sizes",
    callback=list_of(_size, f"sizes such as 1,16,{ALL}"),
    metavar="NUMBERS",
    help=f"Batch sizes.  [default: of 1,4,16,64,256,{ALL} what suits DATA]",
)
@rates_option(RATES, "The learning rates that each size is tried at.")
@click.option(
    "--epochs",
    type=click.IntRange(1),
    metavar="N",
    help=f"Passes over the data, for each size.  [default: those of {SEEN:,} samples, from 3 to 60]",
)
@click.option("--level", type=float, metavar="LOSS", help="Compare at this loss.  [default: one that most reach]")
@network_options
@out_option("batch")
def batch(
    source: str,
    sizes: tuple[int | str, ...] | None,
    lrs: tuple[float, ...],
    epochs: int | None,
    level: float | None,
    out: Path,
    **network: Any,
) -> None:
    """Train a small network with batches of several sizes: which is first per sample, per update, per second?

    \b
    micrograd-plus lab batch
    micrograd-plus lab batch moons --sizes 1,8,all --epochs 100
    micrograd-plus lab batch --lrs 0.1

    All begin at the same weights and see each sample equally often; DATA is what `train` takes, by default iris. Small
    batches are noisy and want small steps, large ones bear large steps: with one rate for all, the rate would decide.
    So each size is tried at the same rates and compared at its best one, in plain gradient descent. Give one rate with
    --lrs to see what the size alone does.
    """
    with taken_as_mistakes():
        problem = training_of(source, **network)
        counts = [problem.samples if size == ALL else int(size) for size in sizes or default_sizes(problem.samples)]
        require_batch_sizes(problem, counts, rates=lrs, level=level)
    with shown_when_long("descending", 1):
        found = compare_batch_sizes(problem, counts, epochs=epochs, rates=lrs, seed=network["seed"], level=level)
    for line in (*(batch_size_words.sentence(found, one) for one in found.runs), *batch_size_words.verdict(found)):
        say(line)
    write(out, _files(found))


def _files(found: BatchSizeComparison) -> list[ResultFile]:
    pictures = BatchSizePictures(found)
    header = ["batch_size", "lr", *Cost._fields, "loss", *pictures.below.plane.names]
    rates = (row for one in found.runs for row in rate_rows(one.batch_size, one.tuned, found.level))
    return [
        ResultFile("batch.png", "losses by epoch, by update and by second", lambda: pictures.png),
        ResultFile("paths.png", "paths, and losses by epoch", lambda: pictures.paths_png),
        ResultFile("batch.gif", "the same, epoch by epoch", lambda: pictures.gif),
        ResultFile("noise.png", "noise of the gradient, price of an update", lambda: pictures.noise_png),
        ResultFile("batch.csv", "the best runs in numbers", lambda: numbers_csv(header, _runs(found, pictures))),
        ResultFile("rates.csv", "what came of each rate", lambda: numbers_csv(["batch_size", *RATE_COLUMNS], rates)),
        ResultFile("noise.csv", "the noise in numbers", lambda: numbers_csv(_NOISE, _noise(found))),
        ResultFile("report.html", "all of it on one page", lambda: pictures.html().encode()),
    ]


def _runs(found: BatchSizeComparison, pictures: BatchSizePictures) -> Iterator[list[Any]]:
    """Yield a row for each record, with the place on the plane of the pictures."""
    for one in found.runs:
        places = pictures.below.plane.coordinates(one.run.path)
        for cost, loss, place in zip(one.costs, one.run.losses, places, strict=True):
            yield [one.batch_size, one.tuned.lr, *cost, loss, *place]


def _noise(found: BatchSizeComparison) -> Iterator[list[Any]]:
    for place, noise in zip(found.noise_points, found.noise, strict=True):
        for draws in noise.draws:
            size, spread = draws.batch_size, noise.spread
            expected = spread.cosine(size), spread.variance(size)
            yield [place, size, len(draws.cosines), draws.cosine, expected[0], draws.variance, expected[1]]
