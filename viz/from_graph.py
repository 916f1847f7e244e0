"""Graph to picture: which boxes there are, what stands in them, and what the arrows between them carry."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from micrograd_plus.engine import CONSTANT, PARAMETER, Node, contributions, data_of, graph
from micrograd_plus.viz.collapse import Group, groups
from micrograd_plus.viz.colour import Scale
from micrograd_plus.viz.layout import longest_paths
from micrograd_plus.viz.picture import Arrow, Box, Cluster, Flow, Numbers, Picture, Role


def picture_of(root: Node, detail: str = "auto") -> Picture:
    """Return the picture of all that `root` depends on; `detail` as for `collapse.groups`.

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
        raise TypeError(f"wanted a Value or a Tensor to draw, got {type(root).__name__}")
    nodes = graph(root)
    found = groups(nodes, detail)
    wires = _Wires(found)
    for node in nodes:
        if not node.is_leaf:
            wires.connect(node)
    arrows = wires.arrows()
    boxes = _with_flows([_box(k, group, wires, root) for k, group in enumerate(found)], arrows)
    return Picture(tuple(boxes), tuple(arrows), tuple(_clusters(boxes, arrows)), _scale(boxes), len(nodes))


def _scale(boxes: Iterable[Box]) -> Scale:
    """Return the scale for the gradients; those of constants, which nobody looks for, may go beyond it."""
    return Scale.of(box.grad.strongest for box in boxes if box.grad and box.role is not Role.CONSTANT)


# --- arrows -----------------------------------------------------------------------------------------------------------


class _Wire(NamedTuple):
    tail: int
    head: int
    flow: Flow
    slope: Numbers | None
    share: Numbers | None


class _Wires:
    """What runs between groups and what is cut off inside them."""

    def __init__(self, found: Sequence[Group]) -> None:
        self.found = found
        self.number_of = {node: k for k, group in enumerate(found) for node in group.members}
        self.outputs: dict[int, dict[Node, None]] = defaultdict(dict)
        # Of a group's relu and the like: whether it lets nothing through.
        self.selections: dict[int, list[bool]] = defaultdict(list)
        self.selectors: dict[int, str] = {}
        self._single: list[_Wire] = []
        self._totals: dict[tuple[int, int], float | None] = {}
        self._flowing: set[tuple[int, int]] = set()

    def connect(self, node: Node) -> None:
        """Take in the edges from the inputs of `node`."""
        head = self.number_of[node]
        if not node.op.selects and all(self.number_of[input] == head for input in node.inputs):
            return  # not to be seen from outside
        is_alone = len(self.found[head].members) == 1
        flows = set()
        for input, slope, share, flow in _edges(node):
            flows.add(flow)
            tail = self.number_of[input]
            if not input.is_leaf and tail != head:
                self.outputs[tail][input] = None
            if is_alone and len(self.found[tail].members) == 1:
                self._single.append(_Wire(tail, head, flow, _range(slope), _range(share)))
            elif tail != head:
                total = self._totals.setdefault((tail, head), None)
                if share is not None:
                    self._totals[tail, head] = (total or 0.0) + _total(share)
                if flow is Flow.FLOWING:
                    self._flowing.add((tail, head))
        if node.op.selects:
            self.selections[head].append(Flow.CUT in flows and Flow.FLOWING not in flows)
            self.selectors[head] = node.symbol

    def arrows(self) -> list[Arrow]:
        """Return all arrows: those between single values one by one, others as one total for each pair of groups."""
        wires = list(self._single)
        for (tail, head), total in self._totals.items():
            wires.append(_Wire(tail, head, self._flow(tail, head, total), None, _range(total)))
        wires.sort(key=lambda wire: wire.head)  # stable: the order of inputs stays
        readers = Counter(wire.tail for wire in wires)
        return [
            Arrow(_key(wire.tail), _key(wire.head), wire.slope, wire.share, wire.flow, adds=readers[wire.tail] > 1)
            for wire in wires
        ]

    def note(self, k: int) -> str:
        """Return what is to be said of the operations in a group that let nothing through."""
        cut, of = sum(self.selections[k]), len(self.selections[k])
        if not cut or len(self.found[k].members) == 1:
            return ""
        count = "" if cut == of else f"{cut} of {of} "
        return f"{count}cut off by {self.selectors[k]}"

    def _flow(self, tail: int, head: int, total: float | None) -> Flow:
        if total is None:
            return Flow.PENDING
        if (tail, head) in self._flowing:  # shares that cancel out are not nothing
            return Flow.FLOWING
        return Flow.CUT if self.selections[head] and all(self.selections[head]) else Flow.ZERO


def _edges(node: Node) -> Iterator[tuple[Node, Any, Any, Flow]]:
    """Yield input, local derivative, share and flow for each input of a node; the share is None while it is pending."""
    upstream = node.grad if node.has_grad else None
    if upstream is None and node.data.__class__ is not float:
        for input in node.inputs:
            yield input, None, None, Flow.PENDING
        return
    # The local derivatives of a Value do not wait for the gradient.
    for k, (input, slope, share) in enumerate(contributions(node, 1.0 if upstream is None else upstream, data_of)):
        if upstream is None or share is None:
            yield input, slope, None, Flow.PENDING
        elif not _is_zero(share):
            yield input, slope, share, Flow.FLOWING
        else:
            is_cut = node.op.selects and callable(node.op.slopes[k]) and not _is_zero(upstream)
            yield input, slope, share, Flow.CUT if is_cut else Flow.ZERO


def _is_zero(x: Any) -> bool:
    return bool(x == 0.0) if x.__class__ is float else not np.any(x)


def _range(x: Any) -> Numbers | None:
    return None if x is None else Numbers.of(x)


def _total(share: Any) -> float:
    with np.errstate(all="ignore"):
        return share if share.__class__ is float else float(np.sum(share))


# --- boxes ------------------------------------------------------------------------------------------------------------


def _key(k: int) -> str:
    return f"n{k}"


def _box(k: int, group: Group, wires: _Wires, root: Node) -> Box:
    """Return the box of a group; how its gradient flows, if it has one, is left to `_with_flows`."""
    is_root = wires.number_of[root] == k
    if len(group.members) > 1:
        outputs = _outputs(group, wires.outputs[k], root)
        return Box(
            _key(k),
            Role.GROUP,
            name=group.title,
            data=_together([node.data for node in outputs]),
            grad=_together([node.grad for node in outputs if node.has_grad]),
            note=wires.note(k),
            path=group.path,
            is_root=is_root,
            count=len(group.members),
        )
    [node] = group.members
    return Box(
        _key(k),
        _role(node),
        name=node.label or group.title,
        symbol=node.symbol,
        data=Numbers.of(node.data),
        grad=Numbers.of(node.grad) if node.has_grad else None,
        flow=Flow.NEVER if node.op is CONSTANT and node.data.__class__ is not float else Flow.PENDING,
        shape=np.shape(node.data),
        path=group.path,
        is_root=is_root,
    )


def _role(node: Node) -> Role:
    if not node.is_leaf:
        return Role.OPERATION
    if node.op is PARAMETER:
        return Role.PARAMETER
    # A network names the plain numbers that it is called on.
    return Role.CONSTANT if node.op is CONSTANT and not node.label else Role.INPUT


def _outputs(group: Group, read_outside: Iterable[Node], root: Node) -> list[Node]:
    outputs = list(read_outside)
    if root in group.members:
        outputs.append(root)
    return outputs or group.members


def _together(values: list[Any]) -> Numbers | None:
    return Numbers.of(np.concatenate([np.ravel(value) for value in values])) if values else None


def _with_flows(boxes: list[Box], arrows: list[Arrow]) -> list[Box]:
    """Return the boxes with their gradients' flows, told from the arrows that leave them.

    A zero is cut off if all ways on are: the cause is handed on to what lies before.
    """
    leaving: dict[str, list[Arrow]] = defaultdict(list)
    entering: dict[str, set[Flow]] = defaultdict(set)
    for arrow in arrows:
        leaving[arrow.tail].append(arrow)
        entering[arrow.head].add(arrow.flow)
    known: dict[str, Box] = {}
    for box in reversed(boxes):
        cuts = entering[box.key] == {Flow.CUT}
        flow, note = Flow.FLOWING, box.note
        if box.grad is None:
            flow = box.flow
        elif box.grad.strongest == 0.0:
            causes = [_cause(arrow, known.get(arrow.head)) for arrow in leaving[box.key]]
            flow = Flow.CUT if causes and all(causes) else Flow.ZERO
            note = note or (causes[0] if flow is Flow.CUT else "")
        known[box.key] = replace(box, flow=flow, note=note, cuts=cuts)
    return [known[box.key] for box in boxes]


def _cause(arrow: Arrow, head: Box | None) -> str:
    """Return what cuts an arrow off, empty if nothing does or if its head is not known yet."""
    if head is None:
        return ""
    if arrow.flow is Flow.CUT:
        return head.note if head.role is Role.GROUP else f"cut off by {head.symbol}"
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
