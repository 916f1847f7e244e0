"""Which leaves of a graph stand together in one buffer of a program, and which of them get gradients."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.compiler.holding import Store, place_of, store_of
from micrograd_plus.compiler.leaves import Leaves
from micrograd_plus.engine import Node
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value


@dataclass(eq=False)
class Group:
    """Leaves that one store holds, or will hold; `trained` are those that get gradients, under `gradient_name`."""

    leaves: Leaves
    trained: list[Any]
    store: Store | None = None

    @property
    def gradient_name(self) -> str:
        """The name of the buffer of the gradients."""
        return self.leaves.name.replace("parameters", "gradients").replace("leaves", "leaf_gradients")

    def held(self) -> Store:
        """Return the store, made now where there is none."""
        if self.store is None:
            self.store = Store(self.leaves.nodes)
        return self.store

    def mask(self) -> NDArray[np.bool_]:
        """Return which leaves of the store get gradients."""
        assert self.store is not None
        mask = np.zeros(len(self.store.shapes), bool)
        mask[[place_of(leaf)[1] for leaf in self.trained]] = True
        return mask


def groups_of(
    leaves: Sequence[Node], trained: Collection[Node], others: Sequence[Node], numbers: Mapping[Node, int]
) -> list[Group]:
    """Return the groups of all leaves that a program reads besides its inputs, parameters first.

    Leaves that an older store holds stay there, the others are held together; of each kind those of one dtype. With the
    parameters stand `others`, which this program does not read. Those of one parameter group of the optimizer, as
    `numbers` says, stand side by side where they are held anew.
    """
    sorted_by: dict[Any, list[Any]] = {}
    for leaf in leaves:
        store = store_of(leaf)
        role = store or (leaf in trained, leaf.data.dtype if isinstance(leaf, Tensor) else None)
        sorted_by.setdefault(role, []).append(leaf)
    for leaf in others:
        role = (True, leaf.data.dtype if isinstance(leaf, Tensor) else None)
        if role in sorted_by and not store_of(leaf):
            sorted_by[role].append(leaf)
    groups: list[Group] = []
    for role, members in sorted(sorted_by.items(), key=lambda entry: not any(leaf in trained for leaf in entry[1])):
        store = role if isinstance(role, Store) else None
        ours = [leaf for leaf in members if leaf in trained]
        name = _unused("parameters" if ours else "leaves", groups)
        nodes = _in_places(store, members) if store else sorted(members, key=lambda leaf: numbers.get(leaf, 0))
        groups.append(Group(Leaves(name, nodes, None, is_free=store is None, batched=False), ours, store))
    return groups


def _unused(name: str, groups: Sequence[Group]) -> str:
    taken = sum(group.leaves.name.startswith(name) for group in groups)
    return f"{name}{taken + 1}" if taken else name


def _in_places(store: Store, members: Sequence[Any]) -> list[Any]:
    """Return the leaves of a store in their places, with new leaves in the places of those that do not matter."""
    known = {place_of(leaf)[1]: leaf for leaf in members}
    nodes: list[Any] = []
    for k, shape in enumerate(store.shapes):
        leaf = known.get(k)
        if leaf is not None:
            nodes.append(leaf)
        elif isinstance(members[0], Value):
            nodes += [Value(0.0)] * math.prod(shape or ())
        else:
            nodes.append(Tensor.leaf(np.broadcast_to(np.zeros((), store.data.dtype), shape or ())))
    return nodes
