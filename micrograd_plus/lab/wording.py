"""Parts of the sentences that experiments tell about learning rates."""

from __future__ import annotations

from micrograd_plus.lab.tuning import Tuned
from micrograd_plus.notation import short


def at_rate(name: str, lr: float) -> str:
    """Return what is run with the rate it is run at.

    >>> at_rate("sgd", 0.1)
    'sgd at 0.1'
    """
    return f"{name} at {short(lr)}"


def two_digits(x: float) -> float:
    """Return a number rounded to two significant digits, as a rate that is proposed to people is."""
    return float(short(x, 2))


def rate_at_an_end(found: Tuned) -> list[str]:
    """Return the clause that tells of a best rate at an end of the rates that were tried, none if it is not."""
    return [f"{short(found.lr)} is the {found.end} of the rates, so another may be better"] if found.end else []
