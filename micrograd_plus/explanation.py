"""A step of the chain rule in words: with symbols, then with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.engine import LEAF, Node, contribution
from micrograd_plus.notation import short, text
from micrograd_plus.steps import Step
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
    out, node, input = names[root], names[step.node], names[step.input]
    wanted, upstream = f"∂{out}/∂{input}", f"∂{out}/∂{node}"
    sign = "=" if step.before is None else "+="
    before = "" if step.before is None else f"{_shown(step.before)} + "
    if step.slope is None:
        symbols = f"{wanted} {sign} {_share(step, upstream, names)}"
        return ChainRule(symbols, "", f"{wanted} = {before}{_shown(step.share)}{_total(step)}")
    local = f"∂{node}/∂{input}"
    # A bias that was added to every row collects what all rows hand it.
    collected = "Σ " if np.shape(step.upstream) != np.shape(step.share) else ""
    return ChainRule(
        f"{wanted} {sign} {collected}{upstream} · {local}",
        _without_echo(f"{local} = {_slope(step, names)}", _shown(step.slope)),
        f"{wanted} = {before}{collected}{_factor(step.upstream)} · {_factor(step.slope)} = {_shown(step.total)}",
    )


def _slope(step: Step, names: Mapping[Node, str]) -> str:
    """Return the formula of the local derivative: the rule of the table, run on names."""
    slope = step.node.op.slopes[step.k]
    if not callable(slope):
        return text(Value(slope))
    out, *inputs = (_named(Value(0.5), names[node]) for node in (step.node, *step.node.inputs))
    formula = slope(out, *inputs)
    return text(formula) if isinstance(formula, Node) else short(float(formula))


def _share(step: Step, upstream: str, names: Mapping[Node, str]) -> str:
    """Return the formula of a contribution that is no product: a structural operation's pullback, run on names."""
    node = step.node
    if node.note and node.note.backward:
        return f"{node.symbol}'s own rule"
    kind = type(node)
    out, *inputs = (_named(kind.leaf(each.data, LEAF), names[each]) for each in (node, *node.inputs))
    share = contribution(node.op, step.k, _named(kind.leaf(step.upstream, LEAF), upstream), out, inputs)[1]
    return text(share)


def _named(node: Node, name: str) -> Node:
    node.label = name
    return node


def _without_echo(equation: str, number: str) -> str:
    """Return an equation with its number, unless it ends in it already: `1 = 1` says nothing."""
    return equation if equation.endswith(f"= {number}") else f"{equation} = {number}"


def _total(step: Step) -> str:
    return "" if step.before is None else f" = {_shown(step.total)}"


def _factor(x: Any) -> str:
    number = _shown(x)
    return f"({number})" if number.startswith("-") else number


def _shown(x: Any) -> str:
    """Return a number in four digits; of an array, its range."""
    low, high = np.min(x), np.max(x)
    return short(low) if low == high or np.size(x) == 1 else f"[{short(low, 3)} .. {short(high, 3)}]"
