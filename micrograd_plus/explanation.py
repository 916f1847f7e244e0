"""A step of the chain rule in words: with symbols, then with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.engine import CONSTANT, LEAF, Node, contribution
from micrograd_plus.notation import applied, short, text
from micrograd_plus.steps import Step
from micrograd_plus.texts import printable
from micrograd_plus.value import Value


@dataclass(frozen=True, slots=True)
class ChainRule:
    """A step as three lines: the rule, what its local derivative is, and both with numbers put in.

    `local` is empty where the table gives no local derivative: for structural operations and nodes made by hand.
    """

    symbols: str
    local: str
    numbers: str

    def __str__(self) -> str:
        return "\n".join(line for line in (self.symbols, self.local, self.numbers) if line)

    @property
    def line(self) -> str:
        """The rule in one line: with symbols and, behind a sign of equality, with numbers."""
        return " = ".join(part for part in (self.symbols, self.numbers.partition(" = ")[2]) if part)


def chain_rule(step: Step, root: Node, names: Mapping[Node, str]) -> ChainRule:
    """Return a step of `steps(root)` in words; `names` are those of the nodes, such as `naming.names_of(root)`.

    >>> from micrograd_plus.naming import names_of
    >>> from micrograd_plus.steps import steps
    >>> x, w = Value(2.0, label="x"), Value(0.25, label="w")
    >>> y = (x * w).tanh()
    >>> first, *_ = steps(y)
    >>> print(chain_rule(first, y, names_of(y)))
    ∂out/∂#3 = ∂out/∂out · ∂out/∂#3
    ∂out/∂#3 = 1 - out * out = 0.7864
    ∂out/∂#3 = 1 · 0.7864 = 0.7864
    """
    shown = number_or_range
    out, node, input = names[root], names[step.node], names[step.input]
    wanted, upstream = f"∂{out}/∂{input}", f"∂{out}/∂{node}"
    sign = "=" if step.before is None else "+="
    before = "" if step.before is None else f"{shown(step.before)} + "
    if step.slope is None:
        symbols = f"{wanted} {sign} {_share(step, upstream, names)}"
        return _plain(symbols, "", f"{wanted} = {before}{shown(step.share)}{_total(step)}")
    local = f"∂{node}/∂{input}"
    # A bias that was added to every row collects what all rows hand it.
    collected = "Σ " if np.shape(step.upstream) != np.shape(step.share) else ""
    return _plain(
        f"{wanted} {sign} {collected}{upstream} · {local}",
        _without_echo(f"{local} = {text(local_derivative(step, names))}", shown(step.slope)),
        f"{wanted} = {before}{collected}{factor(step.upstream)} · {factor(step.slope)} = {shown(step.total)}",
    )


def _plain(symbols: str, local: str, numbers: str) -> ChainRule:
    return ChainRule(printable(symbols), printable(local), printable(numbers))


def equation(node: Node, names: Mapping[Node, str]) -> str:
    """Return how an operation computes its node, with symbols: its inputs' names, or numbers that have none.

    >>> x = Value(2.0, label="x")
    >>> y = 3.0 / x
    >>> equation(y, {x: "x", y: "y"})
    'y = 3 / x'
    """
    inputs = [factor(input.data) if is_bare_number(input) else names[input] for input in node.inputs]
    return printable(f"{names[node]} = {applied(node, inputs)}")


def evaluation(node: Node, names: Mapping[Node, str]) -> ChainRule:
    """Return how an operation computes its node, as the lines of a rule without a local derivative.

    >>> x = Value(-2.0, label="x")
    >>> y = 3.0 * x
    >>> evaluation(y, {x: "x", y: "y"}).line
    'y = 3 * x = 3 * (-2) = -6'
    """
    numbers = applied(node, [factor(input.data) for input in node.inputs])
    return _plain(equation(node, names), "", f"{names[node]} = {numbers} = {number_or_range(node.data)}")


def local_derivative(step: Step, names: Mapping[Node, str]) -> Value:
    """Return the local derivative of a step as a formula: the rule of the table, run on names.

    Numbers that stand in the code without a name are numbers in the formula too, in four digits. For steps of
    operations that have a slope.
    """
    slope = step.node.op.slopes[step.k]
    if not callable(slope):
        return Value(slope)
    formula = slope(*(_symbol(node, names) for node in (step.node, *step.node.inputs)))
    return formula if isinstance(formula, Value) else Value(formula)


def is_bare_number(node: Node) -> bool:
    """Tell whether a node is a number that stands in the code without a name."""
    return node.op is CONSTANT and not node.label and np.size(node.data) == 1


def _symbol(node: Node, names: Mapping[Node, str]) -> Value:
    if is_bare_number(node):
        return Value(float(short(float(node.data))))
    return Value(0.5, label=names[node])


def _share(step: Step, upstream: str, names: Mapping[Node, str]) -> str:
    """Return the formula of a contribution that is no product: a structural operation's pullback, run on names."""
    node = step.node
    if node.note and node.note.backward:
        return f"{node.symbol}'s own rule"
    kind = type(node)
    out, *inputs = (_named(kind.leaf(each.data, LEAF), names[each]) for each in (node, *node.inputs))
    share = contribution(node.op, step.k, _named(kind.leaf(step.upstream, LEAF), upstream), out, inputs)[1]
    return f"{node.symbol}'s missing rule" if share is None else text(share)


def _named(node: Node, name: str) -> Node:
    node.label = name
    return node


def _without_echo(equation: str, number: str) -> str:
    """Return an equation with its number, unless it ends in it already: `1 = 1` says nothing."""
    return equation if equation.endswith(f"= {number}") else f"{equation} = {number}"


def _total(step: Step) -> str:
    return "" if step.before is None else f" = {number_or_range(step.total)}"


def factor(x: Any) -> str:
    """Return a number, or the range of an array, as it stands in a product: what is negative in parentheses."""
    number = number_or_range(x)
    return f"({number})" if number.startswith("-") else number


def number_or_range(x: Any) -> str:
    """Return a number in four digits; of an array, its range.

    >>> number_or_range(0.123456), number_or_range(np.array([0.5, -1.0])), number_or_range(np.array([]))
    ('0.1235', '[-1 .. 0.5]', '[]')
    """
    if np.size(x) == 0:
        return "[]"
    low, high = np.min(x), np.max(x)
    return short(low) if low == high or np.size(x) == 1 else f"[{short(low, 3)} .. {short(high, 3)}]"
