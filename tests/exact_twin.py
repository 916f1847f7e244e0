"""An exact twin of the rational rows: power series over fractions, which know nothing of the table's slopes.

x + h, a number that moves, runs through an expression as a power series in h that is cut off after h**2. Its
coefficients are the value, the first derivative and half the second one, without any rounding.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from micrograd_plus.engine import gradient, graph, operations
from micrograd_plus.ops import TABLE
from micrograd_plus.value import Value

ORDER = 2


class Series:
    """The terms of a power series in h, as fractions: of h**0, h**1, h**2."""

    def __init__(self, *terms: Any) -> None:
        self.terms = [*map(Fraction, terms), *[Fraction(0)] * (ORDER + 1 - len(terms))]

    @property
    def number(self) -> Fraction:
        """The value where h is 0."""
        return self.terms[0]

    def __add__(self, other: Series) -> Series:
        return Series(*map(operator.add, self.terms, other.terms))

    def __sub__(self, other: Series) -> Series:
        return Series(*map(operator.sub, self.terms, other.terms))

    def __neg__(self) -> Series:
        return Series(*map(operator.neg, self.terms))

    def __mul__(self, other: Series) -> Series:
        a, b = self.terms, other.terms
        return Series(*[sum(a[i] * b[k - i] for i in range(k + 1)) for k in range(ORDER + 1)])

    def __truediv__(self, other: Series) -> Series:
        # The series that gives this one when multiplied by the other: its terms follow one after the other.
        quotient: list[Fraction] = []
        for k, term in enumerate(self.terms):
            known = sum(quotient[i] * other.terms[k - i] for i in range(k))
            quotient.append((term - known) / other.number)
        return Series(*quotient)


ONE = Series(1)


def _power(x: Series, n: float) -> Series:
    product = ONE
    for _ in range(abs(int(n))):
        product = product * x
    return product if n >= 0 else ONE / product


def _clip(x: Series, **ends: float) -> Series:
    low, high = ends["min"], ends["max"]
    return x if low < x.number < high else Series(sorted([low, x.number, high])[1])


def _holds(relation: Callable[[Any, Any], bool]) -> Callable[[Series, Series], Series]:
    return lambda a, b: Series(int(relation(a.number, b.number)))


def _stepwise(f: Callable[[Fraction], int]) -> Callable[[Series], Series]:
    return lambda x: Series(f(x.number))


# Away from kinks and jumps: there the table makes choices, which are tested by name.
TWIN: dict[str, Callable[..., Series]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "power": _power,
    "square": lambda x: x * x,
    "reciprocal": lambda x: ONE / x,
    "abs": lambda x: x if x.number > 0 else -x,
    "relu": lambda x: x if x.number > 0 else Series(),
    "leaky_relu": lambda x, slope: x if x.number > 0 else Series(slope) * x,
    "maximum": lambda a, b: a if a.number > b.number else b,
    "minimum": lambda a, b: a if a.number < b.number else b,
    "clip": _clip,
    "where": lambda condition, a, b: a if condition.number else b,
    "less": _holds(operator.lt),
    "less_equal": _holds(operator.le),
    "greater": _holds(operator.gt),
    "greater_equal": _holds(operator.ge),
    "equal": _holds(operator.eq),
    "not_equal": _holds(operator.ne),
    "heaviside": _stepwise(lambda x: int(x > 0)),
    "sign": _stepwise(lambda x: (x > 0) - (x < 0)),
    "floor": _stepwise(math.floor),
    "ceil": _stepwise(math.ceil),
    "trunc": _stepwise(math.trunc),
    "round": _stepwise(round),
    "floor_divide": lambda a, b: Series(a.number // b.number),
    "remainder": lambda a, b: a - Series(a.number // b.number) * b,
}


def exact(y: Value, x: Value) -> tuple[Fraction, Fraction, Fraction]:
    """Return the value of the graph `y` of rational rows, its derivative by the leaf `x` and its second one."""
    found: dict[Value, Series] = {}
    for node in graph(y):
        inputs = [found[i] for i in node.inputs]
        found[node] = TWIN[node.op.name](*inputs, **node.op.parameters) if inputs else Series(node.data, int(node is x))
    value, first, half_of_second = found[y].terms
    return value, first, 2 * half_of_second


# --- how far rounding may lead, and random expressions ----------------------------------------------------------------

EPS = float(np.finfo(np.float64).eps)
COMPARISONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
PARAMETERS: dict[str, list[dict[str, float]]] = {
    "power": [{"n": float(n)} for n in range(-3, 5)],
    "clip": [{"min": -0.7, "max": 1.3}, {"max": 0.4}],
    "leaky_relu": [{"slope": 0.01}, {"slope": 0.3}],
}
CLOSE = 1e-6  # to a kink or a jump: rounding must not cross it


def bound(y: Value) -> float:
    """Return by how much rounding can have changed `y`, to first order."""
    order = operations(y)
    return EPS * sum(abs(slope.data * node.data) for slope, node in zip(gradient(y, order), order, strict=True))


def errors(y: Value, leaves: Sequence[Value]) -> Iterator[tuple[str, float, Fraction, float]]:
    """Yield what was computed, the number, its error, and the bound: of `y` and of its derivatives by each leaf."""
    for leaf in leaves:
        leaf.zero_grad()
    y.backward()
    for x in leaves:
        [first] = gradient(y, [x])
        [second] = gradient(first, [x])
        exact_ones = exact(y, x)
        for order, (node, wanted) in enumerate(zip((y, first, second), exact_ones, strict=True)):
            yield f"order {order}", node.data, abs(Fraction(node.data) - wanted), bound(node)
        yield "backward", x.grad, abs(Fraction(x.grad) - exact_ones[1]), bound(first)


def distance(row: str, x: Sequence[Value], parameters: dict[str, float]) -> float:
    """Return how far the inputs are from where the row has a kink, a jump or a pole."""
    a, b = x[0].data, x[-1].data
    if row in COMPARISONS | {"maximum", "minimum"}:
        return abs(a - b)
    if row in ("floor", "ceil", "trunc", "round"):
        return abs(2 * a - round(2 * a))
    if row in ("floor_divide", "remainder"):
        return abs(a / b - round(a / b)) if abs(b) > 0.1 else 0.0
    if row == "clip":
        return min(abs(a - edge) for edge in parameters.values())
    if row in ("div", "reciprocal", "power"):
        return max(abs(b) - 0.1, 0.0)
    if row == "where":
        return 1.0 if x[0].op.name in COMPARISONS else abs(a)
    return abs(a) if row in ("abs", "relu", "leaky_relu", "heaviside", "sign") else 1.0


def grown(leaves: Sequence[Value], steps: Sequence[tuple[str, int, int, int]]) -> Value:
    """Return the sum of all that the steps compute, each from results before it."""
    nodes = list(leaves)
    for row, *picks in steps:
        op = TABLE[row]
        chosen = [nodes[pick % len(nodes)] for pick in picks[: op.arity]]
        choices = PARAMETERS.get(row, [{}])
        parameters = choices[sum(picks) % len(choices)]
        if distance(row, chosen, parameters) > CLOSE and abs((node := op(*chosen, **parameters)).data) < 1e3:
            nodes.append(node)
    return sum(nodes[1:], nodes[0])
