"""Forward mode: derivatives carried along with the computation, from the same table of operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from micrograd_plus.engine import contribution
from micrograd_plus.ops import Op, Operand


class Dual(Operand):
    """A value and its tangent: the rate at which the value changes when the inputs move along their own tangents.

    Value and tangent are both numbers, both arrays of one shape, or for second order both Duals; then all inputs are
    Duals of Duals. TypeError for structural array operations, which have no slope.

    >>> x = Dual(3.0, 1.0)
    >>> x * x * x
    Dual(value=27.0, tangent=27.0)
    """

    __slots__ = ("tangent", "value")

    def __init__(self, value: Any, tangent: Any = 0.0) -> None:
        self.value = value
        self.tangent = tangent

    def apply(self, op: Op, inputs: Sequence[Any]) -> Dual:
        values = [x.value if isinstance(x, Dual) else x for x in inputs]
        out = op(*values)
        tangent: Any = 0.0
        for k, x in enumerate(inputs):
            if isinstance(x, Dual):
                slope, share = contribution(op, k, x.tangent, out, values)
                if slope is None:
                    raise TypeError(f"{op.name!r} has no slope to carry a tangent through")
                tangent = tangent + share
        return Dual(out, tangent)

    def __repr__(self) -> str:
        return f"Dual(value={self.value}, tangent={self.tangent})"
