"""Arrays put together and taken apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.array_cases.case import Case, Shape

JOINED: list[tuple[tuple[Shape, ...], int | None]] = [
    (((3,), (2,)), 0),
    (((3,), (0,), (1,)), -1),
    (((2, 3), (1, 3), (2, 3)), 0),
    (((2, 3), (2, 1)), 1),
    (((2, 1, 3), (2, 4, 3)), -2),
    (((2, 0), (2, 3)), 1),
    (((2, 3),), 1),
    (((2, 2), (3,), ()), None),
]
STACKED: list[tuple[tuple[Shape, ...], int]] = [
    (((), ()), 0),
    (((3,), (3,)), 0),
    (((2, 3), (2, 3), (2, 3)), 1),
    (((2, 3), (2, 3)), -1),
    (((0, 2), (0, 2)), 2),
    (((4,),), -2),
]
SIDE_BY_SIDE: list[tuple[Shape, ...]] = [((2,), (3,)), ((2, 1), (2, 3)), ((), (), ()), ((2, 1, 3), (2, 2, 3))]
ONE_BELOW_THE_OTHER: list[tuple[Shape, ...]] = [((3,), (3,)), ((3,), (2, 3)), ((), ()), ((1, 2, 3), (2, 2, 3))]
BEHIND: list[tuple[Shape, ...]] = [((3,), (3,)), ((2, 3), (2, 3, 2)), ((), ())]
COLUMNS: list[tuple[Shape, ...]] = [((2,), (2,)), ((2, 3), (2,), (2, 1)), ((0,), (0, 2))]
SPLIT: list[tuple[Shape, Any, int]] = [
    ((6,), 3, 0),
    ((6,), [1, 4], 0),
    ((4, 2), (1, 1, -1), 0),
    ((2, 4), 2, -1),
    ((2, 4), [9], 1),
    ((2, 0), 2, 1),
    ((3,), 1, 0),
]
UNEVEN: list[tuple[Shape, Any, int]] = [((7,), 3, 0), ((2, 5), 4, -1), ((2,), 3, 0), ((5, 1), [2, 3], 0)]
CHUNKS: list[tuple[Shape, int, int]] = [((7,), 3, 0), ((2, 5), 2, -1), ((3,), 5, 0), ((4, 2), 1, 0), ((5, 1), 4, 0)]


def of_list(*arguments: Any) -> Callable[[Callable[..., Any], list[Any]], Any]:
    """Return how a function of a list of arrays is called."""
    return lambda function, arrays: function(arrays, *arguments)


def cut(x: np.ndarray, count: int, axis: int) -> list[np.ndarray]:
    """Return what PyTorch's chunk does."""
    step = -(-x.shape[axis] // count)
    return np.split(x, range(step, x.shape[axis], step), axis)


CASES = [
    *(
        Case(
            "concatenate",
            shapes,
            (axis,),
            call=of_list(axis),
            torch=None if axis is None else lambda torch, *xs, axis=axis: torch.cat(xs, axis),
        )
        for shapes, axis in JOINED
    ),
    *(
        Case("stack", shapes, (axis,), call=of_list(axis), torch=lambda torch, *xs, axis=axis: torch.stack(xs, axis))
        for shapes, axis in STACKED
    ),
    *(Case("hstack", shapes, call=of_list(), torch=lambda torch, *xs: torch.hstack(xs)) for shapes in SIDE_BY_SIDE),
    *(
        Case("vstack", shapes, call=of_list(), torch=lambda torch, *xs: torch.vstack(xs))
        for shapes in ONE_BELOW_THE_OTHER
    ),
    *(
        Case("split", (shape,), (at, axis), torch=lambda torch, x, at=at, axis=axis: torch.tensor_split(x, at, axis))
        for shape, at, axis in SPLIT
    ),
    *(Case("dstack", shapes, call=of_list(), torch=lambda torch, *xs: torch.dstack(xs)) for shapes in BEHIND),
    *(
        Case("column_stack", shapes, call=of_list(), torch=lambda torch, *xs: torch.column_stack(xs))
        for shapes in COLUMNS
    ),
    *(
        Case("array_split", (s,), (at, axis), torch=lambda torch, x, at=at, axis=axis: torch.tensor_split(x, at, axis))
        for s, at, axis in UNEVEN
    ),
    *(
        Case(
            "chunk",
            (shape,),
            (count, axis),
            expected=lambda x, count=count, axis=axis: cut(x, count, axis),
            torch=lambda torch, x, count=count, axis=axis: x.chunk(count, axis),
        )
        for shape, count, axis in CHUNKS
    ),
    *(
        Case(
            "unbind",
            (shape,),
            (axis,),
            expected=lambda x, axis=axis: list(np.moveaxis(x, axis, 0)),
            torch=lambda torch, x, axis=axis: x.unbind(axis),
        )
        for shape, axis in [((3,), 0), ((2, 3), 1), ((2, 3, 1), -1), ((0, 2), 1)]
    ),
    *(
        Case(
            "append",
            shapes,
            (axis,),
            torch=lambda torch, *xs, k=axis: torch.cat([x.reshape(-1) if k is None else x for x in xs], k or 0),
        )
        for shapes, axis in [(((2, 3), (2, 1)), 1), (((3,), (2,)), 0), (((2, 3), ()), None)]
    ),
]
