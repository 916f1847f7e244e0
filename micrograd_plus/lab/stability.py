"""The largest learning rate at which gradient descent is stable, found by trying: bisection on the run itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.lab.problem import Problem
from micrograd_plus.lab.run import Run, descend
from micrograd_plus.optim import SGD

STEPS = 1000
LOWEST, HIGHEST = 1e-12, 1e12  # of the rates that are tried
RATIO = 1.005  # of the smallest unstable to the largest stable rate

_FIRST = 0.1
_STRIDE = 4.0  # from one rate to the next, until one is stable and one is not
_ROUNDING = 1e-12  # relative to the loss


class Trial(NamedTuple):
    """A rate, whether it was stable, and the steps taken and the loss when the trial ended."""

    lr: float
    is_stable: bool
    steps: int
    loss: float


@dataclass(frozen=True)
class StableRate:
    """The largest stable rate, `rate`, and the smallest that was tried and was not stable, `unstable`.

    Both are None where there is no such limit; `reason` then says why. `trials` are in the order they were made, each
    of up to `steps` steps.
    """

    rate: float | None
    unstable: float | None
    steps: int
    trials: tuple[Trial, ...]
    reason: str = ""


def is_stable(run: Run) -> bool:
    """Tell whether a run is stable: the loss is finite and at no step above that at the start."""
    return run.diverged_at is None and float(run.losses.max()) <= _ceiling(float(run.losses[0]))


def falls_without_end(run: Run) -> bool:
    """Tell whether a run left all numbers behind while its loss fell: there is no minimum for it to reach."""
    return run.diverged_at is not None and float(run.losses[-1]) < float(run.losses[0])


def largest_stable_rate(
    problem: Problem, *, start: ArrayLike | None = None, steps: int = STEPS, ratio: float = RATIO
) -> StableRate:
    """Return the largest rate at which plain gradient descent on the whole loss is stable for so many steps.

    Rates are tried at fourfold distances from 0.1 until one is stable (`is_stable`) and one is not, then bisected, in
    the logarithm, until these two are `ratio` apart or less. Where the loss is a quadratic, that is 2 / lambda_max: a
    rate that is larger by a share d makes the steepest part of the loss (1 + 2 d) ** 2 times as high with each step, so
    that log(1 / f) / (4 d) steps show it, if that part was a share f of the loss at the start. Elsewhere a rate above
    the limit may climb first and settle then (Lewkowycz et al., "The large learning rate phase of deep learning: the
    catapult mechanism", 2020), and there may be more limits than the one that is found. Errors as for `descend`.

    >>> from micrograd_plus.lab.problem import formula_problem
    >>> found = largest_stable_rate(formula_problem("x**2 + 5*y**2", {"x": 3, "y": 1}))
    >>> 0.199 < found.rate <= 0.2 < found.unstable
    True
    """
    steps = integer_at_least(1, "steps", steps)
    if not 1.0 < ratio < _STRIDE:
        raise ValueError(f"ratio is above 1 and below {_STRIDE:g}, not {ratio}")
    search = _Search(problem, start, steps)
    low, high = search.bracket()
    if search.reason:
        return StableRate(None, None, steps, tuple(search.trials), search.reason)
    while high / low > ratio:
        middle = math.sqrt(low * high)
        if search.holds(middle):
            low = middle
        else:
            high = middle
    return StableRate(low, high, steps, tuple(search.trials))


class _Search:
    """Trials on one problem; `reason` says why no limit can be found."""

    def __init__(self, problem: Problem, start: ArrayLike | None, steps: int) -> None:
        self.problem = problem
        self.start = problem.start if start is None else start
        self.steps = steps
        self.trials: list[Trial] = []
        self.reason = ""
        self._ceiling = _ceiling(problem.loss(self.start))

    def _is_above_start(self, step: int, loss: float) -> bool:
        return loss > self._ceiling

    def holds(self, lr: float) -> bool:
        """Tell whether a rate is stable, by a run that ends when it is seen not to be."""
        run = descend(self.problem, partial(SGD, lr=lr), self.steps, start=self.start, stop=self._is_above_start)
        if falls_without_end(run):
            self.reason = f"at the rate {lr:.3g} the loss falls without end: it has no minimum"
        self.trials.append(Trial(lr, is_stable(run), int(run.steps[-1]), float(run.losses[-1])))
        return self.trials[-1].is_stable

    def bracket(self) -> tuple[float, float]:
        """Return a rate that is stable and one at four times it that is not, unless there is a reason."""
        first = self.holds(_FIRST)
        if not self.reason and not np.any(self.problem.loss_and_gradient(self.start)[1]):
            self.reason = "the gradient at the start is 0: no rate moves anything"
        for lr in _rates(_STRIDE if first else 1.0 / _STRIDE):
            if self.reason:
                break
            stable = self.holds(lr)
            if stable != first and not self.reason:
                return (lr / _STRIDE, lr) if first else (lr, lr * _STRIDE)
        if not self.reason:
            self.reason = f"{'every rate up to' if first else 'no rate down to'} {lr:.0e} is stable"
        return math.nan, math.nan


def _rates(stride: float) -> Iterator[float]:
    lr = _FIRST * stride
    while LOWEST < lr < HIGHEST:
        yield lr
        lr *= stride


def _ceiling(start: float) -> float:
    return start + _ROUNDING * abs(start)
