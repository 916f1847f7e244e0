"""`micrograd-plus lab descent`: gradient descent on a formula, step by step, at several learning rates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from pathlib import Path

import click

from micrograd_plus.cli.completion import one_of
from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.lab.problems import formula_of, from_option
from micrograd_plus.cli.lab.results import ResultFile, numbers_csv, out_option, write
from micrograd_plus.cli.lists import numbers
from micrograd_plus.cli.minus import Minus
from micrograd_plus.cli.sentences import say
from micrograd_plus.cli.text_table import table
from micrograd_plus.lab import descent_words
from micrograd_plus.lab.descent import Descent
from micrograd_plus.lab.descent import descent as walk_down
from micrograd_plus.lab.descent_rates import checked_rate
from micrograd_plus.lab.surfaces import SURFACES
from micrograd_plus.notation import short
from micrograd_plus.viz.lab.descent import descent_figure, descent_gif
from micrograd_plus.viz.lab.descent_player import descent_player_html
from micrograd_plus.viz.lab.descent_report import columns, descent_report, rows
from micrograd_plus.viz.plots import png

MOST_RATES = 6
MOST_STEPS = 2000
SHOWN = 6  # steps in the terminal

_DPI = 110


def _rate(ctx: click.Context, param: click.Parameter, rate: float | None) -> float | None:
    try:
        return None if rate is None else checked_rate(rate)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


def _rates(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[float, ...] | None:
    rates = numbers(ctx, param, text) or ()
    for rate in rates:
        _rate(ctx, param, rate)
    if len(rates) > MOST_RATES:
        raise click.BadParameter(f"wanted at most {MOST_RATES} learning rates, got {len(rates)}", ctx, param)
    return rates or None


@click.command(cls=Minus)
@click.argument("formula", metavar="SURFACE | FORMULA", shell_complete=one_of(SURFACES))
@from_option
@click.option(
    "--lr",
    type=float,
    callback=_rate,
    metavar="NUMBER",
    help="The learning rate.  [default: a part of the largest at which the loss falls]",
)
@click.option(
    "--lrs",
    callback=_rates,
    metavar="A,B,...",
    help="The rates side by side.  [default: a small one, --lr and a large one]",
)
@click.option(
    "--steps",
    type=click.IntRange(1, MOST_STEPS),
    metavar="N",
    help="Steps to show.  [default: 20; of several variables 200]",
)
@out_option("descent")
def descent(
    formula: str,
    start: tuple[float, ...] | None,
    lr: float | None,
    lrs: tuple[float, ...] | None,
    steps: int | None,
    out: Path,
) -> None:
    """Walk down a curve or a surface by W <- W - lr dL/dW: small, given and large steps.

    \b
    micrograd-plus lab descent "x**2 - 3*x" --from 4 --lr 0.1
    micrograd-plus lab descent "x**2 + 10*y**2" --from 4,1 --lrs 0.01,0.05,0.11
    micrograd-plus lab descent rosenbrock --steps 500

    A SURFACE is rosenbrock, beale, ravine or saddle. Variables of a FORMULA are ordered by their first appearance.

    Writes a picture, an animation, a page to step through, all numbers, and a report. The slope in the numbers is that
    of the tangent in the pictures; of several variables it points uphill, and the steps go the other way.
    """
    with taken_as_mistakes():
        problem = formula_of(formula, start)
    found = walk_down(problem, lr, lrs=lrs, steps=steps)
    _print(found)
    write(out, _files(found))


def _print(found: Descent) -> None:
    say(descent_words.beginning(found))
    walk = found.walks[found.chosen]
    lines: list[Sequence[str]] = [columns()]
    for row in rows(found, walk, SHOWN):
        lines += zip_longest(*(cell.split("\n") for cell in row), fillvalue="")
    for line in table(lines):
        echo(line)
    left_out = len(walk.run.steps) - SHOWN
    if left_out > 0:
        echo(f"... {left_out:,} more at lr {short(walk.lr)}")
    for walk in found.walks:
        say(f"lr {short(walk.lr)}: {descent_words.sentence(found, walk)}")
    say(descent_words.theory(found) or "There is no minimum on the way.")


def _files(found: Descent) -> list[ResultFile]:
    picture = cache(lambda: png(descent_figure(found), _DPI))
    animation = cache(lambda: descent_gif(found))
    return [
        ResultFile("descent.png", "every step at each rate, side by side", picture),
        ResultFile("descent.gif", "the same, moving", animation),
        ResultFile(
            "descent.html", "to step through, with the rule in numbers", lambda: descent_player_html(found).encode()
        ),
        ResultFile("descent.csv", "all numbers", lambda: numbers_csv(found.header(), found.rows())),
        ResultFile("report.html", "all on one page", lambda: descent_report(found, picture(), animation()).encode()),
    ]
