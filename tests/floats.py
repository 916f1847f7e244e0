"""Floats that are the same, to the sign of a zero."""

from typing import Any


def same(a: Any, b: Any) -> bool:
    """Tell whether two floats are the same, nan and the sign of zero included."""
    return type(a) is type(b) is float and a.hex() == b.hex()
