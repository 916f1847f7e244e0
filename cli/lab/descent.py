"""`micrograd-plus lab descent`: gradient descent on a formula, step by step."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from micrograd_plus import optim
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.lab.results import ResultFile, numbers_csv, out_option, write
from micrograd_plus.cli.minus import Minus
from micrograd_plus.expression import Expression
from micrograd_plus.lab.problem import FormulaProblem
from micrograd_plus.lab.run import descend


@click.command(cls=Minus)
@click.argument("formula", metavar="EXPRESSION")
@click.option("--from", "start", required=True, metavar="X[,Y]", help="Where to begin: a number for each variable.")
@click.option("--lr", type=float, default=0.1, show_default=True, metavar="NUMBER", help="The learning rate.")
@click.option("--steps", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="Steps to take.")
@out_option("descent")
def descent(formula: str, start: str, lr: float, steps: int, out: Path) -> None:
    """Walk down a curve or a surface by W <- W - lr dL/dW.

    \b
    micrograd-plus lab descent "x**2 - 3*x" --from 4 --lr 0.1
    """
    with taken_as_mistakes():
        expression = Expression(formula)
        numbers = [float(number) for number in start.split(",")]
        problem = FormulaProblem(expression, dict(zip(expression.names, numbers, strict=True)))
        run = descend(problem, partial(optim.SGD, lr=lr), steps)
    rows = [[step, *place, loss] for step, place, loss in zip(run.steps, run.path, run.losses, strict=True)]
    header = ["step", *problem.parameter_names, "loss"]
    write(out, [ResultFile("descent.csv", "every step in numbers", lambda: numbers_csv(header, rows))])
