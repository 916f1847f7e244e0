"""What runs between the boxes of a picture: local derivatives and shares of gradients, one by one or as totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from micrograd_plus.engine import Node, contributions, data_of
from micrograd_plus.viz.collapse import Group
from micrograd_plus.viz.picture import Arrow, Box, Flow, Numbers, Role, key_of
from micrograd_plus.viz.view import View


class _Wire(NamedTuple):
    tail: int
    head: int
    flow: Flow
    slope: Numbers | None
    share: Numbers | None


class Wires:
    """What runs between groups, and to what lies beyond the view; what is cut off inside groups.

    `connect` takes in the operations of the graph one after the other, then the rest can be asked for.
    """

    def __init__(self, found: Sequence[Group], view: View) -> None:
        self.found = found
        self.view = view
        self.number_of = {node: k for k, group in enumerate(found) for node in group.members}
        self.outputs: dict[int, dict[Node, None]] = defaultdict(dict)
        # Of a group's relu and the like: whether it lets nothing through.
        self.selections: dict[int, list[bool]] = defaultdict(list)
        self.selectors: dict[int, str] = {}
        self._single: list[_Wire] = []
        self._totals: dict[tuple[int, int], float | None] = {}
        self._flows: dict[tuple[int, int], set[Flow]] = defaultdict(set)
        self._stubs: dict[tuple[int, str], int] = {}
        self._unseen: Counter[int] = Counter()  # readers of a box that are not drawn

    def connect(self, node: Node) -> None:
        """Take in the edges from the inputs of `node`."""
        number_of = self.number_of.get
        head = number_of(node)
        tails = {number_of(input) for input in node.inputs}
        if head is None:
            if tails != {None}:
                self._connect_unseen(node)
            return
        if tails == {head} and not node.op.selects:
            return  # not to be seen from outside
        is_alone = len(self.found[head].members) == 1
        flows = set()
        for input, slope, share, flow in edges(node):
            flows.add(flow)
            tail = self._tail(input, head)
            if tail is None:
                continue
            if not input.is_leaf and tail != head:
                self.outputs[tail][input] = None
            if is_alone and (tail >= len(self.found) or len(self.found[tail].members) == 1):
                self._single.append(_Wire(tail, head, flow, _range(slope), _range(share)))
            elif tail != head:
                self._add(tail, head, share, flow)
        if node.op.selects:
            self.selections[head].append(Flow.CUT in flows and Flow.FLOWING not in flows)
            self.selectors[head] = node.symbol

    def _connect_unseen(self, node: Node) -> None:
        """Take in the edges to a node that is not drawn."""
        for input, _, share, flow in edges(node):
            tail = self.number_of.get(input)
            if tail is None:
                continue
            self.outputs[tail][input] = None
            if node in self.view.beyond:
                self._add(tail, self._stub(tail, "readers"), share, flow)
            else:
                self._unseen[tail] += 1

    def _tail(self, input: Node, head: int) -> int | None:
        """Return the number of the box that holds `input` or stands for it; None if nothing does."""
        if input in self.view.beyond:
            return self._stub(head, "inputs")
        return self.number_of.get(input)

    def _stub(self, k: int, side: str) -> int:
        return self._stubs.setdefault((k, side), len(self.found) + len(self._stubs))

    def _add(self, tail: int, head: int, share: Any, flow: Flow) -> None:
        total = self._totals.setdefault((tail, head), None)
        if share is not None:
            self._totals[tail, head] = (total or 0.0) + _total(share)
        self._flows[tail, head].add(flow)

    def stubs(self) -> list[Box]:
        """Return a box for each place where the view ends."""
        return [Box(key_of(k), Role.MORE, flow=Flow.NEVER) for k in self._stubs.values()]

    def arrows(self, *, shares: bool) -> list[Arrow]:
        """Return all arrows: those between single values one by one, others as one total for each pair of groups."""
        wires = list(self._single)
        for (tail, head), total in self._totals.items():
            wires.append(_Wire(tail, head, self._flow(tail, head, total), None, _range(total)))
        wires.sort(key=lambda wire: wire.head)  # stable: the order of inputs stays
        readers = Counter(wire.tail for wire in wires) + self._unseen
        return [
            Arrow(
                key_of(wire.tail),
                key_of(wire.head),
                wire.slope,
                wire.share,
                wire.flow,
                adds=readers[wire.tail] > 1 and wire.tail < len(self.found),
                says_share=shares,
            )
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
        flows = self._flows[tail, head]
        if Flow.FLOWING in flows:  # shares that cancel out are not nothing
            return Flow.FLOWING
        is_cut_inside = bool(self.selections[head]) and all(self.selections[head])
        return Flow.CUT if is_cut_inside or flows == {Flow.CUT} else Flow.ZERO


def edges(node: Node) -> Iterator[tuple[Node, Any, Any, Flow]]:
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
