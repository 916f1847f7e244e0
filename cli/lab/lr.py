"""`micrograd-plus lab lr`: learning rates side by side, and the largest that is stable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from micrograd_plus import data
from micrograd_plus.cli.completion import one_of_or_a_file
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.lab.problems import from_option, network_options, problem_of
from micrograd_plus.cli.lab.results import ResultFile, numbers_csv, out_option, write
from micrograd_plus.cli.lists import list_of
from micrograd_plus.cli.minus import Minus
from micrograd_plus.cli.progress import shown_when_long
from micrograd_plus.cli.sentences import say
from micrograd_plus.lab import rate_words
from micrograd_plus.lab.plane import PCA, Plane, require_directions
from micrograd_plus.lab.rates import AUTO, STEPS, Comparison, compare, require_rates_or_auto
from micrograd_plus.lab.surfaces import SURFACES
from micrograd_plus.viz.lab.rate_pictures import RatePictures

_MOST_COLUMNS = 100  # of parameters in a table


def _rate(text: str) -> float | str:
    return AUTO if text == AUTO else float(text)


@click.command(cls=Minus)
@click.argument(
    "source",
    metavar="[DATA | SURFACE | FORMULA]",
    default="moons",
    shell_complete=one_of_or_a_file(data.NAMES, SURFACES),
)
@from_option
@click.option(
    "--lrs",
    callback=list_of(_rate, f"rates such as 0.01,0.1,{AUTO}"),
    default=AUTO,
    show_default=True,
    metavar="RATES",
    help=f"Rates such as 0.001,0.1,1; {AUTO} adds some around the largest stable one.",
)
@click.option(
    "--epochs",
    "--steps",
    "steps",
    type=click.IntRange(1),
    default=STEPS,
    show_default=True,
    metavar="N",
    help="Steps of each run; each takes all samples, so that an epoch is one step.",
)
@click.option(
    "--plane",
    default=PCA,
    show_default=True,
    metavar="PLANE",
    help="What of many parameters is drawn: pca, the principal components of the paths, or the names of two.",
)
@network_options
@out_option("lr")
def lr(
    source: str,
    start: tuple[float, ...] | None,
    lrs: tuple[float | str, ...],
    steps: int,
    plane: str,
    out: Path,
    **network: Any,
) -> None:
    """Run several learning rates from the same start, and tell which are too small, too large or just right.

    \b
    micrograd-plus lab lr
    micrograd-plus lab lr iris --lrs 0.001,0.1,1,auto
    micrograd-plus lab lr "x**2 - 3*x" --from 4 --lrs 0.01,0.3,0.9,1.1
    micrograd-plus lab lr rosenbrock

    DATA is what `train` takes: the loss of a small network over its weights; a SURFACE is rosenbrock, beale, ravine or
    saddle. The largest stable rate is found by bisection on the run itself. Beside it stands what theory says,
    2/lambda_max, from the largest curvature on the way, and what a learning-rate range test suggests.
    """
    with taken_as_mistakes():
        problem = problem_of(source, start, **network)
        require_rates_or_auto(lrs)
        require_directions(problem.parameter_names, plane)
    with shown_when_long("descending", 1):
        found = compare(problem, lrs, steps)
        pictures = RatePictures(found, directions=plane)
    width = max(len(f"{rate:g}") for rate, _ in found.sentences())
    for rate, sentence in found.sentences():
        say(f"{rate:<{width}g}  {sentence}", indent=width + 2)
    for told in (rate_words.summary, rate_words.stability, rate_words.theory, rate_words.suggestion):
        say(told(found))
    write(out, _files(found, pictures))


def _files(found: Comparison, pictures: RatePictures) -> list[ResultFile]:
    return [
        ResultFile("lr.png", "paths, losses and limits", lambda: pictures.png),
        ResultFile("lr.gif", "paths and losses, step by step", lambda: pictures.gif),
        ResultFile("range_test.png", "the range test", lambda: pictures.range_test_png),
        ResultFile("curvature.png", "the largest curvature along the paths", lambda: pictures.sharpness_png),
        ResultFile("lr.csv", "every step of every run in numbers", lambda: _runs(found, pictures.landscape.plane)),
        ResultFile("stability.csv", "the trials of the bisection", lambda: _stability(found)),
        ResultFile("range_test.csv", "the range test in numbers", lambda: _range_test(found)),
        ResultFile("curvature.csv", "the largest eigenvalues of the Hessian", lambda: _curvature(found)),
        ResultFile("report.html", "all of it on one page", lambda: pictures.html().encode()),
    ]


def _runs(found: Comparison, plane: Plane) -> bytes:
    """Return every step with its place: the parameters, or if they are very many where it is on the plane."""
    names, has_all = found.problem.parameter_names, found.problem.size <= _MOST_COLUMNS
    rows = (
        [one.lr, verdict.kind.value, *numbers, *place]
        for one, verdict in zip(found.rated, found.verdicts, strict=True)
        for *numbers, place in zip(
            one.run.steps,
            one.run.losses,
            one.run.gradient_norms,
            one.run.path if has_all else plane.coordinates(one.run.path),
            strict=True,
        )
    )
    return numbers_csv(
        ["lr", "verdict", found.unit, "loss", "gradient_norm", *(names if has_all else plane.names)], rows
    )


def _stability(found: Comparison) -> bytes:
    return numbers_csv(["lr", "is_stable", f"{found.unit}s", "loss"], found.stable.trials)


def _range_test(found: Comparison) -> bytes:
    test = found.test
    return numbers_csv(["lr", "loss", "smoothed_loss"], zip(test.lrs, test.losses, test.smoothed, strict=True))


def _curvature(found: Comparison) -> bytes:
    rows = (
        [one.lr, place.step, place.value, place.stable_rate]
        for one, places in zip(found.rated, found.sharpness, strict=True)
        for place in places
    )
    return numbers_csv(["lr", found.unit, "lambda_max", "2/lambda_max"], rows)
