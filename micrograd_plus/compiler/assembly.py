"""From a graph to a program's functions: lifting, the chain rule, the plan of buffers, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.array_ops import mean
from micrograd_plus.compiler.arrays import ACCUMULATE, Array
from micrograd_plus.compiler.backward import gradients
from micrograd_plus.compiler.groups import Group
from micrograd_plus.compiler.improving import improved
from micrograd_plus.compiler.inputs import Input
from micrograd_plus.compiler.leaves import Leaves, Lifted
from micrograd_plus.compiler.lifting import lifted
from micrograd_plus.compiler.lowering import lowered
from micrograd_plus.compiler.placing import Plan, placed
from micrograd_plus.compiler.tensors import lifted_tensors
from micrograd_plus.compiler.views import View
from micrograd_plus.engine import Node
from micrograd_plus.tensor import Tensor

Numbers = NDArray[Any]
Bools = NDArray[np.bool_]

OTHERS = "others"


@dataclass(eq=False)
class Assembly:
    """What a graph became: a plan that gives the number `results`, on given `buffers`; `inputs` are those of inputs.

    `others` is the buffer of the numbers that are computed beside the loss.
    """

    plan: Plan
    results: list[Array]
    buffers: dict[str, Numbers]
    inputs: list[Numbers]
    others: Numbers
    lifted: Lifted


def assembled(roots: Sequence[Node], groups: Sequence[Group], inputs: Sequence[Input], batch: int | None) -> Assembly:
    """Return what computes the roots, each one number, and the gradients of the first, which is the loss.

    All leaves stand in `groups` and `inputs`; stores hold those of the groups from now on. With `batch` the graph is of
    one sample and a root is the mean over so many.
    """
    found = _lifted(roots, groups, inputs, batch)
    numbers = [mean(root, axis=None, keepdims=False) if root.shape else root for root in found.roots]
    numbers, leaves = _split(improved([*numbers, *found.stored]), len(numbers))
    builder = numbers[0].builder
    trained = [(group, stored) for group, stored in zip(groups, leaves, strict=False) if group.trained]
    slopes = gradients(numbers[0], [stored for _, stored in trained])
    flat = [numbers[0]]
    for group, stored in trained:
        flat.append(_in_full(slopes.get(stored), stored, _is_trained(group)))
        flat.append(builder.stored(group.gradient_name, stored.shape, stored.dtype))
    others = np.zeros(len(numbers) - 1)
    if len(others):
        parts = [(View(k, (), ()), number) for k, number in enumerate(numbers[1:])]
        flat.append(builder.accumulated(others.shape, others.dtype, parts))
        flat.append(builder.stored(OTHERS, others.shape, others.dtype))
    loss, *rest = lowered(flat)
    plan = placed([loss], zip(rest[::2], rest[1::2], strict=True))
    buffers = {group.leaves.name: group.held().data for group in groups}
    buffers |= {group.gradient_name: group.held().grad for group, _ in trained}
    arrays = [np.empty(_stored_shape(i, batch), i.dtype) for i in inputs]
    buffers |= zip([i.name for i in inputs], arrays, strict=True)
    if len(others):
        buffers[OTHERS] = others
    return Assembly(plan, [loss], buffers, arrays, others, found)


def _split(arrays: list[Array], count: int) -> tuple[list[Array], list[Array]]:
    return arrays[:count], arrays[count:]


def _lifted(roots: Sequence[Any], groups: Sequence[Group], inputs: Sequence[Input], batch: int | None) -> Lifted:
    leaves = [group.leaves for group in groups]
    shapes = [i.shape if batch else _stored_shape(i, None) for i in inputs]
    leaves += [Leaves(i.name, i.nodes, shape, batched=bool(batch)) for i, shape in zip(inputs, shapes, strict=True)]
    if isinstance(roots[0], Tensor):
        return lifted_tensors(roots, leaves)
    return lifted(roots, leaves, batch)


def _stored_shape(input: Input, batch: int | None) -> tuple[int, ...]:
    # A number stands in an array of one, from which Python reads it as a float.
    return (batch, *input.shape) if batch else input.shape or (1,)


def _is_trained(group: Group) -> Bools:
    """Tell for each element of a group whether it gets a gradient."""
    trained = set(group.trained)
    nodes = group.leaves.nodes
    return np.repeat([node in trained for node in nodes], [np.size(node._data) for node in nodes])


def _in_full(gradient: Array | None, stored: Array, trained: Bools) -> Array:
    """Return the gradient of a stored array with zeros where the loss has a trained leaf's slopes all 0."""
    builder = stored.builder
    parts: list[tuple[View, Array]] = []
    written = np.zeros(stored.size, bool)
    if gradient is not None:
        if gradient.op is not ACCUMULATE:
            return gradient
        parts = list(zip(gradient.views, gradient.inputs, strict=True))
        for view, _ in parts:
            view.on(written)[...] = True
    missing = np.flatnonzero(np.diff(np.concatenate([[0], trained & ~written, [0]]).astype(np.int8)))
    for start, stop in zip(missing[::2].tolist(), missing[1::2].tolist(), strict=True):
        parts.append((View(start, (stop - start,), (1,)), builder.constant(0.0)))
    if gradient is not None and not len(missing):
        return gradient
    return builder.accumulated(stored.shape, stored.dtype, parts)
