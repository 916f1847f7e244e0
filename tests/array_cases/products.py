"""Products of arrays."""

from __future__ import annotations

import itertools

from tests.array_cases.case import Case, Shape

LEFT: list[Shape] = [(3,), (2, 3), (1, 3), (4, 2, 3), (5, 1, 2, 3), (0, 3)]
RIGHT: list[Shape] = [(3,), (3, 2), (3, 1), (4, 3, 2), (1, 3, 2), (3, 0)]

CASES = [
    Case("matmul", shapes, torch=lambda torch, a, b: torch.matmul(a, b)) for shapes in itertools.product(LEFT, RIGHT)
]
