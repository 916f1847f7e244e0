"""What has been summed or multiplied so far."""

from __future__ import annotations

import numpy as np

from tests.array_cases.case import Case, Shape

ALONG: list[tuple[Shape, int]] = [
    ((1,), 0),
    ((5,), -1),
    ((3, 4), 0),
    ((3, 4), -1),
    ((2, 1, 3), 1),
    ((2, 0), 1),
    ((0, 3), -1),
    ((0,), 0),
]
FLAT: list[Shape] = [(), (4,), (2, 3), (2, 0)]
DIFFERENCES: list[tuple[Shape, int, int]] = [
    ((5,), 1, -1),
    ((5,), 3, 0),
    ((2, 4), 2, 1),
    ((3, 2), 1, 0),
    ((2, 3), 0, 0),
    ((3,), 3, 0),
    ((2,), 3, 0),
    ((0,), 1, 0),
    ((2, 1, 3), 1, -1),
]


def with_zeros(name: str, shape: Shape, axis: int, every: int) -> Case:
    """Return a case of an array that is 0 in every so many places."""
    mask = np.arange(np.prod(shape)).reshape(shape) % every != 0
    return Case(
        *(name, (shape,)),
        call=lambda f, inputs: f(inputs[0] * mask, axis=axis),
        torch=lambda torch, x: getattr(torch, name)(x * torch.tensor(mask), dim=axis),
    )


CASES = [
    *(
        Case(name, (shape,), (), {"axis": axis}, torch=lambda torch, x, n=name, k=axis: getattr(torch, n)(x, dim=k))
        for name in ("cumsum", "cumprod")
        for shape, axis in ALONG
    ),
    *(
        Case(name, (shape,), torch=lambda torch, x, n=name: getattr(torch, n)(x.reshape(-1), dim=0))
        for name in ("cumsum", "cumprod")
        for shape in FLAT
    ),
    *(
        with_zeros(name, shape, axis, every)
        for name in ("cumprod", "prod")
        for shape, axis in [((5,), 0), ((2, 4), 1), ((4, 3), 0)]
        for every in (3, 2, 1)
    ),
    *(
        Case("diff", (shape,), (), {"n": n, "axis": axis}, torch=lambda torch, x, n=n, k=axis: torch.diff(x, n, dim=k))
        for shape, n, axis in DIFFERENCES
    ),
    Case("diff", ((2, 3),), (10**30,), expected=lambda x: x[:, :0]),
    *(
        Case(
            "trapezoid",
            (shape,),
            (places,),
            {"axis": axis},
            torch=lambda torch, y, places=places, k=axis: torch.trapezoid(y, torch.tensor(places), dim=k),
        )
        for shape, places, axis in [
            ((4,), np.array([0.0, 1.0, 1.5, 4.0]), 0),
            ((3, 2), np.array([0.0, 1.0, 1.5]), 0),
            ((2, 3), np.array([[0.0, 1.0, 1.5], [2.0, 1.0, 0.5]]), -1),
        ]
    ),
    *(
        Case(
            "trapezoid",
            (shape,),
            (),
            {"dx": 0.5, "axis": axis},
            torch=lambda torch, y, k=axis: torch.trapezoid(y, dx=0.5, dim=k),
        )
        for shape, axis in [((4,), -1), ((3, 2), 0), ((1, 2), 0)]
    ),
]
