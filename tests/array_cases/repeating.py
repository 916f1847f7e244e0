"""Elements several times, in another order, with others around them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.array_cases.case import Case, Shape

REPEATED: list[tuple[Shape, Any, int | None]] = [
    ((), 3, None),
    ((3,), 2, 0),
    ((2, 3), 2, None),
    ((2, 3), 3, 0),
    ((2, 1, 3), 2, -1),
    ((2, 3), [1, 0, 3], 1),
    ((2, 3), [2, 1], -2),
    ((2, 3), 0, 1),
    ((0, 2), 2, 1),
]
TILED: list[tuple[Shape, Any]] = [
    ((), 3),
    ((3,), 2),
    ((2, 3), (2, 1)),
    ((2, 3), 2),
    ((3,), (2, 1, 3)),
    ((2, 1, 3), (2, 2)),
    ((2, 3), (0, 2)),
    ((2, 3), ()),
]
TURNED: list[tuple[Shape, Any]] = [
    ((4,), None),
    ((2, 3), None),
    ((2, 3), 0),
    ((2, 1, 3), -1),
    ((2, 3, 2), (0, -1)),
    ((2, 3), ()),
    ((), None),
    ((0, 2), 1),
]
ROLLED: list[tuple[Shape, Any, Any]] = [
    ((4,), 1, None),
    ((4,), -5, 0),
    ((4,), np.array(3), 0),
    ((2, 3), 2, None),
    ((2, 3), 1, -1),
    ((2, 3), (1, -1), (0, 1)),
    ((2, 3), 1, (0, 1)),
    ((3, 2), 0, 0),
    ((0, 2), 1, 0),
    ((), 2, None),
]
PADDED: list[tuple[Shape, Any, str, float]] = [
    ((3,), 2, "constant", 0.0),
    ((2, 3), (1, 0), "constant", 1.5),
    ((2, 3), ((0, 1), (2, 0)), "constant", -1.0),
    ((2, 1, 2), 1, "constant", 0.0),
    ((0, 2), 1, "constant", 2.0),
    ((2, 3), 0, "constant", 7.0),
    ((), 0, "constant", 7.0),
    ((3,), 2, "edge", 0.0),
    ((2, 3), ((1, 1), (0, 2)), "edge", 0.0),
    ((4,), (2, 3), "reflect", 0.0),
    ((3, 4), ((1, 0), (2, 3)), "reflect", 0.0),
    ((4,), (2, 3), "symmetric", 0.0),
    ((3, 2), ((2, 1), (0, 3)), "wrap", 0.0),
    ((1, 2), 3, "reflect", 0.0),
]


def padded(x: np.ndarray, width: Any, mode: str, value: float) -> np.ndarray:
    return np.pad(x, width, mode, **({"constant_values": value} if mode == "constant" else {}))


def in_torch(torch: Any, x: Any, width: Any, mode: str, value: float) -> Any:
    """Return PyTorch's pad, which lists the last axis first; of one and two axes it pads by a constant only."""
    widths = np.broadcast_to(width, (x.ndim, 2))[::-1].ravel().tolist()
    return torch.nn.functional.pad(x, widths, mode, value)


CASES = [
    *(
        Case("repeat", (a,), (b, c), torch=lambda torch, x, b=b, c=c: x.repeat_interleave(torch.tensor(b), c))
        for a, b, c in REPEATED
    ),
    *(
        Case("tile", (a,), (b,), torch=lambda torch, x, b=b: x.tile(b if isinstance(b, tuple) else (b,)))
        for a, b in TILED
    ),
    *(
        Case("flip", (a,), (b,), torch=lambda torch, x, b=b: x.flip(tuple(range(x.ndim)) if b is None else b))
        for a, b in TURNED
    ),
    *(Case("fliplr", (a,), torch=lambda torch, x: x.fliplr()) for a in [(2, 3), (2, 3, 2)]),
    *(Case("flipud", (a,), torch=lambda torch, x: x.flipud()) for a in [(3,), (2, 3)]),
    *(
        Case(
            "roll",
            (a,),
            (b, c),
            torch=None
            if isinstance(b, int) and isinstance(c, tuple)
            else lambda torch, x, b=b, c=c: x.roll(b if isinstance(b, tuple) else int(b), c),
        )
        for a, b, c in ROLLED
    ),
    *(
        Case(
            "pad",
            (a,),
            (b, mode, value),
            expected=lambda x, b=b, mode=mode, value=value: padded(x, b, mode, value),
            torch=None
            if mode != "constant"
            else lambda torch, x, b=b, mode=mode, value=value: in_torch(torch, x, b, mode, value),
        )
        for a, b, mode, value in PADDED
    ),
    *(
        Case("rot90", ((2, 3, 2),), (k, axes), torch=lambda torch, x, k=k, axes=axes: x.rot90(k, axes))
        for k, axes in [(1, (0, 1)), (2, (1, 2)), (-1, (2, 0)), (4, (0, 1)), (3, (-1, 1))]
    ),
]
