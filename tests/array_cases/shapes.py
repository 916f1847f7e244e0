"""The same numbers in other shapes and types."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.array_cases.case import Case, Shape

RESHAPED: list[tuple[Shape, Shape]] = [
    ((2, 3), (6,)),
    ((2, 3), (3, -1)),
    ((4,), (2, 1, 2)),
    ((), (1, 1)),
    ((1,), ()),
    ((2, 0), (0, 5)),
]
AXES: list[tuple[Shape, tuple[int, ...]]] = [
    ((), ()),
    ((4,), (0,)),
    ((2, 3), (1, 0)),
    ((2, 3), (-1, 0)),
    ((2, 1, 3), (2, 0, 1)),
    ((2, 1, 3), (-2, -1, 0)),
    ((2, 0), (1, 0)),
]
FLATTENED: list[tuple[Shape, tuple[int, ...], Shape]] = [
    ((2, 3), (), (6,)),
    ((2, 1, 3), (1,), (2, 3)),
    ((2, 1, 3), (0, 1), (2, 3)),
    ((2, 1, 3), (-2, -1), (2, 3)),
    ((2, 3), (1, 1), (2, 3)),
    ((), (), (1,)),
    ((0, 3), (), (0,)),
]
MOVED: list[tuple[Shape, Any, Any]] = [
    ((2, 3), 0, 1),
    ((2, 1, 3), 0, -1),
    ((2, 1, 3), -1, 0),
    ((2, 1, 3, 2), (0, 1), (-1, 0)),
    ((2, 1, 3, 2), (3, 0), (0, 2)),
    ((0, 3), 1, 0),
]
WITH_SINGLE_AXES: list[tuple[Shape, Any]] = [
    ((2, 1, 3), None),
    ((2, 1, 3), 1),
    ((1, 2, 1), -1),
    ((1, 2, 1), (0, -1)),
    ((1, 1), None),
    ((2, 3), None),
    ((2, 3), ()),
    ((), None),
    ((1, 0), 0),
]
NEW_AXES: list[tuple[Shape, Any]] = [((), 0), ((3,), 0), ((2, 3), -1), ((2, 3), 1), ((2, 3), (0, -1)), ((0,), 1)]
STRETCHED: list[tuple[Shape, Shape]] = [
    ((), ()),
    ((), (2, 3)),
    ((1,), (4,)),
    ((3,), (2, 3)),
    ((2, 1), (2, 3)),
    ((1, 1, 3), (5, 2, 3)),
    ((1, 3), (0, 3)),
    ((1,), (2, 0)),
]
EXPANDED: list[tuple[Shape, Shape, Shape]] = [
    ((2, 1), (-1, 3), (2, 3)),
    ((3,), (2, -1), (2, 3)),
    ((1, 3), (4, 2, -1), (4, 2, 3)),
    ((2, 3), (-1, -1), (2, 3)),
]

CASES = [
    *(Case("reshape", (a,), (b,), torch=lambda torch, x, b=b: x.reshape(b)) for a, b in RESHAPED),
    *(Case("transpose", (a,), (b,), torch=lambda torch, x, b=b: x.permute(b)) for a, b in AXES),
    Case("transpose", ((2, 1, 3),), torch=lambda torch, x: x.permute(2, 1, 0)),
    Case("transpose", ((2, 3),), (1, 0), torch=lambda torch, x: x.transpose(1, 0), expected=np.transpose),
    Case(
        "transpose",
        ((2, 1, 3),),
        (-2, -1),
        expected=lambda x: x.swapaxes(1, 2),
        torch=lambda torch, x: x.transpose(-2, -1),
    ),
    *(
        Case("permute", (a,), b, expected=lambda x, b=b: x.transpose(b), torch=lambda torch, x, b=b: x.permute(b))
        for a, b in AXES
        if b
    ),
    Case("permute", ((2, 3),), keywords={"dims": (0, 1)}, expected=np.copy, torch=lambda torch, x: x.permute((0, 1))),
    Case("transpose", ((2, 1, 3),), keywords={"axes": (1, 2, 0)}),
    Case("reshape", ((2, 3),), keywords={"shape": (3, -1)}),
    *(
        Case("flatten", (a,), b, expected=lambda x, c=c: x.reshape(c), torch=lambda torch, x, b=b: x.flatten(*b))
        for a, b, c in FLATTENED
    ),
    *(Case("ravel", (a,), torch=lambda torch, x: x.ravel()) for a in [(2, 3), (), (4,), (0, 2)]),
    *(
        Case("swapaxes", ((2, 1, 3),), axes, torch=lambda torch, x, axes=axes: x.transpose(*axes))
        for axes in [(0, 1), (-1, 0), (1, 1)]
    ),
    *(Case("moveaxis", (a,), (b, c), torch=lambda torch, x, b=b, c=c: x.movedim(b, c)) for a, b, c in MOVED),
    *(
        Case("squeeze", (a,), (b,), torch=lambda torch, x, b=b: x.squeeze() if b is None else x.squeeze(b))
        for a, b in WITH_SINGLE_AXES
    ),
    *(
        Case("expand_dims", (a,), (b,), torch=None if isinstance(b, tuple) else lambda torch, x, b=b: x.unsqueeze(b))
        for a, b in NEW_AXES
    ),
    *(Case("broadcast_to", (a,), (b,), torch=lambda torch, x, b=b: x.broadcast_to(b)) for a, b in STRETCHED),
    *(
        Case("expand", (a,), b, expected=lambda x, c=c: np.broadcast_to(x, c), torch=lambda torch, x, b=b: x.expand(b))
        for a, b, c in EXPANDED
    ),
    Case(
        "expand_as",
        ((2, 1),),
        (np.ones((4, 2, 3)),),
        expected=lambda x: np.broadcast_to(x, (4, 2, 3)),
        torch=lambda torch, x: x.expand_as(torch.ones(4, 2, 3)),
    ),
    *(
        Case("broadcast_arrays", shapes, torch=lambda torch, *xs: torch.broadcast_tensors(*xs))
        for shapes in [((2, 1), (3,)), ((), (2, 0)), ((2, 3),), ((1, 3), (2, 1), (4, 1, 1))]
    ),
    *(
        Case(
            "meshgrid",
            shapes,
            keywords={"indexing": how},
            torch=lambda torch, *xs, how=how: torch.meshgrid(*[x.reshape(-1) for x in xs], indexing=how),
        )
        for how in ("xy", "ij")
        for shapes in [((2,), (3,)), ((3,),), ((2,), (), (1,)), ((0,), (2,))]
    ),
    *(
        Case(name, (a,), torch=lambda torch, x, name=name: getattr(torch, name)(x))
        for name in ("atleast_1d", "atleast_2d")
        for a in [(), (3,), (2, 3), (1, 2, 1)]
    ),
    *(Case("clone", (a,), expected=np.copy, torch=lambda torch, x: x.clone()) for a in [(), (2, 3), (0, 2)]),
    Case("astype", ((2, 3),), (np.float64,), expected=np.copy, torch=lambda torch, x: x.to(torch.float64)),
    *(Case("t", (a,), expected=np.transpose, torch=lambda torch, x: x.t()) for a in [(2, 3), (3,), ()]),
    Case("contiguous", ((2, 3),), expected=np.copy, torch=lambda torch, x: x.contiguous()),
]
