"""Numbers of a graph that is there already: computed again from what was set, or put back as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np

from micrograd_plus.engine import Node, change_number, next_number, note_of


@np.errstate(all="ignore")
def recompute(operations: Sequence[Node], before: dict[Node, Any], again: Set[Node], pinned: Set[Node]) -> None:
    """Compute in place the nodes of `again` and all that depends on the keys of `before`, but for those in `pinned`.

    `operations` stand in order of creation. Each node's data up to now is added to `before` as soon as it changes, so
    that it can be put back whatever happens. TypeError for a node made by hand.
    """
    stamp = next_number()
    changed = before.keys()
    for node in operations:
        if (not changed.isdisjoint(node.inputs) or node in again) and node not in pinned:
            data = node._computed()
            before[node] = node._data
            node._data = data
            note = note_of(node)
            note.stamp, note.is_set = stamp, False


def put_back(operations: Sequence[Node], data: Mapping[Node, Any]) -> None:
    """Give nodes, computed ones too, the very data they held before, when all of `operations` fitted them.

    Other graphs that read these nodes are out of date then, as after every change.
    """
    stamp = change_number()
    for node, held in data.items():
        node._data = held
        note_of(node).stamp = stamp
    touched = set(data)
    for node in operations:
        if not touched.isdisjoint(node.inputs):
            note_of(node).stamp = stamp
            touched.add(node)
