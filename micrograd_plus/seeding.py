"""Randomness comes from a `numpy.random.Generator` or a seed that the caller names, not from hidden state."""

from __future__ import annotations

import numpy as np

from micrograd_plus.arguments import integer_at_least

Rng = np.random.Generator | int


def as_generator(rng: Rng) -> np.random.Generator:
    """Return `rng` itself if it is a generator, else a new generator seeded with it.

    Raises `TypeError` for what is neither a generator nor an integer (None would mean a seed that nobody can
    repeat) and `ValueError` for a negative seed.

    >>> as_generator(7).random() == as_generator(7).random()
    True
    """
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(integer_at_least(0, "rng, where it is no numpy.random.Generator,", rng))
