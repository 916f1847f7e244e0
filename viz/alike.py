"""Which values outside scopes share a box: operations that do the same, leaves of one name or one use."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from micrograd_plus.engine import CONSTANT, PARAMETER, Node
from micrograd_plus.viz.same_operations import Classes, classes_of

MOST_LEAVES = 8
MOST_NAMES = 20  # labels of operations that keep a box of their own
MANY_READERS = 3  # boxes


class Kind(NamedTuple):
    """Values of one key share a box; the title is empty for a value that has a box of its own."""

    key: Hashable
    title: str = ""


def kinds(nodes: Sequence[Node], placed: Mapping[Node, Hashable]) -> dict[Node, Kind]:
    """Return the kind of each of `nodes`, a graph's in order of creation, but for those that `placed` has a box for."""
    computed = [node for node in nodes if node.inputs and node not in placed]
    classes, single = classes_of(computed, placed)
    found = _operation_kinds(computed, classes) | {node: Kind(id(node)) for node in single}
    if computed and _is_one_of_many(computed[-1], nodes, found):
        found[computed[-1]] = Kind(id(computed[-1]))
    members = Counter(kind.key for kind in found.values())
    leaves = [node for node in nodes if node not in placed and node not in found]
    readers = _readers(nodes, leaves)
    boxes = {**placed, **{node: kind.key for node, kind in found.items()}}
    given = [node for node in leaves if node.op is not CONSTANT or node.label]
    found |= _leaf_kinds(given, readers, boxes)
    # Numbers in the code go where they are read first, if many are.
    for node in leaves:
        if node not in found:
            reader = readers[node][0] if readers[node] else node
            found[node] = found[reader] if reader in found and members[found[reader].key] > 1 else Kind(id(node))
    return found


def _is_one_of_many(root: Node, nodes: Sequence[Node], found: Mapping[Node, Kind]) -> bool:
    """Tell whether the box of the root would show values that others read too, as in a loop."""
    alike = {node for node, kind in found.items() if kind == found[root]}
    return any(node not in alike and not alike.isdisjoint(node.inputs) for node in nodes)


def _readers(nodes: Sequence[Node], leaves: Iterable[Node]) -> dict[Node, list[Node]]:
    found: dict[Node, list[Node]] = {leaf: [] for leaf in leaves}
    for reader in nodes:
        for node in reader.inputs:
            if node in found:
                found[node].append(reader)
    return found


def _shared(groups: Mapping[Hashable, Sequence[Node]], title: Callable[[Sequence[Node]], str]) -> dict[Node, Kind]:
    """Return the kinds of nodes that are grouped by key; one that is alone keeps a box of its own."""
    found: dict[Node, Kind] = {}
    for key, nodes in groups.items():
        kind = Kind(key, title(nodes)) if len(nodes) > 1 else Kind(id(nodes[0]))
        found |= dict.fromkeys(nodes, kind)
    return found


def kinds_inside(nodes: Sequence[Node], boxes: Mapping[Node, Hashable]) -> dict[Node, Kind]:
    """Return the kind of each of `nodes`, those of a scope by creation: what every call of a module does is alike.

    That is the same operation on the same weights and on what comes from the same of the `boxes` of other nodes.
    """
    inside = set(nodes)
    keys: dict[Node, Hashable] = {node: node for node in nodes if node.op is PARAMETER}
    numbers: dict[Hashable, int] = {}

    def described(node: Node) -> Hashable:
        return keys.get(node, node.label) if node in inside else boxes.get(node)

    for node in nodes:
        if node.inputs:
            key = (node.symbol, node.label, node.scope.path, *map(described, node.inputs))
            keys[node] = numbers.setdefault(key, len(numbers))
            for k, i in enumerate(node.inputs):
                if i in inside and not i.inputs:
                    keys.setdefault(i, ("input", keys[node], k))
    groups: dict[Hashable, list[Node]] = defaultdict(list)
    for node in nodes:
        groups["inside", keys.get(node, node)].append(node)
    return _shared(groups, lambda nodes: nodes[0].label or nodes[0].symbol or "input")


# --- operations -------------------------------------------------------------------------------------------------------


def _operation_kinds(computed: Sequence[Node], classes: Classes) -> dict[Node, Kind]:
    """Return the kind of each operation: by class and label; but the last step of a sum gives the sum its name."""
    label_of = {node: node.label for node in computed}
    if len(set(label_of.values())) > MOST_NAMES:
        label_of = dict.fromkeys(computed, "")
    last: dict[Hashable, list[Node]] = defaultdict(list)
    for node in computed:
        if label_of[node] and any(classes.get(i) == classes[node] and not label_of[i] for i in node.inputs):
            last[classes[node]].append(node)
    names: dict[Hashable, str] = {}
    for key, nodes in last.items():
        if len(nodes) == 1:
            names[key, ""] = label_of[nodes[0]]
            label_of[nodes[0]] = ""
    groups: dict[Hashable, list[Node]] = defaultdict(list)
    for node in computed:
        groups[classes[node], label_of[node]].append(node)

    def title(nodes: Sequence[Node]) -> str:
        symbols = {node.symbol for node in nodes}
        symbol = symbols.pop() if len(symbols) == 1 else "operation"
        label = label_of[nodes[0]] or names.get((classes[nodes[0]], ""), "")
        return f"{label}: {symbol}" if label else symbol

    return _shared(groups, title)


# --- leaves -----------------------------------------------------------------------------------------------------------


def _leaf_kinds(
    leaves: Sequence[Node], readers: Mapping[Node, Sequence[Node]], boxes: Mapping[Node, Hashable]
) -> dict[Node, Kind]:
    """Return the kind of each input and parameter: by its label, else by what reads it, as fine as leaves few.

    Parameters that many boxes read, as those of a recurrent network, are put together if the same boxes read them.
    """

    def box(leaf: Node) -> Hashable:
        return boxes.get(readers[leaf][0]) if readers[leaf] else None

    def slot(leaf: Node) -> Hashable:
        first = readers[leaf][0] if readers[leaf] else leaf
        # The weight that an input meets tells it from the other inputs of a sample.
        return box(leaf), *("" if i is leaf else i.label or "other" for i in first.inputs)

    inputs = [leaf for leaf in leaves if leaf.op is not PARAMETER]
    shared: dict[Hashable, list[Node]] = defaultdict(list)
    weights = []
    for leaf in leaves:
        if leaf.op is PARAMETER:
            read_by = frozenset(boxes.get(reader) for reader in readers[leaf])
            if len(read_by) >= MANY_READERS:
                shared["parameter", read_by].append(leaf)
            else:
                weights.append(leaf)
    return (
        _by_use("input", inputs, box, slot)
        | _by_use("parameter", weights, box, slot)
        | _shared(shared, lambda nodes: _common_name(nodes) or "parameter")
    )


def _by_use(
    role: str, leaves: Sequence[Node], box: Callable[[Node], Hashable], slot: Callable[[Node], Hashable]
) -> dict[Node, Kind]:
    """Return the kind of each leaf, by the finest of four ways that leaves few of them."""
    ways: list[Callable[[Node], Hashable]] = [
        lambda leaf: leaf.label or leaf,
        lambda leaf: leaf.label or slot(leaf),
        lambda leaf: _stem(leaf.label) or box(leaf),
        lambda leaf: "any",
    ]
    for way in ways:
        groups: dict[Hashable, list[Node]] = defaultdict(list)
        for leaf in leaves:
            groups[role, way(leaf)].append(leaf)
        if len(groups) <= MOST_LEAVES:
            break
    return _shared(groups, lambda nodes: _common_name(nodes) or role)


def _stem(label: str) -> str:
    """Return a label without the indices that it ends in: `w` for `w12` and `w[1][2]`."""
    return re.sub(r"[\d_.,:()\[\] ]+$", "", label) or label


def _common_name(nodes: Sequence[Node]) -> str:
    """Return the label that all have, or its stem; empty if they have none in common."""
    labels = {node.label for node in nodes}
    stems = {_stem(label) for label in labels}
    return labels.pop() if len(labels) == 1 else stems.pop() if len(stems) == 1 else ""
