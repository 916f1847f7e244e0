"""Graph to picture: which boxes there are and what stands in them; the arrows between them come from `wires`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.engine import CONSTANT, PARAMETER, Node, graph, stale_edges
from micrograd_plus.viz.collapse import Group, groups
from micrograd_plus.viz.colour import Scale
from micrograd_plus.viz.heat import MOST_MAPS, heat_of
from micrograd_plus.viz.layout import longest_paths
from micrograd_plus.viz.picture import Arrow, Box, Cluster, Flow, Numbers, Picture, Role, key_of
from micrograd_plus.viz.view import view_of
from micrograd_plus.viz.wires import Wires


def picture_of(
    root: Node,
    detail: str = "auto",
    *,
    expand: Collection[str] = (),
    focus: Node | str | None = None,
    up: int | None = None,
    down: int | None = None,
    depth: int | None = None,
    min_grad: float = 0.0,
    shares: bool = False,
) -> Picture:
    """Return the picture of what `root` depends on.

    `detail` and `expand` as for `collapse.groups`; `focus`, `up`, `down`, `depth` and `min_grad` as for `view.view_of`;
    with `shares` each arrow says what it adds to a gradient.

    >>> from micrograd_plus import Value
    >>> x = Value(3.0, label="x")
    >>> y = x + x
    >>> y.backward()
    >>> [(box.name, str(box.data), str(box.grad)) for box in picture_of(y).boxes]
    [('x', '3', '2'), ('', '6', '1')]
    >>> len(picture_of(y).arrows)
    2
    """
    if not isinstance(root, Node):
        raise TypeError(f"wanted a Value or a Tensor to draw, got {described(root)}")
    nodes = graph(root)
    view = view_of(nodes, focus=focus, up=up, down=down, depth=depth, min_grad=min_grad)
    alone = set() if view.focus is None else {view.focus}
    found = groups(nodes, detail, expand=expand, alone=alone, hidden=view.hidden)
    wires = Wires(found, view)
    for node in nodes:
        if not node.is_leaf:
            wires.connect(node)
    arrows = wires.arrows(shares=shares)
    stale = stale_nodes([node for node in nodes if node.inputs])
    boxes = [_box(k, group, wires, root, stale) for k, group in enumerate(found)]
    if len(boxes) <= MOST_MAPS:
        boxes = [_with_heat(box, group) for box, group in zip(boxes, found, strict=True)]
    boxes = _with_flows([*boxes, *wires.stubs()], arrows)
    if view.focus is not None:
        k = wires.number_of[view.focus]
        boxes[k] = replace(boxes[k], note=", ".join(filter(None, ["in focus", boxes[k].note])))
    clusters = tuple(_clusters(boxes, arrows))
    return Picture(tuple(boxes), tuple(arrows), clusters, _scale(boxes), len(nodes), view.remarks)


def _scale(boxes: Iterable[Box]) -> Scale:
    """Return the scale for the gradients; those of constants, which nobody looks for, may go beyond it."""
    return Scale.of(box.grad.strongest for box in boxes if box.grad and box.role is not Role.CONSTANT)


def stale_nodes(order: Sequence[Node]) -> set[Node]:
    """Return those of a graph's operations whose data is out of date, and all that was computed from them."""
    found = {node for node, _ in stale_edges(order)}
    for node in order if found else ():
        if not found.isdisjoint(node.inputs):
            found.add(node)
    return found


# --- boxes ------------------------------------------------------------------------------------------------------------


def _box(k: int, group: Group, wires: Wires, root: Node, stale: Collection[Node]) -> Box:
    """Return the box of a group; how its gradient flows, if it has one, is left to `_with_flows`."""
    is_root = wires.number_of.get(root) == k
    is_stale = any(node in stale for node in group.members) if stale else False
    if len(group.members) > 1:
        outputs = _outputs(group, wires.outputs[k], root)
        grad = _together([node.grad for node in outputs if node.has_grad])
        return Box(
            key_of(k),
            Role.GROUP,
            name=group.title,
            data=_together([node.data for node in outputs]),
            grad=grad,
            flow=Flow.PENDING if grad is None else Flow.FLOWING,
            note=wires.note(k),
            path=group.path,
            is_root=is_root,
            count=len(group.members),
            times=group.times,
            is_stale=is_stale,
        )
    [node] = group.members
    return Box(
        key_of(k),
        role_of(node),
        name=node.label or group.title,
        symbol=node.symbol,
        data=Numbers.of(node.data),
        grad=Numbers.of(node.grad) if node.has_grad else None,
        flow=known_flow(node),
        shape=np.shape(node.data),
        path=group.path,
        is_root=is_root,
        is_stale=is_stale,
    )


def _with_heat(box: Box, group: Group) -> Box:
    node = group.members[0]
    return replace(box, heat=heat_of(node.data, node.grad)) if box.shape else box


def role_of(node: Node) -> Role:
    """Return what a value that has a box of its own is drawn as."""
    if not node.is_leaf:
        return Role.OPERATION
    if node.op is PARAMETER:
        return Role.PARAMETER
    # A network names the plain numbers that it is called on.
    return Role.CONSTANT if node.op is CONSTANT and not node.label else Role.INPUT


def known_flow(node: Node) -> Flow:
    """Return what can be said of a gradient without a look at what reads the node."""
    if node.has_grad:
        return Flow.FLOWING
    return Flow.NEVER if node.op is CONSTANT and node.data.__class__ is not float else Flow.PENDING


def _outputs(group: Group, read_outside: Iterable[Node], root: Node) -> list[Node]:
    outputs = list(read_outside)
    if any(node is root for node in group.members):
        outputs.append(root)
    return outputs or group.members


def _together(values: list[Any]) -> Numbers | None:
    return Numbers.of(np.concatenate([np.ravel(value) for value in values])) if values else None


def _with_flows(boxes: list[Box], arrows: list[Arrow]) -> list[Box]:
    """Return the boxes with what is to be said of zeros, told from the arrows that leave them.

    A zero is cut off if all ways on are: the cause is handed on to what lies before.
    """
    leaving: dict[str, list[Arrow]] = defaultdict(list)
    entering: dict[str, set[Flow]] = defaultdict(set)
    for arrow in arrows:
        leaving[arrow.tail].append(arrow)
        entering[arrow.head].add(arrow.flow)
    known: dict[str, Box] = {}
    for box in reversed(boxes):
        if box.grad and box.grad.strongest == 0.0:
            causes = [_cause(arrow, known.get(arrow.head)) for arrow in leaving[box.key]]
            is_cut = bool(causes) and all(causes)
            note = box.note or (causes[0] if is_cut else "")
            box = replace(box, flow=Flow.CUT if is_cut else Flow.ZERO, note=note)
        known[box.key] = replace(box, cuts=True) if entering[box.key] == {Flow.CUT} else box
    return [known[box.key] for box in boxes]


def _cause(arrow: Arrow, head: Box | None) -> str:
    """Return what cuts an arrow off, empty if nothing does or if its head is not known yet."""
    if head is None:
        return ""
    if arrow.flow is Flow.CUT:
        return head.note if head.role is Role.GROUP else f"cut off by {head.symbol}".removesuffix(" by ")
    return head.note if head.flow is Flow.CUT else ""


# --- clusters ---------------------------------------------------------------------------------------------------------


def _clusters(boxes: list[Box], arrows: list[Arrow]) -> Iterator[Cluster]:
    """Yield the scopes that hold boxes, in order of creation."""
    inside: dict[tuple[str, ...], list[Box]] = defaultdict(list)
    for box in boxes:
        if box.path:
            inside[box.path].append(box)
    levels = longest_paths([box.key for box in boxes], arrows)
    for path, members in inside.items():
        keys = tuple(box.key for box in members)
        is_column = all(box.role is Role.GROUP for box in members) and len({levels[key] for key in keys}) == 1
        yield Cluster(path, keys, is_column)
