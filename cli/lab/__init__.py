"""`micrograd-plus lab NAME`: the experiments, one file each, loaded when it is called."""

from __future__ import annotations

import click

from micrograd_plus.cli.late_group import LateGroup

EXPERIMENTS: dict[str, str] = {}


class Lab(LateGroup):
    """The group of `EXPERIMENTS`."""

    home, kind, summaries = "micrograd_plus.cli.lab", "experiment", EXPERIMENTS


@click.group(cls=Lab)
def lab() -> None:
    """See and measure what the lesson says: each experiment writes pictures, an animation, numbers and a report."""
