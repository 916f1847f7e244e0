"""Checks of arguments that several modules share."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from micrograd_plus.texts import one_line

MOST_CLASSES = 1000  # that are told apart: a column of more words holds names, one of more numbers measurements

_MOST = int(sys.float_info.max)
_HOLDS_NOT = "{} that a float can hold, not one of {} bits"


def integer_at_least(least: int, name: str, value: Any) -> int:
    """Return `value` as an int; raises `TypeError` if it is none and `ValueError` if it is below `least`.

    What no float can hold is a `ValueError` too: it would be an `OverflowError` wherever it is computed with.

    >>> integer_at_least(1, "epochs", 0)
    Traceback (most recent call last):
    ValueError: epochs is at least 1, not 0
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} is an integer, not {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name} is at least {least}, not {value}")
    if value > _MOST:
        raise ValueError(f"{name} is {_HOLDS_NOT.format('an integer', int(value).bit_length())}")
    return int(value)


def finite_number(name: str, value: Any) -> float:
    """Return `value` as a float; raises `TypeError` if it is no real number, `ValueError` if it is inf or nan."""
    number = _as_float(name, value)
    if not math.isfinite(number):
        raise ValueError(f"{name} is a finite number, not {value}")
    return number


def number_at_least(least: float, name: str, value: Any) -> float:
    """Return `value` as a float; raises `TypeError` if it is no real number, `ValueError` if below `least`, inf or nan.

    >>> number_at_least(0, "lr", float("nan"))
    Traceback (most recent call last):
    ValueError: lr is a finite number of at least 0, not nan
    """
    number = _as_float(name, value)
    if not least <= number < math.inf:
        raise ValueError(f"{name} is a finite number of at least {least}, not {value}")
    return number


def positive_number(name: str, value: Any) -> float:
    """Return `value` as a float; raises `TypeError` if it is no real number, `ValueError` unless 0 < value < inf.

    >>> positive_number("lr", 0.0)
    Traceback (most recent call last):
    ValueError: lr is a finite number above 0, not 0.0
    """
    number = _as_float(name, value)
    if not 0.0 < number < math.inf:
        raise ValueError(f"{name} is a finite number above 0, not {value}")
    return number


def number_up_to_one(name: str, value: Any) -> float:
    """Return `value` as a float; raises `TypeError` if it is no real number, `ValueError` unless 0 <= value <= 1."""
    number = number_at_least(0, name, value)
    if number > 1.0:
        raise ValueError(f"{name} is a number from 0 to 1, not {value}")
    return number


def number_below_one(name: str, value: Any) -> float:
    """Return `value` as a float; raises `TypeError` if it is no real number, `ValueError` unless 0 <= value < 1.

    >>> number_below_one("dropout", 1.0)
    Traceback (most recent call last):
    ValueError: dropout is a number from 0 to below 1, not 1.0
    """
    number = number_at_least(0, name, value)
    if number >= 1.0:
        raise ValueError(f"{name} is a number from 0 to below 1, not {value}")
    return number


def _as_float(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{name} is a number, not {type(value).__name__}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(
            f"{name} is a number that a float can hold, not one of {int(value).bit_length()} bits"
        ) from None


def flag(name: str, value: Any) -> bool:
    """Return True or False; TypeError for anything else."""
    if not isinstance(value, bool | np.bool):
        raise TypeError(f"{name} is True or False, not {value!r}")
    return bool(value)


def real_number(x: Any) -> float:
    """Return a real number as a float; anything else is a TypeError that says what came."""
    if isinstance(x, int | float | np.floating | np.integer | np.bool):
        try:
            return float(x)
        except OverflowError:
            raise ValueError(
                f"wanted a number that a float can hold, got an int of {int(x).bit_length()} bits"
            ) from None
    raise TypeError(f"wanted a real number (int, float, bool or a NumPy real scalar), got {described(x)}")


def real(x: Any) -> Any:
    """Return an array of floating type (integers and bools become float64); a Python number stays as it is."""
    if isinstance(x, np.ndarray | np.generic):
        if x.dtype.kind == "f":
            return x
        if x.dtype.kind in "iub":
            return x.astype(np.float64)
        raise TypeError(f"wanted real numbers, got an array of {x.dtype}")
    return real_number(x)


def float_type(dtype: Any) -> np.dtype[Any]:
    """Return float32 or float64; TypeError for any other type, which a Tensor does not hold.

    >>> float_type("float32")
    dtype('float32')
    """
    wanted: np.dtype[Any] = np.dtype(dtype)
    if wanted not in (np.float32, np.float64):
        raise TypeError(f"a Tensor holds float32 or float64, not {wanted}")
    return wanted


def is_masked(x: Any) -> bool:
    """Tell whether `x` is a masked array, whose mask nothing here would keep; numpy.ma is not loaded to know it."""
    return x.__class__ is not np.ndarray and isinstance(x, np.ndarray) and hasattr(x, "mask")


def described(x: Any) -> str:
    """Return type and value of something that is not wanted, short enough for one line."""
    kind = "an array" if isinstance(x, np.ndarray) else type(x).__name__
    return f"{kind}: {one_line(repr(x), 60)}"
