"""Slopes of an operation that is given by a formula alone: the formula runs once more, with tangents beside numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from micrograd_plus.ops import Op, Operand


class Moving(Operand):
    """A number, an array or a node beside its derivative by the one input that moves; None for what stays.

    Only the table's operations take it, so that it tells a formula which is written in them from others.
    """

    __slots__ = ("tangent", "value")

    def __init__(self, value: Any, tangent: Any) -> None:
        self.value = value
        self.tangent = tangent

    def apply(self, op: Op, inputs: Sequence[Any]) -> Moving:
        values = [x.value if isinstance(x, Moving) else x for x in inputs]
        out = op(*values)
        tangent = None
        for k, x in enumerate(inputs):
            if isinstance(x, Moving) and x.tangent is not None:
                share = op.contribution(k, x.tangent, out, values)[1]
                tangent = share if tangent is None else tangent + share
        return Moving(out, tangent)

    def __bool__(self) -> bool:
        raise TypeError("an `if` would choose once for all numbers: where(condition, a, b) chooses for each")


def _refuse(self: Moving, other: Any) -> Any:
    raise TypeError("a comparison would be made once for all numbers: write greater(a, b), less_equal(a, b), ...")


for _name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"):
    setattr(Moving, _name, _refuse)


def slopes_of(formula: Callable[..., Any], arity: int) -> list[Callable[..., Any]]:
    """Return the slopes of a formula, one by each input, as rows have them: functions of (out, *inputs).

    >>> from micrograd_plus.ops import exp
    >>> [slope] = slopes_of(lambda x: x * exp(2.0 * x), 1)
    >>> slope(None, 0.0), round(slope(None, 1.0) / exp(2.0), 9)
    (1.0, 3.0)
    """
    return [partial(_slope, formula, k) for k in range(arity)]


def _slope(formula: Callable[..., Any], k: int, out: Any, /, *inputs: Any, **parameters: float) -> Any:
    result = formula(*[Moving(x, 1.0 if j == k else None) for j, x in enumerate(inputs)], **parameters)
    tangent = result.tangent if isinstance(result, Moving) else None
    return 0.0 if tangent is None else tangent
