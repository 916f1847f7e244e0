"""An operation as a graph of others: its formula in the table's own operations, run on Values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from micrograd_plus.context import recorded
from micrograd_plus.engine import LEAF
from micrograd_plus.ops import Op
from micrograd_plus.plain_error import PlainError
from micrograd_plus.value import Value

Formula = Callable[..., Any]


class ExportError(PlainError, ValueError):
    """What a format cannot hold, or what is missing to write it, in one line."""


class FormulaGraph(NamedTuple):
    """The inputs of an operation, labelled, and what it computes of them; the numbers in the graph mean nothing."""

    inputs: list[Value]
    root: Value


def formula_graph(op: Op, formula: Formula, names: Iterable[str] = ()) -> FormulaGraph:
    """Return what `op` computes by a formula in the table's operations, one step down: rows in it stay rows.

    >>> from micrograd_plus.notation import text
    >>> from micrograd_plus.ops import FORMULAS, TABLE
    >>> text(formula_graph(TABLE["softplus"], FORMULAS["softplus"]).root)
    'maximum(x, 0) + log1p(exp(-abs(x)))'
    """
    inputs = [Value.leaf(1.0, LEAF) for _ in range(op.arity)]
    for value, name in zip(inputs, names or input_names(op), strict=True):
        value.label = name
    with recorded():
        return FormulaGraph(inputs, formula(*inputs, **op.parameters))


def input_names(op: Op) -> str:
    """Return what the inputs of an operation are called in its function: a letter each."""
    return "x" if op.arity == 1 else "abc"[: op.arity]
