"""Parts of the sentences that experiments tell: counts with their nouns, names in a row, round numbers."""

from __future__ import annotations

from collections.abc import Sequence

from micrograd_plus.lab.tuning import Tuned
from micrograd_plus.notation import short


def counted(number: int, noun: str) -> str:
    """Return a number and a noun, with an s unless it is one.

    >>> counted(1, "step"), counted(2000, "step")
    ('1 step', '2,000 steps')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them.

    >>> listed(["sgd", "adam", "adamw"])
    'sgd, adam and adamw'
    """
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


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
