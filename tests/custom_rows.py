"""Operations of a user's own, of every kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_plus import cos, operation, sigmoid, softplus
from micrograd_plus.ops import Op


def named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of one input under a name."""

    def renamed(x: float) -> Any:
        return function(x)

    renamed.__name__ = name
    return renamed


def swish_formula(x: Any, beta: float = 1.0) -> Any:
    return x * sigmoid(beta * x)


def sinc_on_arrays(x: Any) -> Any:
    return np.sinc(x / np.pi)


def swish() -> Op:
    """Return a derived row with a parameter, whose slopes follow from its formula."""

    @operation(latex=r"\operatorname{{swish}}_{{{beta}}}\left({}\right)")
    def swish(x: Any, beta: float = 1.0) -> Any:
        return swish_formula(x, beta)

    return swish


def sinc() -> Op:
    """Return a primitive row."""

    @operation(arrays=sinc_on_arrays, slopes=[lambda out, x: (cos(x) - out) / x], domain=[(0, math.inf)])
    def sinc(x: float) -> float:
        return math.sin(x) / x

    return sinc


def softmin() -> Op:
    """Return a derived row of two inputs and a parameter."""

    @operation
    def softmin(a: Any, b: Any, sharpness: float = 2.0) -> Any:
        return b - softplus(sharpness * (b - a)) / sharpness

    return softmin


def lerp() -> Op:
    """Return a derived row of three inputs."""

    @operation
    def lerp(a: Any, b: Any, t: Any) -> Any:
        return a + t * (b - a)

    return lerp


ROWS: dict[str, tuple[Callable[[], Op], tuple[float, ...]]] = {
    "swish": (swish, (0.7,)),
    "sinc": (sinc, (2.1,)),
    "softmin": (softmin, (0.4, -0.9)),
    "lerp": (lerp, (0.4, -0.9, 0.3)),
}
