"""Optimizers on one surface, from one start, each at its best rate out of one grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.lab.levels import common_level, require_level
from micrograd_plus.lab.problem import FormulaProblem, Problem
from micrograd_plus.lab.run import Run, descend, or_never, with_samples
from micrograd_plus.lab.tuning import RATES, Tuned, require_rates, tuned
from micrograd_plus.settings import OPTIMIZERS
from micrograd_plus.suggestions import require_known

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class OptimizerComparison:
    """What optimizers made of one problem in so many steps, by name; `level` is the loss they are compared at.

    `level` is None where no run went down.
    """

    problem: Problem
    steps: int
    tuned: dict[str, Tuned]
    level: float | None

    @property
    def start_loss(self) -> float:
        """The loss that all begin at."""
        return float(next(iter(self.tuned.values())).run.losses[0])

    def reached_at(self, name: str) -> int | None:
        """Return the step at which the best run of an optimizer first reached the level, None if it did not."""
        return None if self.level is None else self.tuned[name].run.first_at_most(self.level)

    @cached_property
    def order(self) -> list[str]:
        """The names, best first: by the step that reached the level, then by the loss that the run settled at."""
        return sorted(self.tuned, key=lambda name: (or_never(self.reached_at(name)), self.tuned[name].settled))

    def distance(self, name: str) -> float | None:
        """Return how far an optimizer ended from the nearest lowest place, None where none is known."""
        minima = self.problem.minima if isinstance(self.problem, FormulaProblem) else ()
        end = self.tuned[name].run.path[-1]
        return min((float(np.linalg.norm(end - minimum)) for minimum in minima), default=None)


def compare_optimizers(
    problem: Problem,
    names: Sequence[str] = tuple(OPTIMIZERS),
    *,
    steps: int,
    rates: Sequence[float] = RATES,
    batch_size: int | None = None,
    seed: int = 0,
    level: float | None = None,
) -> OptimizerComparison:
    """Let each optimizer, one of `settings.OPTIMIZERS`, take so many steps from the problem's start at each rate.

    With a `batch_size` all see the same mini-batches, drawn from the seed. `level` is the loss they are compared at, by
    default what at least half of them settle at. Raises as `require_optimizers` and `descend` do.
    """
    require_optimizers(problem, names, rates=rates, batch_size=batch_size, level=level)
    rng = None if batch_size is None else seed

    def run(name: str, lr: float) -> Run:
        return descend(problem, partial(OPTIMIZERS[name], lr=lr), steps, batch_size=batch_size, rng=rng)

    found = {name: tuned(rates, partial(run, name)) for name in names}
    if level is None:
        level = common_level(one.run for one in found.values())
    return OptimizerComparison(problem, steps, found, level)


def require_optimizers(
    problem: Problem, names: Sequence[str], *, rates: Sequence[float], batch_size: int | None, level: float | None
) -> None:
    """Raise for what `compare_optimizers` cannot compare, before anything runs.

    ValueError for an unknown name or none, no rate or one that is not above 0, batches of what has no samples and a
    level that is not finite.
    """
    if not names:
        raise ValueError("wanted at least one optimizer, got none")
    for name in names:
        require_known("optimizer", name, OPTIMIZERS)
    require_rates(rates)
    if batch_size is not None:
        with_samples(problem)
    require_level(level)
