"""Leaves, a graph of arrays to walk through, and what can be seen of any graph."""

from typing import Any

import numpy as np

from micrograd_plus import Tensor, Value, losses, nn
from micrograd_plus.engine import Node, graph
from micrograd_plus.nn import parameter


def leaves(count: int) -> list[Value]:
    """Return parameters of 2, 3, ..."""
    return [parameter(float(k + 2)) for k in range(count)]


def array_loss() -> Tensor:
    """Return the hinge loss of a small network of Tensors on two samples."""
    model = nn.ArrayMLP(2, [3, 1], rng=0)
    return losses.hinge(model([[0.5, -1.0], [2.0, 0.25]]).reshape(2), np.array([1.0, -1.0]))


def grad_of(x: Tensor) -> np.ndarray:
    """Return the gradient, which has been computed."""
    assert x.grad is not None
    return x.grad


def gradients_of(root: Node) -> list[bytes | None]:
    """Return the gradients of all nodes to the last bit, None where there is none yet."""
    return [np.asarray(node.grad).tobytes() if node.has_grad else None for node in graph(root)]


def bits(x: Any) -> bytes:
    """Return numbers to the last bit, but for the sign of a nan, which means nothing."""
    return np.where(np.isnan(x), np.nan, x).tobytes()


def paths_upwards(node: Node, root: Node) -> int:
    """Return the number of paths from a node to the root, counted from below."""
    ways = {node: 1}
    for reader in graph(root):
        if reader is not node:
            ways[reader] = sum(ways.get(input, 0) for input in reader.inputs)
    return ways[root]
