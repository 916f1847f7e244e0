"""How many numbers an operation gives, and goes through, told from shapes alone, before it takes memory for them."""

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


def work_of(op: Op, shapes: Sequence[tuple[int, ...]]) -> int:
    """Return how many elements `op` reads, lays out in between and gives on arrays of these shapes.

    Raises ValueError where they do not fit, and for an operation that lays out far more than comes in, as images with
    wide margins are, or windows that overlap.

    >>> from micrograd_plus.array_ops import matmul
    >>> work_of(matmul, [(2, 3), (3, 4)])
    26
    """
    read = sum(map(math.prod, shapes))
    laid_out = op.laid_out(*shapes, **op.parameters) if isinstance(op, ArrayOp) and op.laid_out else 0
    if laid_out > max(_MOST_LAID_OUT, 4 * read):
        raise ValueError(f"{op.name} of arrays of shape {', '.join(map(str, shapes))} lays out {laid_out:,} numbers")
    return read + laid_out + result_size(op, shapes)
