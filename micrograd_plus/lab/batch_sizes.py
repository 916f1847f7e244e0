"""Full batch, mini-batches and single samples from one start, after equally many samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from micrograd_plus import optim
from micrograd_plus.arguments import integer_at_least
from micrograd_plus.lab.gradient_noise import GradientNoise, noise_at
from micrograd_plus.lab.levels import common_level, require_level
from micrograd_plus.lab.problem import TrainingProblem
from micrograd_plus.lab.run import Run, descend
from micrograd_plus.lab.tuning import Tuned, require_rates, tuned

Array = NDArray[Any]

RATES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
ALIKE = 0.03  # of the fall: what small batches settle at is noisy
_FALL = 0.85  # of the deepest: whoever comes so far is to reach the level
MOST_RECORDS = 10  # in an epoch: where the loss over all samples is looked at
SEEN = 6000  # samples, about, that the default number of epochs shows to each run
_MOST_UPDATES = 5000  # in an epoch, for sizes that nobody asked for
_TIMED_ROUNDS, _TIMED_UPDATES = 10, 20


def default_sizes(samples: int) -> tuple[int, ...]:
    """Return single samples, some mini-batches and the full batch; of very many samples, no batches that take long.

    >>> default_sizes(200), default_sizes(50_000)
    ((1, 4, 16, 64, 200), (16, 64, 256, 50000))
    """
    return (*(size for size in (1, 4, 16, 64, 256) if samples / _MOST_UPDATES <= size < 0.7 * samples), samples)


def default_epochs(samples: int) -> int:
    """Return how many epochs show about `SEEN` samples, from 3 to 60.

    >>> default_epochs(200), default_epochs(1797)
    (30, 3)
    """
    return min(max(3, SEEN // samples), 60)


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
        """Return for each record the mean over the epoch around it, in which one batch matters little.

        It is over less where the run is short, and near its ends, where there is not so much on both sides.
        """
        epochs = self.run.steps / updates_per_epoch(self.samples, self.batch_size)
        room = np.minimum(epochs, epochs[-1] - epochs)
        reach = np.minimum(min(0.5, epochs[-1] / 50.0), room) + 1e-9  # that a record is within reach of itself
        first, last = np.searchsorted(epochs, epochs - reach), np.searchsorted(epochs, epochs + reach, side="right")
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
    Effects of Data Parallelism on Neural Network Training", 2018). Raises as `require_batch_sizes` does.
    """
    samples = problem.samples
    sizes = default_sizes(samples) if sizes is None else sizes
    require_batch_sizes(problem, sizes, rates=rates, level=level)
    sizes = sorted(set(sizes))
    epochs = default_epochs(samples) if epochs is None else integer_at_least(1, "epochs", epochs)
    found = [tuned(rates, partial(_run, problem, size, epochs, seed=seed), alike=ALIKE) for size in sizes]
    seconds = _seconds_per_update(problem, sizes)
    runs = tuple(
        BatchSizeRun(size, samples, best, took) for size, best, took in zip(sizes, found, seconds, strict=True)
    )
    path = runs[-1].run.path
    points = path[0], path[len(path) // 2], path[-1]
    noise = tuple(noise_at(problem, point, sizes, rng=seed) for point in points)
    if level is None:
        level = common_level((one.run for one in found), share=1.0, fall=_FALL)
    return BatchSizeComparison(problem, epochs, runs, level, noise)


def require_batch_sizes(
    problem: TrainingProblem, sizes: Sequence[int], *, rates: Sequence[float], level: float | None
) -> None:
    """Raise for what `compare_batch_sizes` cannot compare, before anything runs.

    ValueError for no size or one that cannot be drawn, no rate or one that is not above 0, and a level that is not
    finite.
    """
    if len(sizes) == 0:
        raise ValueError("wanted at least one batch size, got none")
    for size in sizes:
        problem.require_batch_size(size)
    require_rates(rates)
    require_level(level)


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
