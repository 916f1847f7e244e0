"""`w -= lr * w.grad`: what Python's `-=` and its like do to a node."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from micrograd_plus.engine import PARAMETER, Node, current_scope


class InPlace:
    """Gives nodes `+=`, `-=` and the others: under `no_grad()` a leaf changes, as when its `data` is set.

    While the graph is recorded the name stands for a new node, as after `w = w - 1.0`. RuntimeError where that would
    train nothing in silence: for a parameter while the graph is recorded, for a computed node under `no_grad()`.

    >>> from micrograd_plus import Tensor, no_grad
    >>> w = same = Tensor([1.0, 2.0])
    >>> with no_grad():
    ...     w -= 0.5
    >>> same
    Tensor([0.5, 1.5], shape=(2,), dtype=float64)
    """

    __slots__ = ()


def _in_place(infix: Callable[[Any, Any], Any], symbol: str) -> Callable[[Any, Any], Any]:
    def method(self: Node, other: Any) -> Any:
        if current_scope().records:
            if self.op is PARAMETER:
                raise RuntimeError(
                    f"{symbol}= on a parameter while the graph is recorded: write it under no_grad() to change the "
                    f"parameter, or w = w {symbol} ... for a new node"
                )
            return NotImplemented  # Python then writes w = w - ...
        if self.inputs:
            raise RuntimeError(
                f"{symbol}= under no_grad() on a node that was computed: only a leaf changes, see detach(); or write "
                f"w = w {symbol} ... for a new node"
            )
        self.data = infix(self, other).data
        return self

    return method


for _name, _symbol in {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
}.items():
    setattr(InPlace, f"__i{_name}__", _in_place(getattr(operator, _name), _symbol))
