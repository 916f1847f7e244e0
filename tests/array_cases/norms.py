"""Lengths of vectors and matrices, of every order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.array_cases.case import Case, Shape

ORDERS: list[Any] = [None, 2, 1, 0, 3, 2.5, 0.5, -1, -2, math.inf, -math.inf]
MATRIX_ORDERS: list[Any] = [None, "fro", 1, -1, math.inf, -math.inf]


def lengths() -> Iterator[tuple[Shape, dict[str, Any]]]:
    for order in ORDERS:
        for shape, axis in [((3,), None), ((1,), 0), ((2, 3), -1), ((3, 1, 2), 0)]:
            yield shape, {"ord": order, "axis": axis}
    for order in MATRIX_ORDERS:
        for shape, axis in [((2, 3), None), ((3, 1, 2), (0, 2)), ((3, 1, 2), (-1, 0))]:
            yield shape, {"ord": order, "axis": axis}
    yield (2, 3), {"ord": 1, "axis": 0, "keepdims": True}
    yield (2, 3), {"ord": "fro", "axis": (0, 1), "keepdims": True}
    yield (2, 3), {"ord": math.inf, "axis": (1, 0), "keepdims": True}
    for shape in [(), (2, 3, 2), (2, 0)]:
        yield shape, {"ord": None, "axis": None, "keepdims": bool(shape)}


def case(shape: Shape, asked: dict[str, Any]) -> Case:
    """Return a case of numbers of which none is 0, where many orders have a kink."""
    in_torch = {"ord": asked["ord"], "dim": asked["axis"], "keepdim": asked.get("keepdims", False)}
    return Case(
        *("norm", (shape,), (), asked),
        call=lambda f, inputs: f(inputs[0] + 0.05, **asked),
        expected=lambda x: np.linalg.norm(x + 0.05, **asked),
        torch=lambda torch, x: torch.linalg.norm(x + 0.05, **in_torch),
    )


# Along an axis that one of both has not, or of which it has another size or another axis.
STRETCHED = [(((2, 3), (3,)), 1), (((1, 3), (4, 3)), 0), (((2, 3, 4), (3, 4)), 1)]


def divided(x: np.ndarray, order: float, axis: int) -> np.ndarray:
    """Return what PyTorch's normalize does."""
    return x / np.linalg.norm(x, order, axis, keepdims=True)


def cosine(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
    """Return what PyTorch's cosine_similarity does."""
    a, b = np.broadcast_arrays(a, b)
    return np.sum(divided(a, 2, axis) * divided(b, 2, axis), axis)


CASES = [
    *(case(shape, asked) for shape, asked in lengths()),
    *(
        Case(
            *("normalize", (shape,), (order, axis)),
            expected=lambda x, order=order, axis=axis: divided(x, order, axis),
            torch=lambda torch, x, order=order, axis=axis: torch.nn.functional.normalize(x, order, axis),
        )
        for shape, order, axis in [((2, 3), 2.0, 1), ((2, 3), 3.0, 0), ((3,), 1.0, -1)]
    ),
    Case(
        *("normalize", ((3,),), (2.0, 0), {"eps": 100.0}),
        expected=lambda x: x / 100.0,
        torch=lambda torch, x: torch.nn.functional.normalize(x, dim=0, eps=100.0),
    ),
    *(
        Case(
            *("cosine_similarity", shapes, (axis,)),
            expected=lambda a, b, axis=axis: cosine(a, b, axis),
            torch=lambda torch, a, b, axis=axis: torch.cosine_similarity(a, b, axis),
        )
        for shapes, axis in [(((2, 3), (2, 3)), 1), (((3,), (3,)), 0), (((2, 1, 3), (4, 3)), -1), *STRETCHED]
    ),
]
