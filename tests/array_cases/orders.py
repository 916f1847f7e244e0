"""Orders, and where elements stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.array_cases.case import Case, Shape
from tests.array_cases.reductions import SHAPES, axes_of, is_empty

ALONG: list[tuple[Shape, int | None]] = [
    ((1,), 0),
    ((5,), -1),
    ((3, 4), 0),
    ((3, 4), 1),
    ((2, 1, 3), -1),
    ((2, 3), None),
    ((), None),
    ((2, 0), 1),
    ((0, 3), 1),
]


def sorts() -> Iterator[Case]:
    for shape, axis in ALONG:
        for descending in (False, True):

            def ordered(x: np.ndarray, axis: Any = axis, descending: bool = descending) -> np.ndarray:
                x = np.sort(x, axis=axis)
                return np.flip(x, -1 if axis is None else axis) if descending else x

            def order(x: np.ndarray, axis: Any = axis, descending: bool = descending) -> np.ndarray:
                return np.argsort(-x if descending else x, axis=axis)

            def in_torch(torch: Any, x: Any, k: int, axis: Any = axis, descending: bool = descending) -> Any:
                x, axis = (x.reshape(-1), 0) if axis is None else (x, axis)
                return torch.sort(x, dim=axis, descending=descending, stable=True)[k]

            keywords = {"axis": axis, "descending": descending}
            yield Case("sort", (shape,), (), keywords, expected=ordered, torch=lambda t, x, f=in_torch: f(t, x, 0))
            yield Case(
                *("argsort", (shape,), (), keywords),
                expected=order,
                torch=lambda t, x, f=in_torch: f(t, x, 1),
                differentiable=False,
            )


def extremes(name: str) -> Iterator[Case]:
    for shape in SHAPES:
        for axis in (None, *range(-len(shape), len(shape))):
            if not is_empty(shape, axis):
                for keepdims in (False, True):

                    def in_torch(torch: Any, x: Any, axis: Any = axis, keepdims: bool = keepdims) -> Any:
                        return getattr(torch, name)(x, dim=axis, keepdim=keepdims)

                    keywords = {"axis": axis, "keepdims": keepdims}
                    yield Case(name, (shape,), (), keywords, torch=in_torch, differentiable=False)


def counts(name: str, torch: str) -> Iterator[Case]:
    """Yield cases of a function that asks of elements whether they are 0: those that are negative become so."""
    for shape in SHAPES:
        for axis in axes_of(shape):

            def called(f: Any, inputs: Any, axis: Any = axis) -> Any:
                return f((np.asarray(inputs[0]) > 0.0).astype(float), axis=axis)

            def in_torch(module: Any, x: Any, axis: Any = axis) -> Any:
                return getattr(module, torch)(x > 0.0, dim=tuple(range(x.ndim)) if axis is None else axis)

            theirs = None if axis == () or not shape else in_torch
            yield Case(name, (shape,), (), {"axis": axis}, call=called, torch=theirs, differentiable=False)


CASES = [
    *sorts(),
    *extremes("argmax"),
    *extremes("argmin"),
    *counts("any", "any"),
    *counts("all", "all"),
    *counts("count_nonzero", "count_nonzero"),
]
