"""Products of arrays: sums of products along axes."""

from __future__ import annotations

from typing import Any

from micrograd_plus import array_ops
from micrograd_plus.array_functions.registry import array_function, as_operand


@array_function()
def matmul(a: Any, b: Any) -> Any:
    """Return the matrix product of (..., n, k) and (..., k, m), as `a @ b`; either may be a vector (k,)."""
    return array_ops.matmul(a, as_operand(b))
