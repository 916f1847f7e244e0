"""`micrograd-plus lab optim`: optimizers on one surface, each at its best rate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from micrograd_plus import data
from micrograd_plus.cli.completion import one_of_or_a_file
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.lab.problems import from_option, network_options, problem_of
from micrograd_plus.cli.lab.rate_grid import RATE_COLUMNS, rate_rows, rates_option
from micrograd_plus.cli.lab.results import ResultFile, numbers_csv, out_option, write
from micrograd_plus.cli.lists import names
from micrograd_plus.cli.minus import Minus
from micrograd_plus.cli.progress import shown_when_long
from micrograd_plus.cli.sentences import say
from micrograd_plus.lab import optimizer_words
from micrograd_plus.lab.optimizers import OptimizerComparison, compare_optimizers, require_optimizers
from micrograd_plus.lab.plane import Landscape
from micrograd_plus.lab.surfaces import SURFACES
from micrograd_plus.lab.tuning import RATES
from micrograd_plus.settings import OPTIMIZERS
from micrograd_plus.viz.lab.optimizer_pictures import OptimizerPictures


@click.command(cls=Minus)
@click.argument(
    "source",
    metavar="[DATA | SURFACE | FORMULA]",
    default="rosenbrock",
    shell_complete=one_of_or_a_file(data.NAMES, SURFACES),
)
@from_option
@click.option(
    "--optimizers",
    callback=names,
    default=",".join(OPTIMIZERS),
    show_default=True,
    metavar="NAMES",
    help="Which ones to compare.",
)
@rates_option(RATES, "The learning rates that each is tried at.")
@click.option("--steps", type=click.IntRange(1), default=200, show_default=True, metavar="N", help="Steps of each run.")
@click.option("--batch-size", type=click.IntRange(1), metavar="N", help="Samples in each step.  [default: all]")
@click.option("--level", type=float, metavar="LOSS", help="Compare at this loss.  [default: one that half reach]")
@network_options
@out_option("optim")
def optim(
    source: str,
    start: tuple[float, ...] | None,
    optimizers: tuple[str, ...],
    lrs: tuple[float, ...],
    steps: int,
    batch_size: int | None,
    level: float | None,
    out: Path,
    **network: Any,
) -> None:
    """Let SGD, momentum, Nesterov, RMSProp, Adagrad, Adam and AdamW start at one place of one surface.

    \b
    micrograd-plus lab optim
    micrograd-plus lab optim ravine --optimizers sgd,momentum,adam
    micrograd-plus lab optim "0.25*(x + y)**2 + 12.5*(x - y)**2" --from -2.1,-3.5
    micrograd-plus lab optim moons --hidden 8,8 --batch-size 16

    A SURFACE is rosenbrock (by default), beale, ravine or saddle; the FORMULA above is the ravine turned by 45 degrees,
    which some like less. DATA is what `train` takes: the surface is then the loss of a small network over its weights.
    No rate suits all optimizers, so each is tried at the same ones, and its best is compared: of the rates whose runs
    settle lowest, within a thousandth of the fall, the fastest.
    """
    with taken_as_mistakes():
        problem = problem_of(source, start, **network)
        require_optimizers(problem, optimizers, rates=lrs, batch_size=batch_size, level=level)
    with shown_when_long("descending", 1):
        found = compare_optimizers(
            problem, optimizers, steps=steps, rates=lrs, batch_size=batch_size, seed=network["seed"], level=level
        )
    for line in (*(optimizer_words.sentence(found, one) for one in found.order), *optimizer_words.verdict(found)):
        say(line)
    write(out, _files(found))


def _files(found: OptimizerComparison) -> list[ResultFile]:
    pictures = OptimizerPictures(found)
    header = ["optimizer", "lr", "best", "step", "loss", *pictures.below.plane.names]
    rates = (row for name, one in found.tuned.items() for row in rate_rows(name, one, found.level))
    return [
        ResultFile("optim.png", "paths, losses and rates", lambda: pictures.png),
        ResultFile("optim.gif", "the same, step by step", lambda: pictures.gif),
        ResultFile("optim.csv", "each step of each run", lambda: numbers_csv(header, _steps(found, pictures.below))),
        ResultFile("rates.csv", "what came of each rate", lambda: numbers_csv(["optimizer", *RATE_COLUMNS], rates)),
        ResultFile("report.html", "all of it on one page", lambda: pictures.html().encode()),
    ]


def _steps(found: OptimizerComparison, below: Landscape) -> Iterator[list[Any]]:
    """Yield a row for each step; places on the plane of the pictures, which only the best runs have."""
    for name, one in found.tuned.items():
        for lr, run in one.runs.items():
            places = below.plane.coordinates(run.path) if lr == one.lr else [[None] * len(below.axes)] * len(run.steps)
            for step, loss, place in zip(run.steps, run.losses, places, strict=True):
                yield [name, lr, int(lr == one.lr), step, loss, *place]
