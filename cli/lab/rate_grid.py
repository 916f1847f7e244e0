"""A grid of learning rates: the option that takes it, and what came of each rate as rows of a CSV file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from micrograd_plus.cli.lists import numbers
from micrograd_plus.lab.levels import settled
from micrograd_plus.lab.tuning import Tuned

RATE_COLUMNS = ("lr", "best", "settled", "reached_at", "diverged_at")


def rates_option(rates: Sequence[float], text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option `--lrs`, which has these rates by default and says the text in `--help`."""
    default = ",".join(f"{lr:g}" for lr in rates)
    return click.option("--lrs", callback=numbers, default=default, show_default=True, metavar="NUMBERS", help=text)


def rate_rows(key: Any, found: Tuned, level: float | None) -> Iterator[list[Any]]:
    """Yield `key` and `RATE_COLUMNS` for each rate: where its run settled, reached the level and diverged."""
    for lr, run in found.runs.items():
        reached = None if level is None else run.first_at_most(level)
        yield [key, lr, int(lr == found.lr), settled(run), reached, run.diverged_at]
