"""Forward mode: tangents carried through a graph from its inputs on, by the rows that `backward` reads too.

A tangent is the rate at which a node changes when the inputs move along their own tangents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from micrograd_plus.array_ops import ArrayOp, astype, broadcast_to
from micrograd_plus.engine import LEAF, Node, check_fresh, contribution, derived, number_of, operations
from micrograd_plus.tensor import Tensor


@np.errstate(all="ignore")
def tangents(ys: Sequence[Node], given: Mapping[Any, Any]) -> list[Any]:
    """Return the tangent of each of `ys` as a graph of its own, None for one that depends on none of the inputs.

    `given` has the tangent of each input: a node of its kind and shape. RuntimeError if a node's data was set after the
    graph was computed from it; TypeError for a node made by hand.

    >>> from micrograd_plus.value import Value
    >>> x = Value(3.0)
    >>> [tangent] = tangents([x * x * x], {x: Value(1.0)})
    >>> tangent.data
    27.0
    """
    order = operations(*ys)
    check_fresh(order)
    found: dict[Any, Any] = dict(given)
    for node in order:
        if node in found:  # an input of the question, whatever it was computed from
            continue
        for k, input in enumerate(node.inputs):
            if input in found:
                share = _pushed(node, k, found[input])
                if share is None:
                    raise TypeError(f"{node.symbol!r} was made by hand: it has no rule to carry a tangent through")
                if isinstance(share, Node):
                    found[node] = found[node] + share if node in found else share
        if node in found:
            found[node] = _like(node, found[node])
    return [found.get(y) for y in ys]


def _pushed(node: Node, k: int, tangent: Any) -> Any:
    """Return what the tangent of input `k` contributes to the tangent of `node`; 0.0 for nothing."""
    op, inputs = node.op, node.inputs
    if not isinstance(op, ArrayOp):
        return contribution(op, k, tangent, node, inputs)[1]
    if op.linear:
        return op(*inputs[:k], tangent, *inputs[k + 1 :])
    return _transposed(node, k, tangent)


def _transposed(node: Any, k: int, tangent: Any) -> Any:
    """Return the Jacobian times `tangent`: the derivative of the pullback, which is linear, by what it pulls back."""
    upstream = Tensor.leaf(np.zeros_like(node.data), LEAF)
    share = contribution(node.op, k, upstream, node, node.inputs)[1]
    if not isinstance(share, Tensor):
        return share
    y = (node.inputs[k]._settled(share) * tangent).sum()
    [pushed] = derived(y, [upstream], _made_since(upstream, y))
    return pushed


def _made_since(first: Node, root: Node) -> list[Node]:
    """Return the operations below `root` that are younger than `first`, in order of creation."""
    found = {root}
    stack = [root]
    while stack:
        for node in stack.pop().inputs:
            if node.number > first.number and node.inputs and node not in found:
                found.add(node)
                stack.append(node)
    return sorted(found, key=number_of)


def _like(node: Any, tangent: Any) -> Any:
    """Return a tangent in shape and type of its node: elementwise operations stretch inputs, and so do slopes."""
    if not isinstance(node, Tensor):
        return tangent
    if tangent.shape != node.shape:
        tangent = broadcast_to(tangent, shape=node.shape)
    return tangent if tangent.dtype == node.dtype else astype(tangent, dtype=str(node.dtype))
