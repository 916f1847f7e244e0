"""Full batch, mini-batches and single samples from one start, after equally many samples; and what is to be said."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from micrograd_plus import optim
from micrograd_plus.arguments import integer_at_least
from micrograd_plus.lab.gradient_noise import GradientNoise, noise_at
from micrograd_plus.lab.levels import common_level, settled
from micrograd_plus.lab.problem import TrainingProblem
from micrograd_plus.lab.run import Run, descend
from micrograd_plus.lab.tuning import Tuned, tuned
from micrograd_plus.notation import short

Array = NDArray[Any]

RATES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
ALIKE = 0.03  # of the fall: what small batches settle at is noisy
_FALL = 0.85  # of the deepest: whoever comes so far is to reach the level
MOST_RECORDS = 10  # in an epoch: where the loss over all samples is looked at
SEEN = 6000  # samples, about, that the default number of epochs shows to each run
_TIMED_ROUNDS, _TIMED_UPDATES = 10, 20


def default_sizes(samples: int) -> tuple[int, ...]:
    """Return single samples, some mini-batches and the full batch.

    >>> default_sizes(200), default_sizes(10)
    ((1, 4, 16, 64, 200), (1, 4, 10))
    """
    return (*(size for size in (1, 4, 16, 64, 256) if size < 0.7 * samples), samples)


def default_epochs(samples: int) -> int:
    """Return how many epochs show about `SEEN` samples, from 5 to 60.

    >>> default_epochs(200), default_epochs(1797)
    (30, 5)
    """
    return min(max(5, SEEN // samples), 60)


class Cost(NamedTuple):
    """What it took to get somewhere: updates of the weights, samples seen, passes over the data, and seconds."""

    updates: int
    samples: int
    epochs: float
    seconds: float


@dataclass(frozen=True, eq=False)
class BatchSizeRun:
    """The best run with batches of one size; `seconds_per_update` is a median over rounds in which all took turns."""

    batch_size: int
    samples: int
    tuned: Tuned
    seconds_per_update: float

    @property
    def run(self) -> Run:
        """The run itself: its steps are updates of the weights."""
        return self.tuned.run

    @property
    def called(self) -> str:
        """The name in a sentence."""
        return f"the {self.name}" if self.batch_size == self.samples else self.name

    @property
    def name(self) -> str:
        """What batches of that size are called."""
        if self.batch_size == self.samples:
            return "full batch"
        return "single samples" if self.batch_size == 1 else f"batches of {self.batch_size}"

    def cost(self, update: int) -> Cost:
        """Return what so many updates cost; the last batch of an epoch may be a smaller one."""
        epochs, rest = divmod(update, updates_per_epoch(self.samples, self.batch_size))
        seen = epochs * self.samples + rest * self.batch_size
        return Cost(update, seen, seen / self.samples, update * self.seconds_per_update)

    def mean_losses(self) -> Array:
        """Return for each record the mean over the epoch around it, in which one batch matters little."""
        epochs = self.run.steps / updates_per_epoch(self.samples, self.batch_size)
        first, last = np.searchsorted(epochs, epochs - 0.5), np.searchsorted(epochs, epochs + 0.5, side="right")
        sums = np.concatenate([[0.0], np.cumsum(self.run.losses)])
        found: Array = (sums[last] - sums[first]) / (last - first)
        return found

    @property
    def costs(self) -> list[Cost]:
        """The costs of the updates at which the loss was recorded."""
        return [self.cost(int(step)) for step in self.run.steps]


@dataclass(frozen=True, eq=False)
class BatchSizeComparison:
    """Runs with batches of several sizes, which all saw each sample `epochs` times, and the noise of their gradients.

    `level` is the loss they are compared at, None where no run went down. `noise` is that of mini-batches at the start,
    half-way and at the end of the run with the largest batches, whose names and places `noise_points` has.
    """

    problem: TrainingProblem
    epochs: int
    runs: tuple[BatchSizeRun, ...]
    level: float | None
    noise: tuple[GradientNoise, ...]
    noise_points: tuple[str, ...] = ("at the start", "half-way", "at the end")

    def reached(self, run: BatchSizeRun) -> Cost | None:
        """Return what it cost a run to reach the level first, None if it did not."""
        step = None if self.level is None else run.run.first_at_most(self.level)
        return None if step is None else run.cost(step)

    # --- in words

    def sentence(self, run: BatchSizeRun) -> str:
        """Return what a run says about its batch size."""
        rate = short(run.tuned.lr)
        if not math.isfinite(run.tuned.settled):
            return f"{run.name} at {rate}: diverges after {_updates(run.run.diverged_at or 0)}."
        parts = [f"{run.name} at {rate}: {self._reach(run)}", _jitter(run.run)]
        if run.tuned.end:
            parts.append(f"{rate} is the {run.tuned.end} of the rates, so another may be better")
        return "; ".join(parts) + "."

    def _reach(self, run: BatchSizeRun) -> str:
        if self.level is None:
            return "does not go down"
        cost = self.reached(run)
        if cost is None:
            last = run.cost(int(run.run.steps[-1]))
            return (
                f"does not reach loss {short(self.level)} in {self.epochs} epochs "
                f"({_updates(last.updates)}, {_seconds(last.seconds)})"
            )
        return (
            f"reaches loss {short(self.level)} after {_epochs(cost.epochs)}: "
            f"{_updates(cost.updates)}, {_seconds(cost.seconds)}"
        )

    def verdict(self) -> list[str]:
        """Return what the runs say together: which is first per sample, per update and per second; then the noise."""
        if self.level is None:
            return [f"No size of batches goes down on {self.problem.name}.", *self._noise()]
        if not any(self.reached(run) for run in self.runs):
            return [f"No size of batches reaches loss {short(self.level)} on {self.problem.name}.", *self._noise()]
        return [
            self._first("Per sample seen, and so per epoch", lambda c: c.samples, lambda c: f"{c.samples:,} samples"),
            self._first("Per update of the weights", lambda c: c.updates, lambda c: _updates(c.updates)),
            self._first("Per second", lambda c: c.seconds, lambda c: _seconds(c.seconds)) + self._price(),
            *self._noise(),
        ]

    def _price(self) -> str:
        """Tell what an update with the largest batches costs, measured in ones with the smallest."""
        small, *_, large = self.runs if len(self.runs) > 1 else self.runs * 2
        if large is small:
            return ""
        samples, seconds = large.batch_size / small.batch_size, large.seconds_per_update / small.seconds_per_update
        return (
            f" An update takes {_seconds(small.seconds_per_update)} with {small.called}, "
            f"{_seconds(large.seconds_per_update)} with {large.called}: {short(samples, 3)} times the samples cost "
            f"{short(seconds, 2)} times the time."
        )

    def _first(self, way: str, measure: Callable[[Cost], float], told: Callable[[Cost], str]) -> str:
        reached = [(run, cost) for run in self.runs if (cost := self.reached(run)) is not None]
        reached.sort(key=lambda pair: measure(pair[1]))
        (first, cost), *others = reached
        text = f"{way}, first at loss {short(self.level or 0.0)}: {first.called}, after {told(cost)}"
        if others:
            last, its = others[-1]
            text += f"; last of those that get there: {last.called}, after {told(its)}"
        return f"{text}."

    def _noise(self) -> list[str]:
        if self.runs[-1].run.diverged_at is not None:
            return []
        first, last = (noise.spread.noise_scale for noise in (self.noise[0], self.noise[-1]))
        text = (
            f"The noise is as large as the gradient in batches of {_samples(first)} at the start and of "
            f"{_samples(last)} at the end of the way that {self.runs[-1].called} took"
        )
        if last > 1.5 * first:
            return [f"{text}: small batches point well enough at first, later only larger ones or smaller steps do."]
        if first > 1.5 * last:
            return [f"{text}: on this way the gradient grows clearer."]
        return [f"{text}: on this way it changes little."]


def compare_batch_sizes(
    problem: TrainingProblem,
    sizes: Sequence[int] | None = None,
    *,
    epochs: int | None = None,
    rates: Sequence[float] = RATES,
    seed: int = 0,
    level: float | None = None,
) -> BatchSizeComparison:
    """Run gradient descent from the problem's start with batches of each size, each at its best of the rates.

    All see each sample `epochs` times, in an order drawn from the seed anew for each epoch. What suits a batch size
    decides about its rate: with one rate for all, the comparison would be one of rates (Shallue et al., "Measuring the
    Effects of Data Parallelism on Neural Network Training", 2018). Raises ValueError for sizes that cannot be.
    """
    samples = problem.samples
    sizes = sorted(set(default_sizes(samples) if sizes is None else sizes))
    if not sizes:
        raise ValueError("wanted at least one batch size, got none")
    for size in sizes:
        if integer_at_least(1, "a batch size", size) > samples:
            raise ValueError(f"a batch of {size} cannot be drawn from {samples} samples")
    epochs = default_epochs(samples) if epochs is None else integer_at_least(1, "epochs", epochs)
    found = [tuned(rates, partial(_run, problem, size, epochs, seed=seed), alike=ALIKE) for size in sizes]
    seconds = _seconds_per_update(problem, sizes)
    runs = tuple(BatchSizeRun(*parts) for parts in zip(sizes, [samples] * len(sizes), found, seconds, strict=True))
    path = runs[-1].run.path
    points = path[0], path[len(path) // 2], path[-1]
    noise = tuple(noise_at(problem, point, sizes, rng=seed) for point in points)
    if level is None:
        level = common_level((one.run for one in found), share=1.0, fall=_FALL)
    return BatchSizeComparison(problem, epochs, runs, level, noise)


def updates_per_epoch(samples: int, batch_size: int) -> int:
    """Return how many batches show each sample once."""
    return -(-samples // batch_size)


def _run(problem: TrainingProblem, size: int, epochs: int, lr: float, *, seed: int) -> Run:
    in_epoch = updates_per_epoch(problem.samples, size)
    every = max(1, in_epoch // MOST_RECORDS)
    sgd = partial(optim.SGD, lr=lr)
    return descend(problem, sgd, epochs * in_epoch, batch_size=size, rng=seed, every=every)


def _seconds_per_update(problem: TrainingProblem, sizes: Sequence[int]) -> list[float]:
    """Return the median times of updates with each size, in rounds: what else the machine does then hits all alike."""
    times: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(_TIMED_ROUNDS):
        for size in sizes:
            run = descend(problem, optim.SGD, _TIMED_UPDATES, batch_size=size, rng=0)
            times[size] += np.diff(run.times).tolist()
    return [median(times[size]) for size in sizes]


def _jitter(run: Run) -> str:
    """Tell where the last tenth of a run settles, and between which losses it swings if it does."""
    last = run.losses[-max(2, len(run.losses) // 10) :]
    low, high = float(last.min()), float(last.max())
    text = f"settles at {short(settled(run), 3)}"
    return f"{text}, jittering from {short(low, 2)} to {short(high, 2)}" if high > 1.5 * low else text


def _updates(count: int) -> str:
    return f"{count:,} update{'s' * (count != 1)}"


def _epochs(count: float) -> str:
    return f"{short(count, 3)} epoch{'s' * (count != 1)}"


def _seconds(seconds: float) -> str:
    for size, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= size:
            return _two_digits(seconds / size, unit)
    return _two_digits(seconds * 1e6, "µs")


def _two_digits(number: float, unit: str) -> str:
    return f"{number:,.0f} {unit}" if number >= 10.0 else f"{number:.1f} {unit}"


def _samples(count: float) -> str:
    return f"{count:.1f}" if count < 10 else f"{count:,.0f}"
