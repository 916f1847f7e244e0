"""How numbers lie: deviations, middles, weighed means."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.array_cases.case import Case, Shape
from tests.array_cases.reductions import axes_of, is_empty, over

SHAPES: list[Shape] = [(4,), (2, 3), (2, 1, 3), (2, 0)]
MEANS: list[tuple[Shape, Shape, int | tuple[int, ...] | None]] = [
    ((4,), (4,), None),
    ((2, 3), (2, 3), None),
    ((2, 3), (2, 3), 0),
    ((2, 3), (3,), 1),
    ((2, 1, 3), (2,), 0),
    ((2, 1, 3), (2, 1, 3), (0, 2)),
]


def asked_of(shapes: list[Shape]) -> Iterator[tuple[Shape, dict[str, Any]]]:
    for shape in shapes:
        for axis, keepdims in itertools.product(axes_of(shape), (False, True)):
            if not is_empty(shape, axis) and axis != ():
                yield shape, {"axis": axis, "keepdims": keepdims}


def deviations(name: str) -> Iterator[Case]:
    for shape, asked in asked_of(SHAPES):
        for ddof in (0, 1):
            if np.empty(shape).sum(**asked).size < np.prod(shape):  # of a single number the root has a kink

                def in_torch(torch: Any, x: Any, asked: dict[str, Any] = asked, ddof: int = ddof) -> Any:
                    return getattr(torch, name)(x, dim=asked["axis"], keepdim=asked["keepdims"], correction=ddof)

                yield Case(name, (shape,), (), {"ddof": ddof} | asked, torch=in_torch)


def middles() -> Iterator[Case]:
    for shape, asked in asked_of([(), (5,), (2, 3), (2, 1, 4), (0, 3)]):
        # PyTorch takes one axis, and wants elements.
        known = shape and 0 not in shape and not isinstance(asked["axis"], tuple)
        yield Case("median", (shape,), (), asked, torch=in_torch(0.5, asked) if known else None)
        for q in (0.3, [0.0, 0.25, 1.0], []):
            if asked["keepdims"] or q == 0.3:
                yield Case("quantile", (shape,), (q,), asked, torch=in_torch(q, asked) if known and q else None)
    for percent, asked in [(40.0, {"axis": 1}), ([10.0, 90.0], {})]:
        theirs = in_torch(np.divide(percent, 100.0), {"axis": None, "keepdims": False} | asked)
        yield Case("percentile", ((2, 3),), (percent,), asked, torch=theirs)


def in_torch(q: Any, asked: dict[str, Any]) -> Any:
    def quantile(torch: Any, x: Any) -> Any:
        return torch.quantile(x, torch.tensor(q, dtype=x.dtype), dim=asked["axis"], keepdim=asked["keepdims"])

    return quantile


def averaged(torch: Any, x: Any, weights: Any, axis: Any) -> Any:
    """Return NumPy's `average` of PyTorch's tensors; a vector of weights stands along the axis."""
    if weights.ndim < x.ndim:
        weights = weights.reshape([-1 if k == axis % x.ndim else 1 for k in range(x.ndim)])
    weights = weights.expand(x.shape)
    axes = tuple(range(x.ndim)) if axis is None else axis
    return (x * weights).sum(dim=axes) / weights.sum(dim=axes)


CASES = [
    *deviations("var"),
    *deviations("std"),
    *middles(),
    *(
        Case("ptp", (shape,), (), asked, torch=lambda t, x, k=asked: over("amax")(**k)(t, x) - over("amin")(**k)(t, x))
        for shape, asked in asked_of([(), (4,), (2, 3)])
    ),
    *(
        # Weights of both signs, but far from a sum of 0.
        Case(
            "average",
            shapes,
            call=lambda f, inputs, k=axis: f(inputs[0], axis=k, weights=3.0 + inputs[1]),
            torch=lambda torch, x, w, k=axis: averaged(torch, x, 3.0 + w, k),
        )
        for *shapes, axis in MEANS
    ),
    Case("average", ((2, 3),), (), {"axis": 1, "keepdims": True}, torch=lambda torch, x: x.mean(1, keepdim=True)),
]
