"""Runs side by side: where the loss of each settles, and a loss that most of them reach."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from numpy.typing import NDArray

from micrograd_plus.lab.run import Run

Array = NDArray[Any]

REST = 0.001  # of the deepest fall: what is closer to the lowest loss than that is as good
_LAST = 0.1  # the share of a run over which it is seen to settle


def last_tenth(run: Run) -> Array:
    """Return the last tenth of a run's recorded losses, rounded, at least one."""
    found: Array = run.losses[-max(1, round(_LAST * len(run.losses))) :]
    return found


def settled(run: Run) -> float:
    """Return the mean of the `last_tenth` of a run, inf if it diverged.

    The very last loss would reward luck where a run jitters or swings.
    """
    if run.diverged_at is not None:
        return math.inf
    return float(last_tenth(run).mean())


def require_level(level: float | None) -> None:
    """Raise ValueError if a loss that was asked for is inf or nan: runs cannot be told by reaching it."""
    if level is not None and not math.isfinite(level):
        raise ValueError(f"level is a finite loss, not {level}")


def common_level(runs: Iterable[Run], *, share: float = 0.5, fall: float = 0.0) -> float | None:
    """Return a round loss that at least a `share` of the runs settle at; None if none of them falls.

    Only those runs count that settle lower than all begin, by at least `fall` times the deepest fall. The level is
    above the lowest loss of all by at least a thousandth of the deepest fall.
    """
    runs = tuple(runs)
    start = float(runs[0].losses[0])
    ends = sorted(end for end in map(settled, runs) if end < start)
    if not ends:
        return None
    lowest = ends[0]
    ends = [end for end in ends if start - end >= fall * (start - lowest)]
    least = max(ends[min(int(share * len(ends)), len(ends) - 1)], lowest + REST * (start - lowest))
    level = _rounded_up(least, least - lowest)
    return level if level < start else least


def _rounded_up(number: float, unit: float) -> float:
    """Return a number rounded up to the first digit of `unit`, or as it is where floats end before that digit."""
    try:
        scale = 10.0 ** -math.floor(math.log10(unit))
        return math.ceil(number * scale) / scale
    except (OverflowError, ValueError):
        return number
