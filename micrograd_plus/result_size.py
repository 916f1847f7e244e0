"""How many numbers an operation on arrays gives, told from shapes alone, before it takes the memory for them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from micrograd_plus.array_ops import ArrayOp
from micrograd_plus.ops import Op


def result_size(op: Op, shapes: Sequence[tuple[int, ...]]) -> int:
    """Return the number of elements that `op` gives on arrays of these shapes; ValueError where they do not fit.

    >>> from micrograd_plus.array_ops import matmul
    >>> result_size(matmul, [(1000000, 1), (1, 1000000)])
    1000000000000
    """
    if not isinstance(op, ArrayOp):
        return math.prod(np.broadcast_shapes(*shapes))
    if op.shape:
        return math.prod(op.shape(*shapes, **op.parameters))
    if op.size:
        return op.size(*shapes, **op.parameters)
    return int(np.size(op.on_arrays(*(np.broadcast_to(0.0, shape) for shape in shapes))))
