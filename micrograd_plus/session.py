"""`Session`: a walk through a graph whose numbers one changes on the way, by hand or by training, and takes back."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Collection, Iterable, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from micrograd_plus.arguments import described, integer_at_least, number_at_least, real_number
from micrograd_plus.breakpoints import Breakpoints
from micrograd_plus.context import ScopePath
from micrograd_plus.debugger import Debugger, Event
from micrograd_plus.engine import LEAF, PARAMETER, Changes, Node, last_change, next_number, note_of
from micrograd_plus.optim import SGD, Optimizer
from micrograd_plus.recomputation import put_back, recompute
from micrograd_plus.session_history import Change, Done, column_of
from micrograd_plus.texts import one_line, printable

LR = 0.1

_ENTRY = re.compile(r"(.+)\[\s*([+-]?\d+(?:\s*,\s*[+-]?\d+)*)\s*\]")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a session stands: `at` of `count` events are done, the backward pass begins after `start` of them."""

    at: int
    start: int
    count: int
    last: Event | None
    coming: Event | None
    scope: ScopePath


class Session:
    """A walk through `root`'s graph (`debugger`) with breakpoints, in which numbers can be changed.

    Each change computes anew what depends on it and records the backward pass again; `undo` takes it back to the last
    bit, with the position it was made at. `parameters` is what `train` moves: if none are given, the optimizer's, else
    the graph's PARAMETER leaves, else its leaves that have a label. Without an `optimizer` it is plain SGD. Errors as
    for `Debugger`; ValueError for a parameter that is not in the graph.

    >>> from micrograd_plus.value import Value
    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> session = Session((x * w + 1) ** 2)
    >>> change = session.set("w", 0.5)
    >>> change.root_before, change.root_after
    (25.0, 4.0)
    >>> session.undo().root_after, w.data
    (25.0, -3.0)
    """

    def __init__(
        self, root: Node, parameters: Iterable[Node] | None = None, optimizer: Optimizer | None = None
    ) -> None:
        if optimizer is not None and not isinstance(optimizer, Optimizer):
            raise TypeError(f"wanted an optimizer such as SGD(parameters, lr=0.1), got {described(optimizer)}")
        if optimizer is not None and parameters is not None:
            raise TypeError("wanted parameters or an optimizer, which has its own, not both")
        self.debugger = Debugger(root)
        self.breakpoints = Breakpoints(self.debugger)
        self.pinned: frozenset[Node] = self.debugger.recording.pinned
        if optimizer is None and (found := _trained(self.debugger) if parameters is None else list(parameters)):
            optimizer = SGD(found, lr=LR)
        self.optimizer = optimizer
        for node in optimizer.params if optimizer else ():
            if node not in self.debugger.recording.position:
                raise ValueError(f"a parameter is not in this graph: {described(node)}")
        self.done: list[Done] = []
        self.latest: Change | None = None
        self._seen = next_number()

    def pin(self, nodes: Collection[Node]) -> None:
        """Pin computed nodes to what they hold, in place of those that are, without an entry in the history.

        ValueError for a node of another graph.
        """
        for node in nodes:
            self.debugger.node(node)
        self.pinned = frozenset(nodes)
        self.debugger.renew(self.pinned)

    @property
    def root(self) -> Node:
        """The node whose gradients are computed."""
        return self.debugger.root

    @property
    def where(self) -> Position:
        """Where the walk stands."""
        debugger = self.debugger
        event = debugger.coming or debugger.last
        scope = event.node.scope.path if event else ()
        return Position(debugger.at, debugger.start, len(debugger), debugger.last, debugger.coming, scope)

    def params(self) -> list[tuple[str, Node]]:
        """Return the nodes that `train` moves, with their names."""
        return [(self.debugger.names[node], node) for node in self.optimizer.params] if self.optimizer else []

    # --- numbers set by hand

    def set(self, node: Node | str, value: Any) -> Change:
        """Give a node another value: to a leaf, or to a computed node, which is pinned to it until `unset`.

        Nothing below a pinned node gets a gradient through it. Of a Tensor `W` all of the array is set, or with
        `"W[0,1]"` one entry. ValueError for an unknown name or another shape, TypeError for what is no number.
        """
        target, entry = self._target(node)
        name = self.debugger.names[target]
        data = target._accepted(value if entry is None else _with_entry(target, name, entry, value))
        pinned = self.pinned if target.is_leaf else self.pinned | {target}

        def act() -> None:
            target.data = data
            note_of(target).is_set = False  # a computed node is pinned: its derivatives are not asked for

        return self._change(f"set {printable(str(node) if entry else name)}", [target], act, pinned)

    def unset(self, node: Node | str) -> Change:
        """Compute a pinned node again. ValueError if it is not pinned."""
        target = self.debugger.node(node)
        name = self.debugger.names[target]
        if target not in self.pinned:
            pinned = ", ".join(sorted(self.debugger.names[each] for each in self.pinned)) or "none"
            raise ValueError(f"{name!r} is not pinned; what is: {printable(pinned)}")
        return self._change(f"unset {printable(name)}", [], _nothing, self.pinned - {target}, again={target})

    def _target(self, node: Node | str) -> tuple[Node, tuple[int, ...] | None]:
        match = _ENTRY.fullmatch(node.strip()) if isinstance(node, str) else None
        if not match or node in self.debugger.names.values():
            return self.debugger.node(node), None
        return self.debugger.node(match[1].strip()), tuple(int(k) for k in match[2].split(","))

    # --- training

    @property
    def lr(self) -> float | None:
        """The learning rate, that of the first parameter group; None if there is nothing to train.

        It can be set where all groups have the same.
        """
        return self.optimizer.param_groups[0]["lr"] if self.optimizer else None

    @lr.setter
    def lr(self, lr: float) -> None:
        optimizer = self._optimizer()
        lr = number_at_least(0, "lr", lr)
        done = self._now("lr")
        optimizer.lr = lr
        self.done.append(done)

    def train(self, n: int = 1) -> list[Change]:
        """Take `n` steps of the optimizer; each is a change of its own, after which a new backward pass begins."""
        n = integer_at_least(1, "n", n)
        optimizer = self._optimizer()
        return [self._change("train", optimizer.params, self._descend, self.pinned, restarts=True) for _ in range(n)]

    def _descend(self) -> None:
        self.debugger.end()
        with np.errstate(all="ignore"):
            self._optimizer().step()

    def _optimizer(self) -> Optimizer:
        if self.optimizer is None:
            raise ValueError("there is nothing to train: the graph has no parameters and no leaves with a label")
        return self.optimizer

    # --- all changes

    def undo(self) -> Change:
        """Take the last change back: everything is as it was before it, the position too. ValueError if none is left.

        A change is a `set`, an `unset`, one step of `train`, or a new `lr`.
        """
        if not self.done:
            raise ValueError("there is nothing to undo")
        self._check_own()
        done, now = self.done[-1], self._now("undo")
        before = {
            self.debugger.recording.nodes[place]: data for place, data in zip(done.places, done.data, strict=True)
        }
        after = {node: node._data for node in before}
        root_before = self.root._data
        try:
            self._take_back(done, before)
            del self.done[-1]
        except BaseException:  # also an interrupt from the keyboard
            self._take_back(now, after)
            raise
        return self._report(f"undo {done.what}", root_before, after)

    def _change(
        self,
        what: str,
        targets: Iterable[Node],
        act: Callable[[], None],
        pinned: frozenset[Node],
        *,
        again: Set[Node] = frozenset(),
        restarts: bool = False,
    ) -> Change:
        """Let `act` set `targets`, and all follow that depends on them. If anything fails, nothing has happened."""
        self._check_own()
        done = self._now(what)
        root_before = self.root._data
        before = {node: node._data for node in targets}
        count = len(self.done)
        try:
            act()
            recompute(self.debugger.operations, before, again, pinned)
            self.pinned = pinned
            self.debugger.renew(pinned)
            if restarts:
                self.debugger.goto(self.debugger.start)
            places = array("i", map(self.debugger.recording.position.__getitem__, before))
            self.done.append(replace(done, places=places, data=column_of(before.values())))
        except BaseException:  # also an interrupt from the keyboard
            del self.done[count:]
            self._take_back(done, before)
            raise
        self._seen = next_number()
        return self._report(what, root_before, before)

    def _now(self, what: str) -> Done:
        """Return what takes a change back that is about to happen, but for the nodes that it will touch."""
        state = self.optimizer.state() if self.optimizer else []
        lrs = tuple(group["lr"] for group in self.optimizer.param_groups) if self.optimizer else ()
        return Done(what, self.debugger.at, self.pinned, lrs, state)

    def _take_back(self, done: Done, before: dict[Node, Any]) -> None:
        if self.optimizer:
            for group, lr in zip(self.optimizer.param_groups, done.lrs, strict=True):
                group["lr"] = lr
            self.optimizer.set_state(done.state)
        if before or done.pinned != self.pinned:
            put_back(self.debugger.operations, before)
            self.pinned = done.pinned
            self.debugger.renew(done.pinned)
        self.debugger.goto(done.at)
        self._seen = next_number()

    def _report(self, what: str, root_before: Any, before: dict[Node, Any]) -> Change:
        after = tuple(node._data for node in before)
        self.latest = Change(what, root_before, self.root._data, tuple(before), tuple(before.values()), after)
        return self.latest

    def _check_own(self) -> None:
        """Raise a RuntimeError if the graph was changed by others: what the history would put back fits no more."""
        if Changes.newest > self._seen:
            for node in self.debugger.recording.nodes:
                if last_change(node) > self._seen:
                    name = self.debugger.names[node]
                    raise RuntimeError(f"the data of {name!r} was set outside of this session: begin a new one")
            self._seen = next_number()


def _trained(debugger: Debugger) -> list[Node]:
    leaves = [node for node in debugger.recording.nodes if node.is_leaf]
    parameters = [node for node in leaves if node.op is PARAMETER]
    return parameters or [node for node in leaves if node.op is LEAF and node.label]


def _with_entry(target: Node, name: str, entry: tuple[int, ...], value: Any) -> Any:
    """Return a copy of a Tensor's array with one entry set."""
    shape = np.shape(target._data)
    if not shape:
        raise ValueError(f"{one_line(name)} holds one number and has no entries")
    if len(entry) != len(shape) or not all(-size <= k < size for k, size in zip(entry, shape, strict=True)):
        raise ValueError(f"{one_line(name)} has shape {shape} and no entry [{', '.join(map(str, entry))}]")
    data = target._data.copy()
    data[entry] = real_number(value)
    return data


def _nothing() -> None:
    pass
