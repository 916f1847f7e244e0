"""Checks of arguments that several modules share."""

from __future__ import annotations

from typing import Any

import numpy as np


def integer_at_least(least: int, name: str, value: Any) -> int:
    """Return `value` as an int; raises `TypeError` if it is none and `ValueError` if it is below `least`.

    >>> integer_at_least(1, "epochs", 0)
    Traceback (most recent call last):
    ValueError: epochs is at least 1, not 0
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} is an integer, not {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} is at least {least}, not {value}")
    return int(value)
