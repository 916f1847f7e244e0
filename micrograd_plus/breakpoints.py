"""Where a walk stops: breakpoints, numbered, and runs from one to the next in both directions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from micrograd_plus.debugger import Debugger, Event
from micrograd_plus.engine import Node
from micrograd_plus.event_search import Find, Hits, changes_of, finder
from micrograd_plus.texts import printable


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """One place to stop: as it was written, with its number; a temporary one is deleted where it stops."""

    number: int
    text: str
    find: Find
    watches: bool = False
    temporary: bool = False

    def __str__(self) -> str:
        kind = "watch " if self.watches else "temporary " if self.temporary else ""
        return f"{self.number}: {kind}{printable(self.text)}"


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a run ended: after `event`, None at the very beginning; `breakpoints` are those that stopped it, if any."""

    event: Event | None
    breakpoints: tuple[Breakpoint, ...]


class Breakpoints:
    """The breakpoints of a debugger, numbered from 1.

    >>> from micrograd_plus.value import Value
    >>> x = Value(3.0, label="x")
    >>> debugger = Debugger((x * x).tanh())
    >>> breakpoints = Breakpoints(debugger)
    >>> print(breakpoints.add("x"))
    1: x
    >>> stop = breakpoints.run()
    >>> stop.event.total, [b.text for b in stop.breakpoints]  # doctest: +ELLIPSIS
    (1.8...e-07, ['x'])
    """

    def __init__(self, debugger: Debugger) -> None:
        self.debugger = debugger
        self._by_number: dict[int, Breakpoint] = {}
        self.next_number = 1

    def __iter__(self) -> Iterator[Breakpoint]:
        return iter(list(self._by_number.values()))

    def __len__(self) -> int:
        return len(self._by_number)

    def add(self, text: str, *, temporary: bool = False) -> Breakpoint:
        """Stop where `text` says; ValueError, with close names, if it says nothing.

        A node (`w1`, `#12`): where it is evaluated and at each step that reaches its gradient. `op:tanh`, or a scope
        such as `layer1/neuron3`: where the walk comes to such an operation or enters the scope. `grad > 10` (`<`,
        `<=`, `>=`, `abs(grad)`): a step that leaves its input with such a gradient. `nan`: nan or inf appears in data
        or in a gradient. `saturated`: a gradient goes through a flat part of a function such as tanh. `dead`: an
        operation such as relu lets nothing of a gradient through. `... if grad > 10`: both. Of a Tensor one entry is
        enough, but for `dead`.
        """
        return self._added(text, finder(self.debugger, text), temporary=temporary)

    def watch(self, node: Node | str) -> Breakpoint:
        """Stop where the gradient of a node changes."""
        found = self.debugger.node(node)
        return self._added(self.debugger.names[found], changes_of(found), watches=True)

    def _added(self, text: str, find: Find, *, watches: bool = False, temporary: bool = False) -> Breakpoint:
        new = Breakpoint(self.next_number, " ".join(text.split()), find, watches, temporary)
        self._by_number[new.number] = new
        self.next_number += 1
        return new

    def delete(self, number: int) -> Breakpoint:
        """Delete a breakpoint and return it; ValueError if there is none of that number."""
        if number not in self._by_number:
            known = ", ".join(map(str, self._by_number)) or "none"
            raise ValueError(f"no breakpoint {number!r}; the numbers there are: {known}")
        return self._by_number.pop(number)

    def clear(self) -> None:
        """Delete all breakpoints."""
        self._by_number.clear()

    # --- running

    def run(self) -> Stop:
        """Do events until a breakpoint stops the walk, or to the end."""
        hits = [(_first_in(b.find(self.debugger), self.debugger.at), b) for b in self]
        return self._stop(min((number for number, _ in hits), default=math.inf), hits)

    def run_back(self) -> Stop:
        """Take events back until the last one done is one to stop after, or to the beginning."""
        hits = [(_last_in(b.find(self.debugger), self.debugger.at - 1), b) for b in self]
        return self._stop(max((number for number, _ in hits), default=-math.inf), hits)

    def _stop(self, number: float, hits: Iterable[tuple[float, Breakpoint]]) -> Stop:
        if not math.isfinite(number):
            return Stop(self.debugger.goto(len(self.debugger) if number > 0 else 0), ())
        event = self.debugger.goto(int(number) + 1)
        reached = tuple(b for hit, b in hits if hit == number)
        for b in reached:
            if b.temporary:
                self.delete(b.number)
        return Stop(event, reached)

    def last_change(self, node: Node | str) -> Event | None:
        """Go back to where the gradient of a node changed last; None, and the walk stays, if it has not changed."""
        number = _last_in(changes_of(self.debugger.node(node))(self.debugger), self.debugger.at - 1)
        return self.debugger.goto(int(number) + 1) if math.isfinite(number) else None


def _first_in(hits: Hits, start: int) -> float:
    """Return the first hit from `start` on, inf if there is none."""
    found = np.flatnonzero(hits[start:])
    return start + int(found[0]) if len(found) else math.inf


def _last_in(hits: Hits, end: int) -> float:
    """Return the last hit before `end`, -inf if there is none."""
    found = np.flatnonzero(hits[: max(end, 0)])
    return int(found[-1]) if len(found) else -math.inf
