"""Three learning rates for one descent: small steps, the rate asked for, and large steps."""

from __future__ import annotations

from micrograd_plus.arguments import positive_number
from micrograd_plus.lab.local_shape import limit_at, minimum_near
from micrograd_plus.lab.problem import FormulaProblem
from micrograd_plus.lab.stability import largest_stable_rate
from micrograd_plus.lab.wording import two_digits

_STEPS = 200
_SMALLEST, _LARGEST = 1e-300, 1e300  # so that rates beside them are numbers too


def checked_rate(rate: float) -> float:
    """Return a rate as a float; raises ValueError unless it is from 1e-300 to 1e300, TypeError if it is no number."""
    rate = positive_number("a learning rate", rate)
    if not _SMALLEST <= rate <= _LARGEST:
        raise ValueError(f"a learning rate is a number from {_SMALLEST:g} to {_LARGEST:g}, not {rate:g}")
    return rate


def three_rates(problem: FormulaProblem, lr: float | None) -> tuple[float, list[float]]:
    """Return the rate in the middle, and all three: slow, as given, and jumping or, beside a large one, leaving."""
    limit = _limit(problem)
    if limit is None:
        lr = lr or 0.1
        return lr, [lr / 10.0, lr, 10.0 * lr]
    lr = lr or two_digits(limit * (0.1 if problem.size == 1 else 0.5))
    small = min(0.02 * limit, 0.2 * lr)
    large = next(rate for rate in (0.95 * limit, 1.1 * limit, 2.0 * lr) if rate >= 1.2 * lr)
    return lr, [two_digits(small), lr, two_digits(large)]


def _limit(problem: FormulaProblem) -> float | None:
    """Return the largest rate that is stable from the start and can come to rest; None without a minimum."""
    minimum = minimum_near(problem, problem.start)
    if minimum is None:
        return None
    stable = largest_stable_rate(problem, steps=_STEPS).rate
    return None if stable is None else min(stable, limit_at(problem, minimum))
