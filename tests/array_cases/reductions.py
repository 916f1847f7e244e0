"""Reductions: every shape with every way to name its axes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from tests.array_cases.case import Case, Shape

SHAPES: list[Shape] = [(), (1,), (4,), (2, 3), (2, 1, 3), (1, 2, 1, 2), (0,), (2, 0), (0, 3)]


def axes_of(shape: Shape) -> Iterator[Any]:
    """Yield ways to say over what to reduce."""
    yield from (None, ())
    yield from range(-len(shape), len(shape))
    if len(shape) > 1:
        yield (-1, 0)
        yield from itertools.combinations(range(len(shape)), 2)
    if len(shape) > 2:
        yield tuple(range(len(shape)))


def is_empty(shape: Shape, axis: Any) -> bool:
    """Tell whether some result is made of no elements at all."""
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return 0 in [shape[k] for k in axes]


def over(name: str) -> Callable[..., Any]:
    """Return PyTorch's reduction of this name, with axes as NumPy has them."""

    def make(axis: Any, keepdims: bool) -> Callable[..., Any]:
        def reduced(torch: Any, x: Any) -> Any:
            axes = tuple(range(x.ndim)) if axis is None else axis
            if name == "prod":
                return product(x, axes, keepdims)
            return x if axes == () else getattr(torch, name)(x, dim=axes, keepdim=keepdims)

        return reduced

    return make


def product(x: Any, axes: Any, keepdims: bool) -> Any:
    """Return PyTorch's product over several axes, of which it takes one at a time."""
    for k in sorted({k % x.ndim for k in ((axes,) if isinstance(axes, int) else axes)}, reverse=True):
        x = x.prod(dim=k, keepdim=keepdims)
    return x


def reductions(name: str, torch: str, *, of_nothing: bool, expected: Callable[..., Any] | None = None) -> list[Case]:
    """Return cases of a reduction; `expected(x, axis, keepdims)` where NumPy has none of this name."""
    cases = []
    for shape in SHAPES:
        for axis, keepdims in itertools.product(axes_of(shape), (False, True)):
            if of_nothing or not is_empty(shape, axis):
                asked = {"axis": axis, "keepdims": keepdims}
                theirs = partial(expected, **asked) if expected else None
                cases.append(Case(name, (shape,), (), asked, expected=theirs, torch=over(torch)(**asked)))
    return cases


def log_of_sum(x: np.ndarray, axis: Any, keepdims: bool) -> Any:
    with np.errstate(divide="ignore"):
        return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


CASES = [
    *reductions("sum", "sum", of_nothing=True),
    *reductions("mean", "mean", of_nothing=False),
    *reductions("prod", "prod", of_nothing=True),
    *reductions("max", "amax", of_nothing=False),
    *reductions("min", "amin", of_nothing=False),
    *(
        Case(name, (shape,), (), {"axis": 1}, torch=over(name)(1, False))
        for name in ("amax", "amin")
        for shape in [(2, 3), (2, 1, 3)]
    ),
    *reductions("logsumexp", "logsumexp", of_nothing=False, expected=log_of_sum),
    *(
        Case(name, (shape,), (), {"axis": axis}, expected=expected(axis), torch=theirs(axis))
        for shape in SHAPES
        for axis in range(-len(shape), len(shape))
        for name, expected, theirs in [
            (
                "softmax",
                lambda axis: lambda x: np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True),
                lambda axis: lambda torch, x: torch.softmax(x, axis),
            ),
            (
                "log_softmax",
                lambda axis: lambda x: x - log_of_sum(x, axis, True),
                lambda axis: lambda torch, x: torch.log_softmax(x, axis),
            ),
        ]
    ),
]
