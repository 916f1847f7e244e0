"""`micrograd-plus lab NAME`: the experiments, one file each, loaded when it is called."""

from __future__ import annotations

import click

from micrograd_plus.cli.late_group import LateGroup

EXPERIMENTS = {
    "descent": "The hill: every step of W <- W - lr dL/dW on a curve or a surface.",
    "lr": "Learning rates side by side: too small, too large, just right, and the largest stable one.",
    "batch": "Full batch, mini-batches and single samples from the same start.",
    "optim": "SGD, momentum, Nesterov, RMSProp, Adagrad, Adam and AdamW on one surface.",
    "schedule": "Learning rates that change in the course of training.",
    "init": "Initial weights: how large signals and gradients are, layer by layer.",
    "activation": "Activations: how large signals and gradients are, layer by layer.",
}


class Lab(LateGroup):
    """The group of `EXPERIMENTS`."""

    home, kind, summaries = "micrograd_plus.cli.lab", "experiment", EXPERIMENTS


@click.group(cls=Lab, invoke_without_command=True)
@click.pass_context
def lab(ctx: click.Context) -> None:
    """See and measure what the lesson says: each experiment writes pictures, an animation, numbers and a report.

    \b
    micrograd-plus lab descent "x**2 - 3*x" --from 4 --lr 0.1
    micrograd-plus lab EXPERIMENT --help
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
