"""The chain rule on arrays, made fast for the graph of one training step: what `backward()` does to each Tensor."""

from __future__ import annotations

from functools import partial
from operator import mul
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.array_ops import summed_to
from micrograd_plus.engine import CONSTANT, number_of

Array = NDArray[Any]

_LARGE = 30_000  # elements, from which on new memory costs as much as the numbers that are written there


def computed_below(root: Any) -> list[Any]:
    """Return the same as `engine.operations`, faster for small graphs."""
    found = {root} if root.inputs else set()
    stack = list(found)
    while stack:
        for node in stack.pop().inputs:
            if node.inputs and node not in found:
                found.add(node)
                stack.append(node)
    return sorted(found, key=number_of)


def propagate(node: Any) -> None:
    """Add the node's contributions to the gradients of its inputs."""
    op, upstream, out, inputs = node.op, node._grad, node._data, node.inputs
    arrays = [i._data for i in inputs]
    product = mul if upstream.size < _LARGE else partial(_product_within, (out, *arrays))
    for k, input in enumerate(inputs):
        if input.op is not CONSTANT:
            share = op.contribution(k, upstream, out, arrays, product)[1]
            data = arrays[k]
            if share.__class__ is not np.ndarray or share.shape != data.shape or share.dtype is not data.dtype:
                share = fitted(share, data)
            receive(input, share, upstream)


def _product_within(kept: tuple[Array, ...], upstream: Array, local: Any) -> Any:
    """Return the product in the memory of the local derivative, if the rule has just made that: none is `kept`."""
    is_new = local.__class__ is np.ndarray and local.base is None and not any(local is array for array in kept)
    if is_new and local.shape == upstream.shape and local.dtype == upstream.dtype:
        return np.multiply(upstream, local, out=local)
    return upstream * local


def fitted(share: Any, data: Array) -> Array:
    """Return a contribution, an array or a number, in the shape and type of the data it is a gradient of."""
    if share.__class__ is float:
        return np.full_like(data, share)
    if share.shape != data.shape:
        share = summed_to(share, data.shape)
    return np.asarray(share, data.dtype)


def receive(node: Any, share: Array, upstream: Array) -> None:
    """Add `share` to the gradient of `node`; `upstream` is the array it was made from."""
    # An array is added into only by the node that made it: `a + b` hands one gradient to both.
    if node._grad is not None:
        total = node._grad + share
        node._grad = total if total.__class__ is np.ndarray else np.asarray(total)  # NumPy makes numbers of 0-d sums
    elif node.inputs or not (share is upstream or share.base is not None):
        node._grad = share
    else:
        node._grad = share.copy()
