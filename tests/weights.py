"""Weights that tell all elements of a result apart."""

import math

import numpy as np


def uneven(shape: tuple[int, ...]) -> np.ndarray:
    """Return numbers of both signs, no two of them equal."""
    return np.cos(np.arange(math.prod(shape))).reshape(shape)
