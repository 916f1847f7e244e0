"""`descend`: an optimizer moves a problem's parameters, and the `Run` tells where it went."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.data import batches
from micrograd_plus.lab.problem import LARGEST, Problem, TrainingProblem
from micrograd_plus.optim import Optimizer
from micrograd_plus.scheduler import Scheduler
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.texts import one_line

Array = NDArray[Any]

TOO_HIGH = 1e3  # times the loss at the start, or 1 if that is smaller: so far above it, a run has diverged


class StartError(ValueError):
    """A place that no descent can begin at: the loss there, or its gradient, is not finite, or it is too large."""


@dataclass(frozen=True, eq=False)
class Run:
    """Where a descent went, and how the loss, over all samples, changed on its way.

    `steps` holds the numbers of the steps that were recorded, 0 for the start, shape (k,); `path` is of shape (k, n),
    and `losses`, `gradient_norms` and `times` (seconds up to there, without recording and compiling) of shape (k,).
    `lrs` has the learning rate of each step taken, that of the first parameter group: lrs[0] led from step 0 to step 1.

    `diverged_at` is the first recorded step whose loss, place or gradient is not finite, whose loss or place is beyond
    1e300, or whose loss is above that at the start by more than `TOO_HIGH` times its size (by 1,000 if it is smaller
    than 1). The run ends there. All that is recorded is finite and within 1e300: that step is the last one recorded if
    it is so itself, else the one before it is.
    """

    steps: Array
    path: Array
    losses: Array
    gradient_norms: Array
    times: Array
    lrs: Array
    diverged_at: int | None = None

    @property
    def seconds(self) -> float:
        """How long the recorded steps took."""
        return float(self.times[-1])

    def first_at_most(self, loss: float) -> int | None:
        """Return the first recorded step whose loss is at most so high, None if there is none."""
        low = np.flatnonzero(self.losses <= loss)
        return int(self.steps[low[0]]) if low.size else None


def or_never(step: int | None) -> float:
    """Return a step as a number to compare with others: inf where there is none."""
    return math.inf if step is None else float(step)


def descend(
    problem: Problem,
    optimizer: Callable[[Sequence[Any]], Optimizer],
    steps: int,
    *,
    start: ArrayLike | None = None,
    schedule: Callable[[Optimizer], Scheduler] | None = None,
    batch_size: int | None = None,
    rng: Rng | None = None,
    stop: Callable[[int, float], bool] | None = None,
    every: int = 1,
) -> Run:
    """Take so many steps from `start`, or from where the problem starts, and leave the parameters where the run ends.

    `optimizer` makes one of the parameters, as `partial(optim.SGD, lr=0.1)` does, and `schedule` a scheduler of it,
    whose `step()` is called after each of its steps. With a `batch_size` a step follows the gradient of so many
    samples, in an order that `rng` draws anew for each epoch; without it, that of all. Every so many steps, and at the
    last one, place and full loss are recorded; then the run ends early if `stop(step, loss)` says so.

    Raises StartError for a start without a finite loss, of at most 1e300, and gradient, ValueError for batches of what
    has no samples.

    >>> from functools import partial
    >>> from micrograd_plus import optim
    >>> from micrograd_plus.lab.problem import formula_problem
    >>> run = descend(formula_problem("x**2 - 3*x", {"x": 4.0}), partial(optim.SGD, lr=0.1), 2)
    >>> run.path.round(6).tolist(), run.losses.round(6).tolist()
    ([[4.0], [3.5], [3.1]], [4.0, 1.75, 0.31])
    """
    steps, every = integer_at_least(0, "steps", steps), integer_at_least(1, "every", every)
    problem.set(problem.start if start is None else start)
    record = _Record(problem)
    record.add(0, 0.0)
    if LARGEST < abs(problem.loss()) < math.inf:
        raise StartError(f"the loss at the start is from -{LARGEST:g} to {LARGEST:g}, not {problem.loss():g}")
    if record.diverged_at is not None:
        raise StartError(f"the loss at the start, or its gradient, is not finite: the loss is {problem.loss()}")
    gradient = _gradients(problem, batch_size, rng, record)
    mover = optimizer(problem.parameters)
    scheduler = schedule(mover) if schedule else None
    seconds = 0.0
    for step in range(1, steps + 1):
        record.lrs.append(mover.param_groups[0]["lr"])
        seconds += next(gradient)
        began = perf_counter()
        with np.errstate(all="ignore"):
            mover.step()
        if scheduler:
            scheduler.step()
        seconds += perf_counter() - began
        if step % every == 0 or step == steps:
            record.add(step, seconds)
            if record.diverged_at is not None or (stop and stop(step, record.loss)):
                break
    return record.run()


def with_samples(problem: Problem) -> TrainingProblem:
    """Return a problem that has samples to make batches of; ValueError for any other."""
    if not isinstance(problem, TrainingProblem):
        raise ValueError(f"{one_line(problem.name)} has no samples to make batches of")
    return problem


class _Record:
    """What becomes a `Run`; `took` is how long the last evaluation of loss and gradient took."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.lrs: list[float] = []
        self.diverged_at: int | None = None
        self.took = 0.0
        self._rows: list[tuple[int, Array, float, float, float]] = []
        self._limit = math.inf
        problem.loss_and_gradient()  # compiles

    @property
    def step(self) -> int:
        """The last step recorded."""
        return self._rows[-1][0]

    @property
    def loss(self) -> float:
        """The loss at that step."""
        return self._rows[-1][2]

    def add(self, step: int, seconds: float) -> None:
        """Record where the parameters are, and whether that is too far off."""
        began = perf_counter()
        loss, gradient = self.problem.loss_and_gradient()
        self.took = perf_counter() - began
        place, norm = self.problem.get(), _norm(gradient)
        # What is drawn goes beyond losses and places, and comparisons with nan are false.
        is_within = abs(loss) <= LARGEST and math.isfinite(norm) and bool((np.abs(place) <= LARGEST).all())
        if is_within:
            self._rows.append((step, place, loss, norm, seconds))
        if not is_within or loss > self._limit:
            self.diverged_at = step
        elif step == 0:
            self._limit = loss + TOO_HIGH * max(1.0, abs(loss))

    def run(self) -> Run:
        """Return what there is."""
        steps, path, losses, norms, times = map(np.array, zip(*self._rows, strict=True))
        return Run(steps, path, losses, norms, times, np.array(self.lrs), self.diverged_at)


def _norm(gradient: Array) -> float:
    """Return the Euclidean norm, also of numbers whose squares overflow."""
    return math.hypot(*gradient)


def _gradients(problem: Problem, batch_size: int | None, rng: Rng | None, record: _Record) -> Iterator[float]:
    """Return an iterator that puts the gradients of step after step into the parameters; it yields the seconds."""
    if batch_size is None:
        return _full_gradients(problem, record)
    if rng is None:
        raise ValueError("batch_size needs rng, a numpy.random.Generator or a seed")
    return _batch_gradients(with_samples(problem), integer_at_least(1, "batch_size", batch_size), as_generator(rng))


def _full_gradients(problem: Problem, record: _Record) -> Iterator[float]:
    for step in itertools.count():
        if record.step != step:  # else it is there already
            began = perf_counter()
            problem.loss_and_gradient()
            yield perf_counter() - began
        else:
            yield record.took


def _batch_gradients(problem: TrainingProblem, batch_size: int, rng: np.random.Generator) -> Iterator[float]:
    samples = np.arange(problem.samples)
    for size in {min(batch_size, problem.samples), problem.samples % batch_size} - {0}:
        problem.batch_loss(samples[:size])  # compiles
    while True:
        for rows, _ in batches(samples, samples, batch_size, rng=rng):
            began = perf_counter()
            problem.batch_loss(rows)
            yield perf_counter() - began
