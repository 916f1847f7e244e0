"""Orders, and where elements stand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
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


def largest(shape: Shape, k: int, axis: int, is_largest: bool) -> Iterator[Case]:
    """Yield cases of the elements that topk gives, and of their positions."""
    for part in (0, 1):

        def called(f: Any, inputs: Any, part: int = part) -> Any:
            return f(inputs[0], k, axis, is_largest)[part]

        def expected(x: Any, part: int = part) -> Any:
            positions = np.take(np.argsort(-x if is_largest else x, axis=axis), range(k), axis)
            return (np.take_along_axis(x, positions, axis), positions)[part]

        def in_torch(torch: Any, x: Any, part: int = part) -> Any:
            return torch.topk(x, k, axis, is_largest)[part]

        given = (k, axis, is_largest)
        yield Case("topk", (shape,), given, {}, called, expected, in_torch, differentiable=not part)


CASES = [
    *chain.from_iterable(
        largest(shape, k, axis, is_largest)
        for shape, k, axis in [((4,), 2, 0), ((2, 3), 2, -1), ((3, 2), 3, 0), ((2,), 0, 0)]
        for is_largest in (True, False)
    ),
    *sorts(),
    *extremes("argmax"),
    *extremes("argmin"),
    *counts("any", "any"),
    *counts("all", "all"),
    *counts("count_nonzero", "count_nonzero"),
]
