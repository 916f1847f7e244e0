"""How exact the central difference of a function, (f(x + h) - f(x - h)) / 2h, can be: its step and its rounding."""

from __future__ import annotations

# NumPy's functions are within 4 units in the last place (its documentation, "Floating point precision").
ROUNDINGS = 4


def step_for(eps: float) -> float:
    """Return the step h for which truncation (h**2) and rounding (eps / h) are alike."""
    return float(eps ** (1 / 3))


def rounding(eps: float, size: float, step: float) -> float:
    """Return by how much a difference may be off if what is rounded on the way to `f` adds up to `size`.

    The first-order bound on rounding errors: Higham, "Accuracy and Stability of Numerical Algorithms" (2002), ch. 3.
    """
    return ROUNDINGS * eps * size / step
