"""How many numbers an operation on arrays gives, told from shapes alone, before it takes the memory for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from micrograd_plus.array_ops import ArrayOp
from micrograd_plus.ops import Op

Shape = tuple[int, ...]


def result_size(op: Op, shapes: Sequence[Shape]) -> int:
    """Return the number of elements that `op` gives on arrays of these shapes; ValueError where they do not fit.

    >>> from micrograd_plus.array_ops import matmul
    >>> result_size(matmul, [(1000000, 1), (1, 1000000)])
    1000000000000
    """
    if not isinstance(op, ArrayOp):
        return math.prod(np.broadcast_shapes(*shapes))
    if op.name == "matmul":
        return _of_product(*shapes)
    parameters: dict[str, Any] = op.parameters
    if op.name == "index":
        return _of_index(shapes[0], parameters["key"])
    if op.name in ("broadcast_to", "scatter"):
        return math.prod(parameters["shape"])
    # All others give at most as many numbers as they are given.
    return int(np.size(op.on_arrays(*(np.broadcast_to(0.0, shape) for shape in shapes))))


def _of_product(a: Shape, b: Shape) -> int:
    if not a or not b or a[-1] != b[-2:][0]:
        raise ValueError(f"no matrix product of shapes {a} and {b}")
    return math.prod((*np.broadcast_shapes(a[:-2], b[:-2]), *a[-2:-1], *b[1:][-1:]))


def _of_index(shape: Shape, key: Any) -> int:
    parts: list[Any] = []
    for part in key if isinstance(key, tuple) else (key,):
        parts += part.nonzero() if isinstance(part, np.ndarray) and part.dtype == bool else [part]
    chosen = [part for part in parts if isinstance(part, np.ndarray)]
    one_each = tuple(np.zeros(1, int) if isinstance(part, np.ndarray) else part for part in parts)
    rest = np.size(np.broadcast_to(0.0, shape)[one_each])
    return rest * math.prod(np.broadcast_shapes(*(part.shape for part in chosen))) if chosen else rest
