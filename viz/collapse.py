"""Which values share a box: none in a small graph; a neuron's, a layer's or a formula's in a large one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from micrograd_plus.engine import Node
from micrograd_plus.naming import Path, is_input, places

DETAILS = ("auto", "full", "neuron", "layer")

# Above these the eye fails: 106 values are readable, 982 are specks.
MOST_VALUES = 150
MOST_BOXES = 60
MOST_LOOSE = 20  # values outside all scopes that each get a box of their own
LEVELS = 8


@dataclass(slots=True)
class Group:
    """The values of one box; `title` is empty for a value that stands alone. `path` is the scope that holds the box."""

    title: str
    path: Path
    members: list[Node] = field(default_factory=list)


def groups(nodes: Sequence[Node], detail: str = "auto") -> list[Group]:
    """Return groups that hold each of `nodes` (all of a graph, in order of creation) once, in order of creation.

    "full" gives each value a group of its own; "neuron" puts together what has the same scope, "layer" what has the
    same scope but for the innermost names; "auto" takes the finest of these that is readable. Values outside all scopes
    are put together by the shape of their expressions if they are many, else by their depth in the graph.
    """
    if detail not in DETAILS:
        raise ValueError(f"wanted a detail out of {', '.join(DETAILS)}, got {detail!r}")
    paths = places(nodes)
    if detail == "full" or (detail == "auto" and len(nodes) <= MOST_VALUES):
        return [Group("", paths[node], [node]) for node in nodes]
    deepest = max(map(len, paths.values()))
    if detail == "neuron":
        return _grouped(nodes, paths, deepest)
    if detail == "layer":
        return _grouped(nodes, paths, max(deepest - 1, 1))
    for depth in range(deepest, 0, -1):
        found = _grouped(nodes, paths, depth)
        if len(found) <= MOST_BOXES:
            return found
    return _grouped(nodes, paths, 0)


def _grouped(nodes: Sequence[Node], paths: dict[Node, Path], depth: int) -> list[Group]:
    """Return groups by the first `depth` names of the scopes; what has no scope is grouped by `_loose`."""
    loose = _loose([node for node in nodes if not paths[node][:depth]])
    found: dict[Hashable, Group] = {}
    for node in nodes:
        path = paths[node][:depth]
        if path:
            group = found.setdefault(path, Group(path[-1], path[:-1]))
        elif node in loose:
            group = found.setdefault(loose[node], Group(loose[node].title, ()))
        else:
            group = found.setdefault(node, Group("", ()))
        group.members.append(node)
    return list(found.values())


class Shared(NamedTuple):
    """A box that values outside all scopes share: a number that tells it from others, and what stands in it."""

    number: int
    title: str


def _loose(nodes: Sequence[Node]) -> dict[Node, Shared]:
    """Return the box of each of `nodes` that has to share one; what the user gave a name keeps its own."""
    computed = [node for node in nodes if not node.is_leaf]
    inputs = [node for node in nodes if is_input(node)]
    boxes = {} if len(computed) <= MOST_LOOSE else _by_shape(computed) or _by_level(computed)
    named = [node for node in boxes if node.label]
    if len(named) <= MOST_LOOSE:
        for node in named:
            del boxes[node]
    if len(inputs) > MOST_LOOSE:
        boxes |= dict.fromkeys(inputs, Shared(0, "inputs"))
    # Weights and constants go where they are read first.
    given = set(nodes).difference(computed, inputs)
    for reader in computed:
        for node in reader.inputs:
            if node in given:
                given.discard(node)
                if reader in boxes:
                    boxes[node] = boxes[reader]
    return boxes


def _by_shape(nodes: Sequence[Node]) -> dict[Node, Shared]:
    """Return boxes by the shape of the expression below each node; empty if there are too many shapes.

    An operation that follows an equal one has its shape, so that a sum of many terms is one box.
    """
    boxes: dict[tuple[str, frozenset[Hashable]], Shared] = {}
    shapes: dict[Node, tuple[str, frozenset[Hashable]]] = {}
    for node in nodes:
        symbol = node.symbol
        below: set[Hashable] = set()
        for i in node.inputs:
            if i not in shapes:
                below.add(i.op.name if i.is_leaf else "computed elsewhere")
            elif shapes[i][0] == symbol:
                below |= shapes[i][1]
            else:
                below.add(boxes[shapes[i]].number)
        shape = shapes[node] = symbol, frozenset(below)
        if shape not in boxes:
            if len(boxes) == MOST_LOOSE:
                return {}
            boxes[shape] = Shared(len(boxes) + 1, symbol)
    return {node: boxes[shape] for node, shape in shapes.items()}


def _by_level(nodes: Sequence[Node]) -> dict[Node, Shared]:
    """Return boxes by the length of the longest path that leads to each node, in a few ranges."""
    level_of: dict[Node, int] = {}
    for node in nodes:
        level_of[node] = 1 + max((level_of.get(i, 0) for i in node.inputs), default=0)
    width = -(-max(level_of.values()) // LEVELS)
    boxes = [Shared(k + 1, f"levels {k * width + 1:,} to {(k + 1) * width:,}") for k in range(LEVELS)]
    return {node: boxes[(level - 1) // width] for node, level in level_of.items()}
