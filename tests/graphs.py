"""A graph of arrays to walk through, and what can be seen of any graph."""

from typing import Any

import numpy as np

from micrograd_plus import Tensor, losses, nn
from micrograd_plus.engine import Node, graph


def array_loss() -> Tensor:
    """Return the hinge loss of a small network of Tensors on two samples."""
    model = nn.ArrayMLP(2, [3, 1], rng=0)
    return losses.hinge(model([[0.5, -1.0], [2.0, 0.25]]).reshape(2), np.array([1.0, -1.0]))


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
