"""The learning-rate range test: one run whose rate grows from step to step, and the rate that it suggests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.lab.problem import Problem
from micrograd_plus.lab.run import descend
from micrograd_plus.optim import SGD
from micrograd_plus.schedules import ExponentialLR
from micrograd_plus.seeding import Rng

Array = NDArray[Any]

STEPS = 100
TOO_HIGH = 4.0  # times the height of the start above the lowest loss: the test is over

_WINDOW = 7  # rates over which the loss is smoothed


@dataclass(frozen=True)
class RangeTest:
    """The losses after a step with each of the growing `lrs`, raw and `smoothed`, and the rate that they suggest.

    `suggestion` is None where the loss does not fall.
    """

    lrs: Array
    losses: Array
    smoothed: Array
    suggestion: float | None


def range_test(
    problem: Problem,
    *,
    lowest: float = 1e-4,
    highest: float = 10.0,
    steps: int = STEPS,
    start: ArrayLike | None = None,
    batch_size: int | None = None,
    rng: Rng | None = None,
) -> RangeTest:
    """Return the range test of plain gradient descent: rates from `lowest` to `highest`, at equal ratios, in one run.

    L. N. Smith, "Cyclical Learning Rates for Training Neural Networks" (2015), section 3.3. The test ends early when
    the loss is `TOO_HIGH`. Errors as for `descend`; ValueError unless 0 < lowest < highest.
    """
    steps = integer_at_least(2, "steps", steps)
    if not 0.0 < lowest < highest < math.inf:
        raise ValueError(f"wanted rates 0 < lowest < highest, got {lowest} and {highest}")
    gamma = (highest / lowest) ** (1.0 / (steps - 1))
    first = problem.loss(problem.start if start is None else start)
    lowest_loss = first

    def is_over(step: int, loss: float) -> bool:
        nonlocal lowest_loss
        lowest_loss = min(lowest_loss, loss)
        return loss > first and loss - lowest_loss > TOO_HIGH * max(first - lowest_loss, abs(first))

    run = descend(
        problem,
        partial(SGD, lr=lowest),
        steps,
        start=start,
        schedule=partial(ExponentialLR, gamma=gamma),
        batch_size=batch_size,
        rng=rng,
        stop=is_over,
    )
    losses = run.losses[1:]
    lrs = run.lrs[: len(losses)]
    smoothed = smooth(losses)
    return RangeTest(lrs, losses, smoothed, steepest(lrs, smoothed, first))


def smooth(losses: Array) -> Array:
    """Return the mean of each loss and its neighbours, three on each side; of fewer, and as many on each, at the ends.

    >>> smooth(np.array([0.0, 3.0, 0.0]))
    array([0., 1., 0.])
    """
    sums = np.concatenate([[0.0], np.cumsum(losses)])
    places = np.arange(len(losses))
    reach = np.minimum(np.minimum(places, places[::-1]), _WINDOW // 2)
    found: Array = (sums[places + reach + 1] - sums[places - reach]) / (2 * reach + 1)
    return found


def steepest(lrs: Array, losses: Array, start: float) -> float | None:
    """Return the rate at which the loss falls fastest per ratio of rates, None if it falls nowhere.

    Only what comes before the lowest loss and is below the start counts: a fall behind or above is the way back from a
    jump.
    """
    end = int(np.argmin(losses)) + 1 if len(losses) else 0
    if end < 2 or not losses[end - 1] < start:
        return None
    slopes = np.gradient(losses[:end], np.log(lrs[:end]))
    slopes[losses[:end] > start] = np.inf
    return float(lrs[np.argmin(slopes)])
