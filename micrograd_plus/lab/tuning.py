"""A learning rate for each of those that are compared: the best of a grid that is one for all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from micrograd_plus.arguments import positive_number
from micrograd_plus.lab.levels import REST, settled
from micrograd_plus.lab.run import Run

_KEPT = 2**20  # numbers that a path may have to be kept: all runs' together could take gigabytes

RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True, eq=False)
class Tuned:
    """Runs that differ in their learning rate alone, by rate, and the best: that which settles lowest.

    Of those that settle alike, the best is the one whose loss is lowest all along: `alike` is how much higher than the
    lowest they may settle, as a share of its fall. That each competitor is given its best rate out of one grid keeps a
    comparison from being one of rates: Choi et al., "On Empirical Comparisons of Optimizers for Deep Learning" (2019).
    Of the others' paths only the start is kept.
    """

    runs: dict[float, Run]
    alike: float = REST

    @cached_property
    def lr(self) -> float:
        """The rate of the best run."""
        ends = {lr: settled(run) for lr, run in self.runs.items()}
        lowest = min(ends.values())
        if not math.isfinite(lowest):
            return min(ends)
        start = float(next(iter(self.runs.values())).losses[0])
        good = [lr for lr, end in ends.items() if end <= lowest + self.alike * max(start - lowest, 0.0)]
        return min(good, key=lambda lr: float(np.minimum(self.runs[lr].losses, start).mean()))

    @property
    def run(self) -> Run:
        """The best run."""
        return self.runs[self.lr]

    @property
    def settled(self) -> float:
        """The loss that the best run settles at."""
        return settled(self.run)

    @property
    def end(self) -> str:
        """ "smallest" or "largest" where the best rate is that of several: beyond it there may be a better one."""
        if len(self.runs) == 1 or self.lr not in (min(self.runs), max(self.runs)):
            return ""
        return "smallest" if self.lr == min(self.runs) else "largest"

    @property
    def smallest_that_diverges(self) -> float | None:
        """The smallest rate whose run diverged."""
        return min((lr for lr, run in self.runs.items() if run.diverged_at is not None), default=None)

    def reaching(self, level: float) -> list[float]:
        """Return the rates whose runs reach a loss of at most `level` and do not diverge."""
        return [lr for lr, run in self.runs.items() if math.isfinite(settled(run)) and run.losses.min() <= level]


def tuned(rates: Sequence[float], run_at: Callable[[float], Run], *, alike: float = REST) -> Tuned:
    """Run at each of the rates, and once more at the best if its path is long.

    ValueError where there is no rate or one is not above 0.
    """
    require_rates(rates)
    runs = {lr: _without_long_path(run_at(lr)) for lr in sorted(set(rates))}
    best = Tuned(runs, alike).lr
    found = runs[best]
    whole = found if len(found.path) == len(found.steps) else run_at(best)
    return Tuned({lr: whole if lr == best else _without_path(run) for lr, run in runs.items()}, alike)


def require_rates(rates: Sequence[float]) -> None:
    """Raise ValueError where there is no rate or one is not above 0, TypeError where one is no number."""
    if len(rates) == 0:
        raise ValueError("wanted at least one learning rate, got none")
    for lr in rates:
        positive_number("lr", lr)


def _without_long_path(run: Run) -> Run:
    return run if run.path.size <= _KEPT else _without_path(run)


def _without_path(run: Run) -> Run:
    return replace(run, path=run.path[:1].copy())  # a view would keep the whole path
