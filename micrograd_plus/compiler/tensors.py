"""The graph of a Tensor as arrays of a program: each node is one already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from micrograd_plus.array_ops import reshape
from micrograd_plus.compiler.arrays import VIEW, Array, Builder
from micrograd_plus.compiler.leaves import Leaves, Lifted
from micrograd_plus.compiler.limits import require_few_operations
from micrograd_plus.compiler.views import View, whole
from micrograd_plus.engine import CONSTANT, Node, graph
from micrograd_plus.naming import names_of
from micrograd_plus.tensor import Tensor


def lifted_tensors(roots: Sequence[Tensor], groups: Sequence[Leaves]) -> Lifted:
    """Return the arrays that compute the roots, one number each, from the stored arrays of the groups, one each.

    A group in a shape is one Tensor of that shape; else the Tensors stand one after the other in a flat array.
    ValueError for too many operations.
    """
    builder = Builder()
    stored: list[Array] = []
    known: dict[Tensor, Array] = {}
    for group in groups:
        stored.append(_stored(builder, group, known))
    order = graph(*roots)
    require_few_operations(sum(1 for node in order if node.inputs), len(order))
    for node in order:
        if node not in known:
            known[node] = _array_of(node, builder, known)
    _name(order, names_of(roots[0]), known)
    return Lifted(builder, [reshape(known[root], shape=()) for root in roots], stored, {"nodes": len(order)}, [])


def _stored(builder: Builder, group: Leaves, known: dict[Tensor, Array]) -> Array:
    """Return the array of a group, and enter what part of it each of its Tensors is."""
    nodes: list[Tensor] = group.nodes  # type: ignore[assignment]  # a group of this graph holds Tensors
    dtype = nodes[0].dtype
    if group.shape is not None:
        array = builder.stored(group.name, group.shape, dtype)
        known[nodes[0]] = reshape(array, shape=nodes[0].shape)
        return array
    array = builder.stored(group.name, (sum(node.size for node in nodes),), dtype)
    offset = 0
    for node in nodes:
        known[node] = builder.shown(array, View(offset, node.shape, whole(node.shape).strides))
        offset += node.size
    return array


def _array_of(node: Tensor, builder: Builder, known: dict[Tensor, Array]) -> Array:
    if node.op is CONSTANT:
        return builder.constant(np.array(node.data) if node.ndim else float(node.data))
    if node.is_leaf:
        raise ValueError(f"no group holds the leaf {node!r}")
    return builder.apply(node.op, [known[i] for i in node.inputs])


def _name(order: Sequence[Tensor], names: dict[Node, str], known: dict[Tensor, Array]) -> None:
    """Call arrays by the labels of their nodes, else by where they are computed and by what."""
    for node in order:
        array = known[node]
        if array.name or (node.is_leaf and array.op is not VIEW):
            continue
        if node.label:
            array.name = names.get(node, node.label)
        elif not node.is_leaf:
            array.name = "_".join([*node.scope.path[1:], node.op.name])
        if array.op is not VIEW:
            array.comment = f"{node.label or node.op.name} {node.shape or ''}".rstrip()
