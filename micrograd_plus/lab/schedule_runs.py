"""Schedules of the learning rate from one start, with several orders of the samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.lab.batch_sizes import updates_per_epoch
from micrograd_plus.lab.problem import TrainingProblem
from micrograd_plus.lab.run import Run, descend
from micrograd_plus.lab.tuning import RATES, Tuned, require_rates, tuned
from micrograd_plus.notation import short
from micrograd_plus.schedule_plan import SCHEDULES, Plan, parse
from micrograd_plus.settings import OPTIMIZERS, Settings
from micrograd_plus.suggestions import require_known

Array = NDArray[Any]

CONSTANT = "constant"

# Shares of losses of networks, which are above 0: what differs by less is told alike, or differs by rounding alone.
_ALIKE, _ROUNDING = 0.01, 1e-9


@dataclass(frozen=True, eq=False)
class ScheduleRuns:
    """The runs of one schedule at its rate, one for each seed, recorded after each epoch.

    `tried` holds those with the first seed at each rate.
    """

    text: str
    tried: Tuned
    runs: tuple[Run, ...]

    @property
    def lr(self) -> float:
        """The rate that all runs begin at, before the schedule changes it."""
        return self.tried.lr

    @cached_property
    def ends(self) -> Array:
        """The losses at the end, by seed; inf of runs that diverged."""
        return np.array([math.inf if run.diverged_at is not None else float(run.losses[-1]) for run in self.runs])

    @property
    def mean(self) -> float:
        """The mean of the losses at the end."""
        return float(self.ends.mean())

    @property
    def spread(self) -> float:
        """The standard deviation of the losses at the end between seeds; nan of a single one."""
        if len(self.ends) == 1 or not math.isfinite(self.mean):
            return math.nan
        found = float(self.ends.std(ddof=1))
        return found if found > _ROUNDING * self.mean else 0.0

    @cached_property
    def losses(self) -> Array:
        """The mean over the seeds of the loss before and after each epoch, as far as all runs came."""
        count = min(len(run.losses) for run in self.runs)
        mean: Array = np.mean([run.losses[:count] for run in self.runs], axis=0)
        return mean

    def __str__(self) -> str:
        if not math.isfinite(self.mean):
            return "diverges"
        return short(self.mean, 3) + ("" if math.isnan(self.spread) else f" ± {short(self.spread, 2)}")


@dataclass(frozen=True, eq=False)
class ScheduleComparison:
    """Schedules by their text, the constant rate among them: all begin at one place and see the same batches."""

    problem: TrainingProblem
    optimizer: str
    epochs: int
    in_epoch: int  # steps
    runs: dict[str, ScheduleRuns]

    @property
    def constant(self) -> ScheduleRuns:
        """The runs at the constant rate."""
        return self.runs[CONSTANT]

    @property
    def seeds(self) -> int:
        """The number of seeds, each of which gives an order of the samples."""
        return len(self.constant.ends)

    @cached_property
    def order(self) -> list[str]:
        """The schedules, the lowest loss at the end first."""
        return sorted(self.runs, key=lambda text: self.runs[text].mean)

    def lrs(self, text: str) -> Array:
        """Return the rate in each epoch of the first run."""
        return self.runs[text].runs[0].lrs[:: self.in_epoch]

    def lower(self, text: str) -> int:
        """Return with how many of the seeds a schedule ends lower than the constant rate, by a hundredth."""
        return int((self.runs[text].ends < (1.0 - _ALIKE) * self.constant.ends).sum())

    def higher(self, text: str) -> int:
        """Return with how many of the seeds a schedule ends higher than the constant rate, by a hundredth."""
        return int((self.runs[text].ends > (1.0 + _ALIKE) * self.constant.ends).sum())


def rates_for(optimizer: str) -> tuple[float, ...]:
    """Return the rates that schedules of an optimizer are tried at: from a quarter to a hundred times what suits it.

    >>> rates_for("sgd"), rates_for("adam")
    ((0.1, 0.3, 1.0, 3.0, 10.0), (0.003, 0.01, 0.03, 0.1, 0.3, 1.0))
    """
    usual = Settings(optimizer=optimizer).chosen_lr
    return tuple(lr for lr in RATES if 0.25 * usual <= lr <= 100.0 * usual)


def compare_schedules(
    problem: TrainingProblem,
    texts: Sequence[str] = SCHEDULES,
    *,
    optimizer: str = "sgd",
    epochs: int = 50,
    batch_size: int = 16,
    seeds: int = 5,
    rates: Sequence[float] | None = None,
    seed: int = 0,
) -> ScheduleComparison:
    """Train by each schedule, in the words of `schedule_plan.parse`, and at the constant rate, from the same start.

    The rate changes after each epoch. Each schedule, and the constant rate, begins at its best of the `rates` with the
    first seed, by default of `rates_for` the optimizer: a schedule that ends small bears a larger rate at first, so at
    one rate for all it would look worse than it is. Then each is run with as many orders of the samples as there are
    `seeds`, the same for all, drawn from `seed` and those that follow. Raises as `require_schedules` does.
    """
    require_schedules(texts, optimizer=optimizer, epochs=epochs, rates=rates)
    rates = rates_for(optimizer) if rates is None else rates
    plans = {plan.text: plan for plan in map(parse, (CONSTANT, *texts))}
    budget = _Budget(problem, optimizer, epochs, integer_at_least(1, "batch_size", batch_size))
    orders = range(seed, seed + integer_at_least(1, "seeds", seeds))
    runs = {text: _runs(budget, plan, rates, orders) for text, plan in plans.items()}
    return ScheduleComparison(problem, optimizer, epochs, budget.in_epoch, runs)


def require_schedules(texts: Sequence[str], *, optimizer: str, epochs: int, rates: Sequence[float] | None) -> None:
    """Raise for what `compare_schedules` cannot compare, before anything runs.

    ValueError for an unknown optimizer, a text that is no schedule or whose warm-up leaves none of the `epochs`, and no
    rate or one that is not above 0.
    """
    require_known("optimizer", optimizer, OPTIMIZERS)
    integer_at_least(1, "epochs", epochs)
    for text in texts:
        parse(text).epochs_after_warm_up(epochs)
    if rates is not None:
        require_rates(rates)


@dataclass(frozen=True)
class _Budget:
    """What all runs have in common."""

    problem: TrainingProblem
    optimizer: str
    epochs: int
    batch_size: int

    @property
    def in_epoch(self) -> int:
        return updates_per_epoch(self.problem.samples, self.batch_size)

    def run(self, plan: Plan, seed: int, lr: float) -> Run:
        """Train, and tell the schedule the loss after each epoch, which may decide about the next rate."""
        mover = OPTIMIZERS[self.optimizer](self.problem.parameters, lr=lr)
        scheduler = plan.scheduler(mover, self.epochs)

        def told(_: int, loss: float) -> bool:
            scheduler.step(loss)
            return False

        steps = self.epochs * self.in_epoch
        return descend(
            self.problem,
            lambda _: mover,
            steps,
            batch_size=self.batch_size,
            rng=seed,
            stop=told,
            every=self.in_epoch,
        )


def _runs(budget: _Budget, plan: Plan, rates: Sequence[float], seeds: Sequence[int]) -> ScheduleRuns:
    tried = tuned(rates, partial(budget.run, plan, seeds[0]))
    others = (budget.run(plan, seed, tried.lr) for seed in seeds[1:])
    return ScheduleRuns(plan.text, tried, (tried.run, *others))
