"""`Debugger`: walk through the evaluation and the backward pass of a graph in both directions. It prints nothing.

It is one class, long as it is: every way to go has its way back, and all end in `goto`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from micrograd_plus.arguments import described, integer_at_least
from micrograd_plus.array_paths import ArrayPaths, paths_of
from micrograd_plus.context import ScopePath
from micrograd_plus.engine import Node
from micrograd_plus.explanation import ChainRule, chain_rule, evaluation
from micrograd_plus.naming import names_of, places
from micrograd_plus.recording import Recording
from micrograd_plus.steps import Step
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.texts import printable
from micrograd_plus.value_paths import Paths


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One moment of the forward pass: `node` is computed. It shows itself as the formula with its numbers."""

    node: Node
    debugger: Debugger = field(compare=False)

    def __repr__(self) -> str:
        return evaluation(self.node, self.debugger.names).line


@dataclass(frozen=True, slots=True)
class Contribution(Step):
    """A step that shows itself as its chain rule."""

    debugger: Debugger = field(compare=False)

    @property
    def rule(self) -> ChainRule:
        """The step in words."""
        return chain_rule(self, self.debugger.root, self.debugger.names)

    def __repr__(self) -> str:
        return self.rule.line


Event = Evaluation | Contribution
Test = Callable[[int], bool]  # of an event's number


class Debugger:
    """A walk through the events of a graph: first the evaluation of each operation, then each step of backward.

    `at` is the number of events done; a new Debugger stands between the two passes. The nodes' gradients are what they
    are after those events: the walk sets them, beginning with none, and at the end they are those of `backward()`.
    RuntimeError if the graph is out of date, ValueError if `root` holds more than one number.

    >>> from micrograd_plus.value import Value
    >>> x = Value(3.0, label="x")
    >>> debugger = Debugger(x * x)
    >>> debugger.step(), x.grad
    (∂out/∂x = ∂out/∂out · ∂out/∂x = 1 · 3 = 3, 3.0)
    >>> debugger.step(), x.grad
    (∂out/∂x += ∂out/∂out · ∂out/∂x = 3 + 1 · 3 = 6, 6.0)
    >>> debugger.back().total, x.grad
    (6.0, 3.0)
    """

    def __init__(self, root: Node) -> None:
        if not isinstance(root, Node):
            raise TypeError(f"wanted a Value or a Tensor to debug, got {described(root)}")
        self.root = root
        self.recording = Recording(root)
        self.operations: list[Node] = [node for node in self.recording.nodes if node.inputs]
        self.at = len(self.operations)
        for node in self.recording.nodes:
            node.zero_grad()
        self._seed()

    def _seed(self) -> None:
        self.root.grad = self.recording.gradients[-1]

    def renew(self, pinned: Collection[Node] = ()) -> None:
        """Record again after nodes have been set; the walk stands where it stood, or where that step would have been.

        Nodes in `pinned` are taken for leaves: nothing passes through them.
        """
        step = self.at - self.start
        last = self._key(step - 1) if step > 0 else None
        self.at = self.start  # what Ctrl-C leaves half recorded need not have that step
        self.recording.renew(pinned)
        for name in ("paths", "_last_arrivals"):
            self.__dict__.pop(name, None)
        if last:
            step = bisect_right(range(len(self.recording)), last, key=self._key)
        for node in self.recording.nodes:
            node.zero_grad()
        self._seed()
        self.goto(self.start + step)

    def _key(self, step: int) -> tuple[int, int]:
        """Return what steps are in order of, whichever nodes are pinned."""
        return -self.recording.reader[step], self.recording.k[step]

    # --- the events

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.operations) + len(self.recording)

    def event(self, number: int) -> Event:
        """Return the event of that number, from 0; ValueError if there is none."""
        if not 0 <= number < len(self):
            raise ValueError(f"there are {len(self)} events, from 0, got {number}")
        start = self.start
        if number >= start:
            return Contribution(*self.recording.facts(number - start), self)
        return Evaluation(self.operations[number], self)

    @property
    def steps(self) -> list[Contribution]:
        """All steps of the backward pass, in its order."""
        return [Contribution(*self.recording.facts(k), self) for k in range(len(self.recording))]

    @property
    def start(self) -> int:
        """The number of the first step of the backward pass."""
        return len(self.operations)

    @property
    def last(self) -> Event | None:
        """The event that was done last."""
        return self.event(self.at - 1) if self.at else None

    @property
    def coming(self) -> Event | None:
        """The event that `step()` will do."""
        return self.event(self.at) if self.at < len(self) else None

    def is_evaluated(self, node: Node) -> bool:
        """Tell whether the forward pass has reached a node."""
        return self.at >= self.start or node.is_leaf or node.number <= self._evaluated_number

    @property
    def _evaluated_number(self) -> int:
        return self.operations[self.at - 1].number if self.at else 0

    def is_complete(self, node: Node) -> bool:
        """Tell whether a node's gradient has all its contributions."""
        if node is self.root:
            return self.at >= self.start
        return self.last_arrival(node) < self.at

    def last_arrival(self, node: Node) -> int:
        """Return the number of the last event that adds to a node's gradient; that of the last event if none does."""
        place = self.recording.place_of(node)
        return self._last_arrivals.get(place, len(self) - 1)

    @cached_property
    def _last_arrivals(self) -> dict[int, int]:
        return {place: number for number, place in enumerate(self.recording.input, self.start)}

    # --- moving

    def goto(self, at: int) -> Event | None:
        """Move to where `at` events are done; return the last of them. ValueError if there are not so many."""
        at = integer_at_least(0, "the position", at)
        if at > len(self):
            raise ValueError(f"there are {len(self)} events, got position {at}")
        first, end = self.at - self.start, at - self.start
        if end > first:
            self._advance(max(first, 0), max(end, 0), seed=first < 0 <= end)
        else:
            self._retreat(first, max(end, 0), clear=end < 0 <= first)
        self.at = at
        return self.last

    def _advance(self, first: int, end: int, *, seed: bool) -> None:
        if seed:
            self._seed()
        nodes, recording = self.recording.nodes, self.recording
        for place, total in zip(recording.input[first:end], recording.total[first:end], strict=True):
            nodes[place].grad = total

    def _retreat(self, first: int, end: int, *, clear: bool) -> None:
        recording = self.recording
        for k in range(first - 1, end - 1, -1):
            node = recording.nodes[recording.input[k]]
            if recording.has_before[k]:
                node.grad = recording.before[k]
            else:
                node.zero_grad()
        if clear:
            self.root.zero_grad()

    def step(self, n: int = 1) -> Event | None:
        """Do the next `n` events, or as many as there are; return the last one done."""
        return self.goto(min(self.at + integer_at_least(1, "n", n), len(self)))

    def back(self, n: int = 1) -> Event | None:
        """Take the last `n` events back, or as many as were done; return the first event taken back."""
        if not self.at:
            return None
        target = max(self.at - integer_at_least(1, "n", n), 0)
        taken_back = self.event(target)
        self.goto(target)
        return taken_back

    def restart(self) -> None:
        """Go to where nothing is evaluated yet."""
        self.goto(0)

    def end(self) -> Event | None:
        """Go to the end of the backward pass."""
        return self.goto(len(self))

    def until(self, node: Node | str) -> Event | None:
        """Go on until a node is evaluated and, in the backward pass, until its gradient has all contributions."""
        node = self.node(node)
        if self.at < self.start and not self.is_evaluated(node):
            return self.goto(self._evaluation_of(node) + 1)
        return self.goto(max(self.at, self.start if node is self.root else self.last_arrival(node) + 1))

    def _evaluation_of(self, node: Node) -> int:
        """Return the place of an operation: nodes are themselves here, while `==` of Tensors compares their numbers."""
        return next(k for k, operation in enumerate(self.operations) if operation is node)

    def next(self) -> Event | None:
        """Step over the scope of the coming event, as a neuron; outside all scopes, over its node."""
        return self._leave(self._scope_at(self.at), 1)

    def previous(self) -> Event | None:
        """Take back what `next` does."""
        return self._leave(self._scope_at(self.at - 1), -1)

    def out(self) -> Event | None:
        """Step until the scope around that of the coming event ends, as a layer."""
        return self._leave(self._scope_at(self.at)[:-1], 1)

    def into(self) -> Event | None:
        """Step until a scope inside the present one begins; one event if none does."""
        number = self._first_inside(range(self.at + 1, len(self)), self._scope_at(self.at))
        return self.step() if number is None else self.goto(number)

    def back_into(self) -> Event | None:
        """Take back until a scope inside the present one has ended; one event if none does."""
        number = self._first_inside(range(self.at - 2, -1, -1), self._scope_at(self.at - 1))
        return self.back() if number is None else self.goto(number + 1)

    def back_out(self) -> Event | None:
        """Take back what `out` does."""
        return self._leave(self._scope_at(self.at - 1)[:-1], -1)

    def back_until(self, node: Node | str) -> Event | None:
        """Go back to where `until` stops: where a node's gradient became complete, else where it was evaluated."""
        node = self.node(node)
        stops = [self.start if node is self.root else self.last_arrival(node) + 1]
        if not node.is_leaf:
            stops.append(self._evaluation_of(node) + 1)
        return self.goto(max((stop for stop in stops if stop < self.at), default=0))

    def _first_inside(self, numbers: range, present: ScopePath) -> int | None:
        """Return the first of `numbers` whose event belongs to a scope inside the present one."""
        # Often there is none, and all events are looked at: `_scope_at` would take several times as long.
        nodes, readers, start, depth = self.recording.nodes, self.recording.reader, self.start, len(present)
        for number in numbers:
            path = (self.operations[number] if number < start else nodes[readers[number - start]]).scope.path
            if len(path) > depth and path[:depth] == present:
                return number
        return None

    def _leave(self, scope: ScopePath, direction: int) -> Event | None:
        number = self.at if direction > 0 else self.at - 1
        if not 0 <= number < len(self):
            return None
        node = self._acting(number)
        while 0 <= number < len(self) and self._is_within(number, scope, node):
            number += direction
        return self.goto(number if direction > 0 else number + 1)

    def _is_within(self, number: int, scope: ScopePath, node: Node) -> bool:
        if not scope:
            return self._acting(number) is node
        return (number >= self.start) == (self.at >= self.start) and self._scope_at(number)[: len(scope)] == scope

    def _acting(self, number: int) -> Node:
        """Return the node that an event evaluates, or whose gradient it passes on."""
        start = self.start
        return (
            self.operations[number] if number < start else self.recording.nodes[self.recording.reader[number - start]]
        )

    def _scope_at(self, number: int) -> ScopePath:
        return self._acting(number).scope.path if 0 <= number < len(self) else ()

    # --- stopping

    def run(self, *tests: Test) -> Event | None:
        """Do events until one of `tests` holds of an event's number, or to the end."""
        return self.goto(next((n + 1 for n in range(self.at, len(self)) if any(t(n) for t in tests)), len(self)))

    def run_back(self, *tests: Test) -> Event | None:
        """Take events back until one of `tests` holds of the last one done, or to the beginning."""
        return self.goto(next((n + 1 for n in range(self.at - 2, -1, -1) if any(t(n) for t in tests)), 0))

    # --- looking

    @cached_property
    def names(self) -> dict[Node, str]:
        """A name for each node, in one line; see `naming.names_of`."""
        return {node: printable(name) for node, name in self._names_as_given.items()}

    @cached_property
    def _names_as_given(self) -> dict[Node, str]:
        return names_of(self.root)

    @cached_property
    def places(self) -> dict[Node, ScopePath]:
        """The scope that each node belongs to."""
        return places(self.recording.nodes)

    @cached_property
    def paths(self) -> Paths | ArrayPaths:
        """All paths to the root."""
        return paths_of(self.recording)

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        found = {name: node for names in (self.names, self._names_as_given) for node, name in names.items()}
        return found | {f"#{k}": node for k, node in enumerate(self.recording.nodes, 1)}

    def node(self, name: Node | str) -> Node:
        """Return the node of a name; ValueError, with names that are close, if there is none, TypeError for no name."""
        if isinstance(name, Node):
            self.recording.place_of(name)
            return name
        if not isinstance(name, str):
            raise TypeError(f"wanted a node or its name, got {described(name)}")
        found = self._by_name.get(name)
        if found is None:
            raise ValueError(f"no node {name!r}{did_you_mean(name, self._by_name)}")
        return found

    def changes(self) -> Iterator[tuple[Node, Any, Any]]:
        """Yield each node that the last event changed, with its gradient before (None: not computed) and after."""
        if isinstance(event := self.last, Step):
            yield event.input, event.before, event.total

    def __repr__(self) -> str:
        where = f"evaluation {self.at} of {self.start}"
        if self.at >= self.start:
            where = f"step {self.at - self.start} of {len(self.recording)}"
        return f"<debugger at {where}>"
