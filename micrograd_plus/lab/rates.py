"""Several learning rates from the same start, side by side, with what theory and trial say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.lab.problem import Problem, TrainingProblem
from micrograd_plus.lab.range_test import RangeTest, range_test
from micrograd_plus.lab.run import descend
from micrograd_plus.lab.sharpness import Sharpness, along
from micrograd_plus.lab.stability import HIGHEST, LOWEST, StableRate, largest_stable_rate
from micrograd_plus.lab.stability import STEPS as STABLE_STEPS
from micrograd_plus.lab.verdicts import Rated, Verdict, judge, timed_level
from micrograd_plus.lab.wording import two_digits
from micrograd_plus.optim import SGD

AUTO = "auto"
STEPS = 200

_AUTO = (0.01, 0.1, 0.5, 1.5)  # times the largest stable rate
_WITHOUT_LIMIT = (0.001, 0.01, 0.1, 1.0)
_ALIKE = 1.2  # rates closer than that need not both be run
_BELOW, _ABOVE = 1e-5, 10.0  # the range test's rates, times the largest stable rate


@dataclass(frozen=True)
class Comparison:
    """Runs of plain gradient descent at several rates, `rated`, and a verdict for each.

    `reference` is a run at half the largest `stable` rate, if there is one. `sharpness` has the largest eigenvalues of
    the Hessian along the paths of `rated`, `sharpness_of_reference` those along the reference's.
    """

    problem: Problem
    unit: str
    steps: int
    rated: tuple[Rated, ...]
    verdicts: tuple[Verdict, ...]
    reference: Rated | None
    stable: StableRate
    test: RangeTest
    sharpness: tuple[list[Sharpness], ...]
    sharpness_of_reference: list[Sharpness]

    @property
    def sharpest(self) -> Sharpness | None:
        """Where the loss curves up most along the reference's path, None if it does nowhere."""
        found = max(self.sharpness_of_reference, key=lambda one: one.value, default=None)
        return found if found and found.value > 0.0 else None

    @property
    def level(self) -> float | None:
        """The loss that the runs are timed for, None where there is none."""
        return timed_level(self.rated, self.reference)

    def sentences(self) -> list[tuple[float, str]]:
        """Return each rate with its verdict in words."""
        return [(one.lr, verdict.sentence) for one, verdict in zip(self.rated, self.verdicts, strict=True)]


def compare(problem: Problem, lrs: Sequence[float | str] = (AUTO,), steps: int = STEPS) -> Comparison:
    """Run plain gradient descent on the whole loss at several rates from where the problem starts, and judge them.

    A rate is a number from 1e-12 to 1e12, or "auto", which adds rates around the largest stable one. The limit is
    looked for over as many steps as the runs have, on a formula over 1,000 at least. On data an epoch is one step here:
    each takes all samples. Raises ValueError for rates that are none.

    >>> from micrograd_plus.lab.problem import formula_problem
    >>> found = compare(formula_problem("x**2 - 3*x", {"x": 4.0}), [0.001, 0.3, 1.1], steps=100)
    >>> [verdict.kind.value for verdict in found.verdicts]
    ['too small', 'just right', 'too large']
    """
    steps = integer_at_least(1, "steps", steps)
    require_rates_or_auto(lrs)
    has_samples = isinstance(problem, TrainingProblem)
    stable = largest_stable_rate(problem, steps=steps if has_samples else max(steps, STABLE_STEPS))
    rated = [_rated(problem, lr, steps) for lr in chosen_rates(lrs, stable.rate)]
    reference = _rated(problem, two_digits(stable.rate / 2.0), steps) if stable.rate else None
    unit = "epoch" if has_samples else "step"
    limit = stable.rate or 1.0
    return Comparison(
        problem,
        unit,
        steps,
        tuple(rated),
        tuple(judge(rated, reference, unit=unit)),
        reference,
        stable,
        range_test(problem, lowest=_BELOW * limit, highest=_ABOVE * limit),
        tuple(along(problem, one.run.path) for one in rated),
        along(problem, reference.run.path) if reference else [],
    )


def chosen_rates(asked: Sequence[float | str], stable: float | None) -> list[float]:
    """Return the rates in order of size, each once; "auto" stands for some around the largest stable one.

    >>> chosen_rates([0.1, "auto"], 0.4)
    [0.004, 0.04, 0.1, 0.2, 0.6]
    """
    numbers = {float(lr) for lr in asked if lr != AUTO}
    if AUTO in asked:
        found = _WITHOUT_LIMIT if stable is None else [two_digits(factor * stable) for factor in _AUTO]
        numbers |= {lr for lr in found if not any(1 / _ALIKE < lr / other < _ALIKE for other in numbers if other)}
    return sorted(numbers)


def require_rates_or_auto(lrs: Sequence[float | str]) -> None:
    """Raise ValueError for what `compare` cannot run: no rate, or one that is neither "auto" nor from 1e-12 to 1e12."""
    if len(lrs) == 0:
        raise ValueError("wanted at least one learning rate, got none")
    for lr in lrs:
        if lr != AUTO and (isinstance(lr, str | bool) or not LOWEST <= lr <= HIGHEST):
            raise ValueError(f"a learning rate is a number from {LOWEST:g} to {HIGHEST:g} or {AUTO!r}, not {lr!r}")


def _rated(problem: Problem, lr: float, steps: int) -> Rated:
    return Rated(lr, descend(problem, partial(SGD, lr=lr), steps))
