"""Some of the elements, and others in the place of some."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.array_cases.case import Case, Shape

TAKEN: list[tuple[Shape, Any, int | None]] = [
    ((4,), 2, 0),
    ((4,), [3, 0, 3], 0),
    ((2, 3), [5, 0, -1], None),
    ((2, 3), [[0, 2], [2, 2]], 1),
    ((2, 1, 3), [1, 1], -3),
    ((2, 3), [], 0),
    ((), 0, None),
]
ALONG: list[tuple[Shape, Any, int | None]] = [
    ((4,), [3, 3, 0], 0),
    ((2, 3), [[0, 2, 1, 0], [2, 2, 2, -1]], 1),
    ((2, 3), [[1, 0, 1]], 0),
    ((2, 1, 3), [[[0, 2]], [[1, 1]]], -1),
    ((2, 3), [4, 4, 0], None),
]
GATHERED: list[tuple[Shape, Any, int]] = [
    ((4,), [3, 3, 0], 0),
    ((2, 3), [[0, 2, 1, 0]], 1),
    ((2, 3), [[1, 0], [1, 1], [0, 0]], 0),
    ((2, 3, 2), [[[2, 0]]], -2),
]
DIAGONALS: list[tuple[Shape, int]] = [((3, 3), 0), ((2, 4), 1), ((4, 2), -1), ((0, 3), 0), ((1, 1), 0)]
ACROSS: list[tuple[Shape, int, int, int]] = [((2, 3, 4), 0, 0, 1), ((2, 3, 4), 1, -1, 0), ((2, 3, 2, 3), -1, 1, 3)]
MATRICES: list[tuple[Shape, int]] = [((3, 3), 0), ((2, 4), 1), ((2, 4, 3), -1), ((1, 3), -2), ((0, 3), 0), ((3, 2), 3)]
FAR = [2**70, -(2**70)]
MASKS: list[tuple[Shape, Any]] = [
    ((2, 3), [[True, False, True], [False, False, True]]),
    ((2, 3), [True, False, True]),
    ((2, 3), [[True], [False]]),
    ((2, 3), True),
    ((0, 3), [True, False, False]),
]


def integers(indices: Any) -> np.ndarray:
    return np.asarray(indices, int)


def added(x: np.ndarray, y: np.ndarray, axis: int, places: list[int]) -> np.ndarray:
    """Return what PyTorch's index_add does."""
    result = x.copy()
    np.add.at(np.moveaxis(result, axis, 0), places, np.moveaxis(y, axis, 0))
    return result


CASES = [
    *(
        Case(
            "take",
            (a,),
            (b, c),
            expected=lambda x, b=b, c=c: np.take(x, integers(b), c),
            torch=(lambda torch, x, b=b: x.take(torch.tensor(integers(b) % x.numel()))) if c is None else None,
        )
        for a, b, c in TAKEN
    ),
    *(
        Case(
            "index_select",
            ((2, 3),),
            (axis, places),
            expected=lambda x, axis=axis, places=places: np.take(x, places, axis),
            torch=lambda torch, x, axis=axis, places=places: x.index_select(axis, torch.tensor(places)),
        )
        for axis, places in [(0, [1, 1, 0]), (-1, [2, 0])]
    ),
    *(
        Case(
            "take_along_axis",
            (a,),
            (b, c),
            expected=lambda x, b=b, c=c: np.take_along_axis(x, integers(b), c),
            torch=(lambda torch, x, b=b: torch.take_along_dim(x, torch.tensor(b))) if c is None else None,
        )
        for a, b, c in ALONG
    ),
    *(
        Case(
            "gather",
            (a,),
            (c, b),
            expected=lambda x, b=b, c=c: np.take_along_axis(
                x[tuple(slice(None if k == c % x.ndim else n) for k, n in enumerate(np.shape(b)))], integers(b), c
            ),
            torch=lambda torch, x, b=b, c=c: x.gather(c, torch.tensor(b)),
        )
        for a, b, c in GATHERED
    ),
    *(Case("diag", (a,), (k,), torch=lambda torch, x, k=k: x.diag(k)) for a, k in DIAGONALS),
    *(Case("diag", (a,), (k,), torch=lambda torch, x, k=k: x.diag(k)) for a, k in [((3,), 0), ((2,), 2), ((2,), -1)]),
    *(Case("diagonal", (a,), (k,), torch=lambda torch, x, k=k: x.diagonal(k)) for a, k in DIAGONALS),
    *(Case("trace", (a,), (k,), torch=lambda torch, x, k=k: x.diagonal(k).sum()) for a, k in DIAGONALS),
    *(Case(row, ((2, 3),), (5,)) for row in ("diagonal", "trace")),
    *(Case(row, (a,), b) for row in ("diagonal", "trace") for a, *b in ACROSS),
    *(
        Case(row, (a,), (k,), torch=lambda torch, x, row=row, k=k: getattr(x, row)(k))
        for row in ("tril", "triu")
        for a, k in MATRICES
    ),
    *(
        Case(row, ((2, 3),), (k,), expected=lambda x, kept=(k > 0) == (row == "tril"): x * kept)
        for row in ("tril", "triu")
        for k in FAR
    ),
    *(Case("diagonal", ((2, 3),), (k,), expected=lambda x: x[0, :0]) for k in FAR),
    *(
        Case(
            "masked_fill",
            (shape,),
            (np.array(mask), -3.0),
            expected=lambda x, mask=mask: np.where(mask, -3.0, x),
            torch=lambda torch, x, mask=mask: x.masked_fill(torch.tensor(mask), -3.0),
        )
        for shape, mask in MASKS
    ),
    *(
        Case(
            "index_add",
            shapes,
            (),
            {"axis": axis, "index": places},
            call=lambda f, inputs, axis=axis, places=places: f(inputs[0], axis, places, inputs[1]),
            expected=lambda x, y, axis=axis, places=places: added(x, y, axis, places),
            torch=lambda torch, x, y, axis=axis, places=places: x.index_add(axis, torch.tensor(places), y),
        )
        for shapes, axis, places in [
            (((3,), (4,)), 0, [0, 2, 0, 1]),
            (((2, 3), (2, 2)), -1, [1, 1]),
            (((2, 3), (1, 3)), 0, [1]),
        ]
    ),
]
