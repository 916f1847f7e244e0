"""What came of each rate of a grid, as rows of a CSV file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from micrograd_plus.lab.levels import settled
from micrograd_plus.lab.tuning import Tuned

RATE_COLUMNS = ("lr", "best", "settled", "reached_at", "diverged_at")


def rate_rows(key: Any, found: Tuned, level: float | None) -> Iterator[list[Any]]:
    """Yield `key` and `RATE_COLUMNS` for each rate: where its run settled, reached the level and diverged."""
    for lr, run in found.runs.items():
        reached = None if level is None else run.first_at_most(level)
        yield [key, lr, int(lr == found.lr), settled(run), reached, run.diverged_at]
