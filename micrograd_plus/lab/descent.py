"""The hill: gradient descent from one place at several learning rates, each step in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.lab.descent_rates import checked_rate, three_rates
from micrograd_plus.lab.local_shape import limit_at, minimum_near
from micrograd_plus.lab.problem import FormulaProblem
from micrograd_plus.lab.run import Run, descend
from micrograd_plus.notation import short
from micrograd_plus.optim import SGD

Array = NDArray[Any]

NEAR = 1e-3  # so near to the minimum, or to a thousandth of where it began nearer than 1, a walk has arrived
PATIENCE = 5000  # steps that are taken, though not shown, to see when that is
BEGINNING = 20  # steps that tell whether a walk jumps
HARDLY = 0.9  # of the distance is left
SLOW = 3.0  # times as many steps as the quickest


@dataclass(frozen=True, eq=False)
class Walk:
    """A descent at one learning rate.

    `run` has the steps that are shown, `longer` those taken to see how it ends. `slopes` holds the gradient at each
    place of the run's path, in its shape, and `minimum` the place it is heading for, None where there is none; it
    arrives when it is within `near` of that.
    """

    lr: float
    run: Run
    longer: Run
    slopes: Array
    minimum: Array | None
    near: float

    @cached_property
    def updates(self) -> Array:
        """What each step takes away from the parameters, lr * slope: shape (steps, n)."""
        with np.errstate(all="ignore"):
            return np.asarray(self.lr * self.slopes[: len(self.run.lrs)])

    @property
    def needed(self) -> int | None:
        """The number of steps until it arrives, None if that is more than `PATIENCE` or never."""
        return int(self.longer.steps[-1]) if self.distance(self.longer) <= self.near else None

    @cached_property
    def went_too_far(self) -> Array:
        """For each step whether the slope leads back from where it ended: shape (k - 1,)."""
        with np.errstate(all="ignore"):
            return np.asarray((self.slopes[1:] * self.slopes[:-1]).sum(axis=1) < 0.0)

    @property
    def rises(self) -> int:
        """How many steps raised the loss."""
        return int((np.diff(self.run.losses) > 0.0).sum())

    @property
    def is_restless(self) -> bool:
        """Whether more than half of the first steps went too far, or more than a quarter of all raised the loss."""
        beginning = self.went_too_far[:BEGINNING]
        return 2 * int(beginning.sum()) > len(beginning) or 4 * self.rises > len(self.went_too_far)

    def distance(self, run: Run | None = None, step: int = -1) -> float:
        """Return how far from the minimum the run ends, or another, or is after a step; nan where there is none."""
        if self.minimum is None:
            return float("nan")
        return float(np.linalg.norm((run or self.run).path[step] - self.minimum))

    def rule(self, step: int, names: Sequence[str]) -> list[str]:
        """Return `W <- W - lr dL/dW` with the numbers of a step, a line for each variable; none where it ended.

        >>> from micrograd_plus.lab.problem import formula_problem
        >>> walks = descent(formula_problem("x**2 - 3*x", {"x": 4.0}), lrs=[0.1]).walks
        >>> walks[0].rule(0, ["x"])
        ['x <- 4 - 0.1 * 5 = 3.5']
        """
        if step >= len(self.updates):
            return []
        numbers = zip(names, self.run.path[step], self.slopes[step], self.updates[step], strict=True)
        return [
            f"{name} <- {short(x)} - {short(self.lr)} * {_factor(slope)} = {short(x - update)}"
            for name, x, slope, update in numbers
        ]


@dataclass(frozen=True, eq=False)
class Descent:
    """Walks on one problem from one place, by rising learning rate; `chosen` is the number of the one asked for."""

    problem: FormulaProblem
    walks: tuple[Walk, ...]
    chosen: int

    @cached_property
    def minimum(self) -> Array | None:
        """The lowest of the places that walks are heading for, None if there is none."""
        found = [walk.minimum for walk in self.walks if walk.minimum is not None]
        return min(found, key=self.problem.loss, default=None)

    @cached_property
    def limit(self) -> float | None:
        """2 / curvature at the minimum: a larger rate cannot come to rest there. None where nothing is curved."""
        limit = np.inf if self.minimum is None else limit_at(self.problem, self.minimum)
        return limit if limit < np.inf else None

    def other_minimum(self, walk: Walk) -> Array | None:
        """Return the minimum that a walk is heading for if it is not `minimum`, else None."""
        if walk.minimum is None or self.minimum is None:
            return None
        return walk.minimum if np.linalg.norm(walk.minimum - self.minimum) > walk.near else None

    def kind(self, walk: Walk) -> str:
        """Return what becomes of a walk, one of `descent_words.HEADINGS`; whether it is slow is told by the others."""
        if not walk.slopes[0].any():
            return "stands"
        if walk.longer.diverged_at is not None:
            return "leaves"
        if walk.is_restless:
            return "jumps"
        if walk.minimum is None:
            return "falls"
        if self._is_slow(walk):
            return "slow"
        return "nears" if walk.needed is None or walk.needed > len(walk.updates) else "arrives"

    def _is_slow(self, walk: Walk) -> bool:
        """Tell whether the steps shown bring it hardly nearer, or others far sooner or, if none arrives, far nearer."""
        if walk.needed is not None and walk.needed <= len(walk.updates):
            return False
        if len(walk.updates) >= BEGINNING and walk.distance() > HARDLY * walk.distance(step=0):
            return True
        quickest = min((other.needed for other in self.walks if other.needed is not None), default=None)
        if quickest is None:
            return walk.distance(walk.longer) > SLOW * min(other.distance(other.longer) for other in self._bound)
        return walk.needed is None or walk.needed > SLOW * quickest

    @property
    def _bound(self) -> list[Walk]:
        """The walks that go towards a minimum."""
        return [walk for walk in self.walks if walk.minimum is not None and walk.longer.diverged_at is None]

    def rows(self) -> Iterator[list[Any]]:
        """Yield the numbers of each step under `header()`; where a walk ends, None for the step not taken."""
        for walk in self.walks:
            run = walk.run
            for k, (place, loss, slope) in enumerate(zip(run.path, run.losses, walk.slopes, strict=True)):
                step = (
                    [*walk.updates[k], *(place - walk.updates[k])] if k < len(walk.updates) else 2 * [None] * len(place)
                )
                yield [walk.lr, k, *place, loss, *slope, *step]

    def header(self) -> list[str]:
        """Return the names of the columns of `rows()`: `new_x` is `x - update_x`, `update_x` is `lr * slope_x`."""
        names = self.problem.parameter_names
        groups = ([f"{kind}_{name}" for name in names] for kind in ("slope", "update", "new"))
        return ["lr", "step", *names, "loss", *(name for group in groups for name in group)]


def descent(
    problem: FormulaProblem, lr: float | None = None, *, lrs: Sequence[float] | None = None, steps: int | None = None
) -> Descent:
    """Return walks of gradient descent from the problem's start.

    They are taken at the rates `lrs`, else at `lr`, at a smaller and at a larger one; without `lr`, at a part of the
    largest stable one. `steps` are shown, by default 20 of one variable and else 200. Raises ValueError for rates that
    are not from 1e-300 to 1e300, and what `descend` raises.

    >>> from micrograd_plus.lab.problem import formula_problem
    >>> [walk.lr for walk in descent(formula_problem("x**2 - 3*x", {"x": 4.0}), 0.1).walks]
    [0.02, 0.1, 0.95]
    """
    steps = integer_at_least(1, "steps", (20 if problem.size == 1 else 200) if steps is None else steps)
    for rate in [*(lrs or []), *([] if lr is None else [lr])]:
        checked_rate(rate)
    if lrs is None:
        lr, lrs = three_rates(problem, lr)
    elif lr is not None:
        lrs = [*lrs, lr]
    rates = sorted(set(lrs))
    if not rates:
        raise ValueError("wanted at least one learning rate, got none")
    walks = tuple(_walk(problem, rate, steps) for rate in rates)
    return Descent(problem, walks, rates.index(lr) if lr is not None else (len(rates) - 1) // 2)


def _walk(problem: FormulaProblem, lr: float, steps: int) -> Walk:
    sgd = partial(SGD, lr=lr)
    run = descend(problem, sgd, steps)
    slopes = np.array([problem.loss_and_gradient(w)[1] for w in run.path])
    minimum = minimum_near(problem, run.path[run.losses.argmin()])
    near, longer = NEAR, run
    if minimum is not None:
        near *= min(1.0, float(np.linalg.norm(problem.start - minimum)) or 1.0)
        longer = descend(problem, sgd, PATIENCE, stop=lambda *_: bool(np.linalg.norm(problem.get() - minimum) <= near))
    problem.set(problem.start)
    return Walk(lr, run, longer, slopes, minimum, near)


def _factor(x: float) -> str:
    return f"({short(x)})" if x < 0.0 else short(x)
