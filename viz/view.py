"""Which values of a graph a picture looks at: around one of them, near the root, or with a gradient worth seeing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from micrograd_plus.arguments import described, integer_at_least, number_at_least
from micrograd_plus.engine import Node
from micrograd_plus.naming import names_of
from micrograd_plus.notation import short
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.texts import counted, one_line

# Operations that are shown around the focus, unless the user says how many: towards the root, and towards the leaves.
UP, DOWN = 2, 3


@dataclass(frozen=True, slots=True)
class View:
    """What is not drawn, and in words what the picture is of.

    Of the `hidden` values, those `beyond` lie behind the edge of what is looked at, where a picture says that there is
    more. `focus` is the value in the middle.
    """

    hidden: set[Node] = field(default_factory=set)
    beyond: set[Node] = field(default_factory=set)
    focus: Node | None = None
    remarks: tuple[str, ...] = ()


def view_of(
    nodes: Sequence[Node],
    *,
    focus: Node | str | None = None,
    up: int | None = None,
    down: int | None = None,
    depth: int | None = None,
    min_grad: float = 0.0,
) -> View:
    """Return what is seen of `nodes`, all of a graph in order of creation, so that the root is the last.

    `focus` is one of them, or its name as in `naming.names_of`: all that is up to `up` operations towards the root and
    `down` towards the leaves from it is seen. `depth` says how many levels below the root are, `min_grad` from which
    absolute gradient on a value is; what ties such values to the root is seen too. ValueError for unknown names, and
    for a `depth` that does not reach the focus.
    """
    min_grad = number_at_least(0.0, "min_grad", min_grad)
    if focus is None and not up is down is None:
        raise ValueError("up and down say how much to show around a focus: name one")
    root = nodes[-1]
    names = names_of(root) if focus is not None else {}
    seen = set(nodes)
    remarks = []
    center = None
    if focus is not None:
        up = UP if up is None else integer_at_least(0, "up", up)
        down = DOWN if down is None else integer_at_least(0, "down", down)
        center = _named(focus, names)
        seen &= _around(center, nodes, up, down)
        remarks.append(f"around {names[center]} ({up} up, {down} down)")
    if depth is not None:
        depth = integer_at_least(0, "depth", depth)
        near = _reached(root, depth, _inputs)
        if center is not None and center not in near:
            raise ValueError(
                f"{one_line(names[center])} lies more than {depth} levels below the root: ask for a larger depth"
            )
        seen &= near
        remarks.append(f"{counted(depth, 'level')} below the root")
    beyond = set(nodes) - seen
    small: set[Node] = set()
    if min_grad:
        small = seen - _strong([node for node in nodes if node in seen], min_grad) - {center}
        remarks.append(f"{len(small):,} with a |gradient| below {short(min_grad)} left out")
    return View(beyond | small, beyond, center, tuple(remarks))


def _named(focus: Node | str, names: Mapping[Node, str]) -> Node:
    if isinstance(focus, str):
        for node, name in names.items():
            if name == focus:
                return node
        raise ValueError(f"no value {focus!r} in this graph{did_you_mean(focus, names.values())}")
    if not isinstance(focus, Node):
        raise TypeError(f"wanted a node or its name to look at, got {described(focus)}")
    if focus not in names:
        raise ValueError(f"the focus {focus!r} is not part of this graph")
    return focus


def _inputs(node: Node) -> Iterable[Node]:
    return node.inputs


def _reached(start: Node, steps: int, following: Callable[[Node], Iterable[Node]]) -> set[Node]:
    """Return the nodes that at most `steps` steps lead to."""
    found = {start}
    last = [start]
    for _ in range(steps):
        last = [node for node in dict.fromkeys(n for before in last for n in following(before)) if node not in found]
        if not last:
            break
        found.update(last)
    return found


def _around(center: Node, nodes: Sequence[Node], up: int, down: int) -> set[Node]:
    readers: dict[Node, list[Node]] = defaultdict(list)
    for node in nodes:
        for i in node.inputs:
            readers[i].append(node)
    above = _reached(center, up, lambda node: readers[node])
    # The numbers that meet the focus on its way are what its local derivatives are made of.
    beside = {i for node in above if node is not center for i in node.inputs if i.is_leaf}
    return above | beside | _reached(center, down, _inputs)


def _strong(nodes: Sequence[Node], least: float) -> set[Node]:
    """Return the nodes whose gradient is not known to be small, the last, and for each a way from it to the last."""
    if not any(node.has_grad for node in nodes):
        raise ValueError("min_grad hides small gradients, and none has been computed yet: call backward() first")
    size = {node: float(np.max(np.abs(node.grad), initial=0.0)) if node.has_grad else least for node in nodes}
    found = {node for node in nodes if not size[node] < least} | {nodes[-1]}
    strongest: dict[Node, Node] = {}  # reader of each node
    is_tied: set[Node] = set()
    for node in nodes:
        for i in node.inputs:
            if node in found:
                is_tied.add(i)
            elif i in size and (i not in strongest or size[strongest[i]] < size[node]):
                strongest[i] = node
    for node in nodes:  # by creation: a reader that is added is looked at later
        if node in found and node not in is_tied and node in strongest:
            found.add(strongest[node])
    return found
