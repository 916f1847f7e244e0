"""What a graph shows of the network that it was computed by: layers, their units, the features that come in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.context import ScopePath
from micrograd_plus.engine import PARAMETER, Node, contribution, graph
from micrograd_plus.naming import common_length, homes, names_of
from micrograd_plus.nn import Module
from micrograd_plus.ops import Op
from micrograd_plus.steps import unit_of, walked

Array = NDArray[Any]
Units = dict[Any, list[tuple[Node, Array]]]  # of each unit its nodes and their slopes


class NetworkGraph:
    """What a graph shows of the network that it was computed by."""

    def __init__(self, loss: Node, model: Module | None) -> None:
        self.loss = loss
        self.nodes: list[Node] = graph(loss)
        self.model = model
        known = set(model.parameters()) if model else set()
        self.parameters = [node for node in self.nodes if node.op is PARAMETER or node in known]
        home_of, wanted = homes(self.nodes), set(self.parameters)
        # In the order in which they are read, which is that of the layers.
        self.homes = {node: home_of[node] for reader in self.nodes for node in reader.inputs if node in wanted}
        paths = [self.layer_path(path) for path in set(self.homes.values())]
        self.common = min(common_length(paths), max(map(len, paths), default=1) - 1)

    @cached_property
    def names(self) -> dict[Node, str]:
        return names_of(self.loss)

    @cached_property
    def gradients(self) -> dict[Node, Any]:
        """The gradients of the loss, as `backward()` would compute them."""
        found = {self.loss: unit_of(self.loss)}
        for _, _, input, *_, total in walked(self.loss):
            found[input] = total
        return found

    @property
    def has_arrays(self) -> bool:
        return self.loss._data.__class__ is not float

    def layer_path(self, path: ScopePath) -> ScopePath:
        """Return the scope of a layer, given that of a neuron of it; arrays have no neurons."""
        return path if self.has_arrays or len(path) < 2 else path[:-1]

    def title(self, path: ScopePath) -> str:
        return "/".join(path[self.common :]) or "the network"

    @cached_property
    def layers(self) -> dict[ScopePath, list[Node]]:
        """The parameters of each layer, in the order in which the layers are first read."""
        found: dict[ScopePath, list[Node]] = {}
        for node, home in self.homes.items():
            found.setdefault(self.layer_path(home), []).append(node)
        return found

    def units(self, is_meant: Callable[[Op], object]) -> dict[tuple[ScopePath, Op], Units]:
        """Return the units of each layer whose activation `is_meant`: of each unit its nodes and their slopes.

        On Tensors a unit is a column of the last axis. What stands outside all layers, as a hinge loss, is no unit,
        unless the graph has no scopes at all: then each node is one.
        """
        found: dict[tuple[ScopePath, Op], Units] = {}
        meant = {op for op in {node.op for node in self.nodes} if is_meant(op)}
        homes = set(self.homes.values())
        has_scopes = any(homes)
        for node in self.nodes:
            if node.op not in meant or not np.size(node.data):
                continue
            # The activations of an array network stand beside the layers that they belong to.
            places = [node.scope.path, node.inputs[0].scope.path] if self.has_arrays else [node.scope.path]
            home = next((path for path in places if path and path in homes), None)
            if home is None and (has_scopes or np.ndim(node.data) == 1):
                continue
            unit: Any = home if home and not self.has_arrays else node
            slopes = contribution(node.op, 0, 1.0, node._data, [i._data for i in node.inputs])[0]
            layer = found.setdefault((self.layer_path(home or ()), node.op), {})
            if self.has_arrays and np.ndim(slopes):
                for column in range(slopes.shape[-1]):
                    layer.setdefault((unit, column), []).append((node, slopes[..., column].ravel()))
            else:
                layer.setdefault(unit, []).append((node, np.ravel(slopes)))
        return found

    @property
    def features(self) -> dict[str, tuple[Array, list[Node]]]:
        """The numbers of each input feature, and the nodes that hold them: what the first layer multiplies."""
        read: dict[Node, list[Node]] = {}
        for node in self.nodes:
            if node.op.name in ("mul", "matmul"):
                a, b = node.inputs
                for data, weight in ((a, b), (b, a)):
                    if weight in self.homes and data.is_leaf and data not in self.homes:
                        read.setdefault(weight, []).append(data)
        if self.has_arrays:
            leaves = [leaf for found in read.values() for leaf in found if leaf.data.ndim]
            return {
                f"feature {k + 1}": (leaf.data[..., k].ravel(), [leaf])
                for leaf in leaves[:1]
                for k in range(leaf.data.shape[-1])
            }
        # One neuron of the first layer reads all features.
        first = [leaves for weight, leaves in read.items() if self.homes[weight] == self.homes[next(iter(read))]]
        return {f"feature {k}": (np.array([i.data for i in leaves]), leaves) for k, leaves in enumerate(first, 1)}
