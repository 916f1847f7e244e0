"""Which values share a box: none in a small graph; a neuron's, a layer's or a formula's in a large one."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial

from micrograd_plus.arguments import described
from micrograd_plus.context import ScopePath
from micrograd_plus.engine import Node
from micrograd_plus.naming import layer_depth, places
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.viz.alike import kinds, kinds_inside

DETAILS = ("auto", "full", "neuron", "layer")

# Above these the eye fails.
MOST_VALUES = 50
MOST_BOXES = 60
# Above this memory does: an SVG of so many boxes is 40 MB, and takes 200 MB while it is made.
MOST_IN_FULL = 50_000


@dataclass(slots=True)
class Group:
    """The values of one box; `title` is empty for a value that stands alone. `path` is the scope that holds the box.

    `times` says how many are alike, where that is why they share a box; it is 0 for the group of a scope.
    """

    title: str
    path: ScopePath
    members: list[Node] = field(default_factory=list)
    times: int = 0


def groups(
    nodes: Sequence[Node],
    detail: str = "auto",
    *,
    expand: Collection[str] = (),
    alone: Collection[Node] = (),
    hidden: Collection[Node] = (),
) -> list[Group]:
    """Return groups that hold each of `nodes` (all of a graph, in order of creation) once, in order of creation.

    "full" gives each value, up to 50,000, a group of its own; "neuron" puts together what has the same scope, "layer"
    what has the same scope but for the innermost names; "auto" takes the finest of these that is readable. Values
    outside all scopes are put together if they are alike, see `alike.kinds`. Of the scopes in `expand` every value is
    shown, the calls of a module laid upon each other. The values in `alone` have groups of their own, those in `hidden`
    have none. ValueError for another detail or a scope that no value has.
    """
    if detail not in DETAILS:
        raise ValueError(f"wanted a detail out of {', '.join(DETAILS)}, got {detail!r}")
    paths = places(nodes)
    opened = _scopes(expand, paths.values())
    if hidden:
        nodes = [node for node in nodes if node not in hidden]
    if len(nodes) <= {"full": MOST_IN_FULL, "auto": MOST_VALUES}.get(detail, 0):
        return [Group("", paths[node], [node]) for node in nodes]
    inside = {node for node in nodes if any(path == paths[node][: len(path)] for path in opened)} if opened else set()
    arrange = partial(_grouped, nodes, paths, alone=alone, inside=inside)
    deepest = max(len(paths[node]) for node in nodes)
    if detail == "neuron":
        return arrange(deepest)
    if detail == "layer":
        return arrange(layer_depth(paths[node] for node in nodes))
    for depth in range(deepest, 0, -1):
        found = arrange(depth)
        if sum(group.members[0] not in inside for group in found) <= MOST_BOXES:
            return found
    return arrange(0)


def _grouped(
    nodes: Sequence[Node],
    paths: dict[Node, ScopePath],
    depth: int,
    *,
    alone: Collection[Node],
    inside: Collection[Node],
) -> list[Group]:
    """Return groups by the first `depth` names of the scopes; what has no scope is grouped by its kind.

    So are the values `inside` scopes that are opened.
    """
    placed: dict[Node, Hashable] = {}
    for node in nodes:
        if node in alone:
            placed[node] = node
        elif path := paths[node] if node in inside else paths[node][:depth]:
            placed[node] = path
    kind_of = kinds(nodes, placed)
    if inside:
        boxes = {**placed, **{node: kind.key for node, kind in kind_of.items()}}
        kind_of |= kinds_inside([node for node in nodes if node in inside and node not in alone], boxes)
    found: dict[Hashable, Group] = {}
    for node in nodes:
        if node in alone:
            group = found.setdefault(node, Group("", paths[node]))
        elif node in kind_of:
            kind = kind_of[node]
            group = found.setdefault(kind.key, Group(kind.title, paths[node] if node in inside else ()))
        else:
            path = paths[node][:depth]
            group = found.setdefault(path, Group(path[-1], path[:-1]))
        group.members.append(node)
    for kind in set(kind_of.values()):
        if kind.title:
            # The numbers in the code that operations read are not counted.
            members = found[kind.key].members
            found[kind.key].times = sum(bool(node.inputs) for node in members) or len(members)
    return list(found.values())


def _scopes(expand: Collection[str], paths: Collection[ScopePath]) -> set[ScopePath]:
    """Return the scopes that are called by their paths or the ends of these; ValueError if there is none."""
    if isinstance(expand, str) or not all(isinstance(name, str) for name in expand):
        raise TypeError(f"wanted a list of scopes to expand, as ['layer1/neuron2'], got {described(expand)}")
    if not expand:
        return set()
    known = {path[:length] for path in set(paths) for length in range(1, len(path) + 1)}
    found = set()
    for name in expand:
        ending = tuple(name.split("/"))
        matching = {path for path in known if path[-len(ending) :] == ending}
        if not matching:
            names = dict.fromkeys("/".join(path[k:]) for path in sorted(known) for k in range(len(path)))
            raise ValueError(f"no scope {name!r} in this graph{did_you_mean(name, names)}")
        found |= matching
    return found
