"""Runs side by side: where the loss of each settles, and a loss that most of them reach."""

from __future__ import annotations

import math
from collections.abc import Iterable

from micrograd_plus.lab.run import Run

REST = 0.001  # of the deepest fall: what is closer to the lowest loss than that is as good
_LAST = 0.1  # the share of a run that its settled loss is the mean of


def settled(run: Run) -> float:
    """Return the mean of the last tenth of a run's recorded losses, inf if it diverged.

    The very last loss would reward luck where a run jitters or swings.
    """
    if run.diverged_at is not None:
        return math.inf
    return float(run.losses[-max(1, round(_LAST * len(run.losses))) :].mean())


def common_level(runs: Iterable[Run]) -> float | None:
    """Return a round loss that at least half of the runs that fall settle at; None if none of them falls.

    All begin at one loss. The level is above the lowest loss of all by at least a thousandth of the deepest fall.
    """
    runs = tuple(runs)
    start = float(runs[0].losses[0])
    ends = sorted(end for end in map(settled, runs) if end < start)
    if not ends:
        return None
    lowest = ends[0]
    height = max(ends[len(ends) // 2] - lowest, REST * (start - lowest))
    digits = -math.floor(math.log10(height))
    level = math.ceil((lowest + height) * 10.0**digits) / 10.0**digits
    return level if level < start else lowest + height
