"""From a graph to a program's functions: lifting, the chain rule, the plan of buffers, the text, in this order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.array_ops import mean
from micrograd_plus.compiler.arrays import Array, View, whole
from micrograd_plus.compiler.backward import gradients
from micrograd_plus.compiler.groups import Group
from micrograd_plus.compiler.inputs import Input
from micrograd_plus.compiler.lifting import Leaves, Lifted, lifted
from micrograd_plus.compiler.lowering import lowered
from micrograd_plus.compiler.placing import Plan, placed
from micrograd_plus.compiler.source import Source
from micrograd_plus.compiler.tensors import lifted_tensors
from micrograd_plus.engine import Node
from micrograd_plus.tensor import Tensor

Numbers = NDArray[Any]

FORWARD_BACKWARD = "loss_and_gradients"


@dataclass(eq=False)
class Assembly:
    """What a graph became: a plan that gives `results`, on the buffers of `groups` and of the inputs."""

    plan: Plan
    results: list[Array]
    buffers: dict[str, Numbers]
    inputs: list[Numbers]
    lifted: Lifted


def assembled(root: Node, groups: Sequence[Group], inputs: Sequence[Input], batch: int | None) -> Assembly:
    """Return the program of a graph whose leaves stand in `groups` and `inputs`; the groups hold theirs from now on."""
    found = _lifted(root, groups, inputs, batch)
    loss = found.roots[0]
    if loss.shape:
        loss = mean(loss, axis=None, keepdims=False)
    stored = dict(zip([group.leaves.name for group in groups], found.stored, strict=False))
    buffers: dict[str, Numbers] = {}
    for group in groups:
        buffers[group.leaves.name] = group.held().data
    trained = [group for group in groups if group.trained]
    by = gradients(loss, [stored[group.leaves.name] for group in trained])
    destinations: list[tuple[Array, Array]] = []
    for group in trained:
        leaves = stored[group.leaves.name]
        place = found.builder.stored(group.gradient_name, leaves.shape, leaves.dtype)
        destinations.append((_in_full(by.get(leaves), leaves, group), place))
        buffers[group.gradient_name] = group.held().grad
    flat = lowered([loss, *(array for pair in destinations for array in pair)])
    plan = placed(flat[:1], zip(flat[1::2], flat[2::2], strict=True))
    arrays = [np.empty((*([batch] if batch else []), *i.shape), i.dtype) for i in inputs]
    buffers.update(zip([i.name for i in inputs], arrays, strict=True))
    return Assembly(plan, flat[:1], buffers, arrays, found)


def _lifted(root: Node, groups: Sequence[Group], inputs: Sequence[Input], batch: int | None) -> Lifted:
    leaves = [group.leaves for group in groups]
    leaves += [Leaves(i.name, i.nodes, i.shape, is_free=False, batched=batch is not None) for i in inputs]
    if isinstance(root, Tensor):
        return lifted_tensors([root], leaves)  # type: ignore[list-item]
    return lifted([root], leaves, batch)  # type: ignore[list-item]


def _in_full(gradient: Array | None, leaves: Array, group: Group) -> Array:
    """Return the gradient of a stored array, with zeros for leaves whose slopes are all 0."""
    builder = leaves.builder
    if gradient is None:
        return builder.constant(np.zeros(leaves.shape, leaves.dtype))
    if gradient.shape != leaves.shape:
        raise AssertionError("a gradient has the shape of what it is a gradient of")
    return gradient
