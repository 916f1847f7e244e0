"""The chain rule one edge at a time: what `backward()` adds, in its order, as records that change no node."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.engine import CONSTANT, Node, check_fresh, contributions, data_of, operations


@dataclass(frozen=True, slots=True)
class Step:
    """`node` adds `share`, its gradient `upstream` times the local derivative `slope`, to its input number `k`.

    `before` and `total` are that input's gradient before and after, `before` None if it had none yet. Floats for
    Values, arrays of the input's shape for Tensors (`slope` of the operation's). `slope` is None where there is no such
    number: for structural operations on arrays and for nodes made by hand.
    """

    node: Node
    k: int
    input: Node
    upstream: Any
    slope: Any
    share: Any
    before: Any
    total: Any


def steps(root: Node) -> Iterator[Step]:
    """Yield what `root.backward()` would do on a graph without gradients, one contribution at a time.

    The graph keeps the gradients it has. RuntimeError if a node's data was set after the graph was computed from it,
    ValueError if `root` holds more than one number.

    >>> from micrograd_plus.value import Value
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> for step in steps(a * b + a):
    ...     print(step.node.symbol, step.input.label or step.input.symbol, step.slope, step.total)
    + * 1.0 1.0
    + a 1.0 1.0
    * a -3.0 -2.0
    * b 2.0 2.0
    """
    for facts in walked(root):
        yield Step(*facts)


Facts = tuple[Node, int, Node, Any, Any, Any, Any, Any]  # what a Step holds, in its order


def walked(root: Node, pinned: Collection[Node] = ()) -> Iterator[Facts]:
    """Yield what `steps(root)` does without making objects of it; nodes in `pinned` pass nothing on."""
    order = [node for node in operations(root) if node not in pinned]
    check_fresh(order)
    gradients: dict[Node, Any] = {root: unit_of(root)}
    for node in reversed(order):
        if node not in gradients:
            continue  # all that reads it is pinned
        with np.errstate(all="ignore"):
            found = list(facts_of(node, gradients))
        yield from found


def unit_of(root: Node) -> Any:
    """Return the gradient of a node by itself, as a float or an array."""
    unit = root._unit()
    return data_of(unit) if isinstance(unit, Node) else unit


def facts_of(node: Node, gradients: dict[Node, Any]) -> Iterator[Facts]:
    """Yield the facts of one node's steps, and add their shares to `gradients`, which holds the node's own."""
    upstream = gradients[node]
    for k, (input, slope, share) in enumerate(contributions(node, upstream, data_of)):
        if input.op is CONSTANT and input._data.__class__ is not float:
            continue  # a constant array: backward() computes no gradient for it
        before = gradients.get(input)
        if share is None:
            share, total = share_by_hand(node, k, upstream, before or 0.0)
        else:
            # Zero is added to a float as backward() does: it makes 0.0 of -0.0.
            total = before + share if before is not None else share + 0.0 if share.__class__ is float else share
        gradients[input] = total
        yield node, k, input, upstream, slope, share, before, total


def share_by_hand(node: Node, k: int, upstream: float, before: float) -> tuple[float, float]:
    """Return what the user's own rule adds to input `k`, and the total; all gradients stay as they are."""
    input = node.inputs[k]
    if not (node.note and node.note.backward) or input in node.inputs[:k]:  # a rule serves an input's positions at once
        return 0.0, before
    saved = [(i, i.grad) for i in (node, *node.inputs)]
    try:
        for i in node.inputs:
            i.grad = 0.0
        node.grad, input.grad = upstream, before
        node.note.backward()
        total: float = input.grad
    finally:
        for i, grad in saved:
            i.grad = grad
    return total - before, total
