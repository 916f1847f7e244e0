"""The same numbers in other shapes and types."""

from __future__ import annotations

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

CASES = [
    *(Case("reshape", (a,), (b,), torch=lambda torch, x, b=b: x.reshape(b)) for a, b in RESHAPED),
    *(Case("transpose", (a,), (b,), torch=lambda torch, x, b=b: x.permute(b)) for a, b in AXES),
    Case("astype", ((2, 3),), (np.float64,), expected=np.copy, torch=lambda torch, x: x.to(torch.float64)),
]
