"""How many numbers an operation gives, and lays out for it, told from shapes alone, before it takes memory for them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from micrograd_plus.array_ops import ArrayOp
from micrograd_plus.ops import Op

_MOST_LAID_OUT = 2**26  # elements, or four times what comes in


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


def laid_out_by(op: Op, shapes: Sequence[tuple[int, ...]]) -> int:
    """Return how many elements `op` lays out between those that it reads and those that it gives.

    Raises ValueError for far more than come in, as images with wide margins are, or windows that overlap.
    """
    laid_out = op.laid_out(*shapes, **op.parameters) if isinstance(op, ArrayOp) and op.laid_out else 0
    if laid_out > max(_MOST_LAID_OUT, 4 * sum(map(math.prod, shapes))):
        raise ValueError(f"{op.name} of arrays of shape {', '.join(map(str, shapes))} lays out {laid_out:,} numbers")
    return laid_out
