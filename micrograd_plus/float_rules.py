"""The chain rule on floats, made fast: one function an operation, equal to `engine.contributions`.

Each computes all contributions of a node before it adds the first, so that an error leaves gradients as they were.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from micrograd_plus.engine import contributions, data_of
from micrograd_plus.ops import Op, first_input, second_input

Backward = Callable[[Any], None]


def chain_rule(op: Op) -> Backward:
    """Return the function that adds a node's contributions to its inputs' gradients, equal to `contributions`."""
    constant = not any(callable(slope) for slope in op.slopes)
    if op.selects:
        return _selecting_rule(op)
    if op.arity > 2 or 0.0 in op.slopes:
        return _any_rule
    if op.arity == 1:
        return _constant_unary_rule(op) if constant else _unary_rule(op)
    if op.slopes == (second_input, first_input):
        return _product_rule
    if op.slopes == (1.0, 1.0):
        return _sum_rule
    return _constant_binary_rule(op) if constant else _binary_rule(op)


def _any_rule(out: Any) -> None:
    for input, _, share in list(contributions(out, out.grad, data_of)):
        input.grad += share


# Nearly all nodes of a network are sums and products: looking up their slopes would cost as much as the rest.


def _sum_rule(out: Any) -> None:
    upstream = out.grad
    out.a.grad += upstream
    out.b.grad += upstream


def _product_rule(out: Any) -> None:
    upstream, a, b = out.grad, out.a, out.b
    to_a, to_b = upstream * b._data, upstream * a._data
    a.grad += to_a
    b.grad += to_b


def _selecting_rule(op: Op) -> Backward:
    slopes = [s if callable(s) else _always(s) for s in op.slopes]

    def backward(out: Any) -> None:
        upstream, inputs = out.grad, out.inputs
        data = [i._data for i in inputs]
        chosen = [slope(out._data, *data) for slope in slopes]
        for input, passes in zip(inputs, chosen, strict=True):
            input.grad += upstream if passes else 0.0

    return backward


def _constant_unary_rule(op: Op) -> Backward:
    [slope] = op.slopes

    def backward(out: Any) -> None:
        out.a.grad += out.grad * slope

    return backward


def _constant_binary_rule(op: Op) -> Backward:
    slope_a, slope_b = op.slopes

    def backward(out: Any) -> None:
        upstream = out.grad
        out.a.grad += upstream * slope_a
        out.b.grad += upstream * slope_b

    return backward


def _unary_rule(op: Op) -> Backward:
    slope: Any = op.slopes[0]

    def backward(out: Any) -> None:
        a = out.a
        try:
            share = out.grad * slope(out._data, a._data)
        except (ArithmeticError, ValueError):
            return _any_rule(out)
        a.grad += share

    return backward


def _binary_rule(op: Op) -> Backward:
    slope_a, slope_b = (s if callable(s) else _always(s) for s in op.slopes)

    def backward(out: Any) -> None:
        upstream, data, a, b = out.grad, out._data, out.a, out.b
        try:
            to_a = upstream * slope_a(data, a._data, b._data)
            to_b = upstream * slope_b(data, a._data, b._data)
        except (ArithmeticError, ValueError):
            return _any_rule(out)
        a.grad += to_a
        b.grad += to_b

    return backward


def _always(slope: float) -> Callable[..., float]:
    return lambda out, *inputs: slope
