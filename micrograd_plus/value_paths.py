"""Paths on Values, from a node to the root of its graph: counted, added up, and listed from the strongest on.

There can be 10^100 paths, and each can be a million steps long. Their number, their sum and the sum of their sizes
follow from the graph in one sweep; the largest ones are found one after the other without looking at the rest (the k
best paths as deviations from better ones: Eppstein, "Finding the k Shortest Paths", 1998).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush, nsmallest
from itertools import count
from typing import NamedTuple

import numpy as np

from micrograd_plus.context import ScopePath
from micrograd_plus.engine import Node
from micrograd_plus.naming import homes, places
from micrograd_plus.paths import MOST_PATHS, Path, Why, counted_paths, largest
from micrograd_plus.recording import RecordedSteps, Recording
from micrograd_plus.steps import Step


class _Detours(NamedTuple):
    """The steps by which a path leaves the strongest way on, the last one first."""

    step: int
    before: _Detours | None


class Paths:
    """All paths of a recorded backward pass on Values.

    >>> from micrograd_plus.value import Value
    >>> x, y = Value(2.0, label="x"), Value(-3.0, label="y")
    >>> why = Paths(Recording(x * y + 5 * x)).why(x)
    >>> why.gradient, why.count, [path.share for path in why.paths]
    (2.0, 2, [5.0, -3.0])
    """

    def __init__(self, recording: Recording) -> None:
        if recording.root._data.__class__ is not float:
            raise TypeError("paths of single numbers are told for Values, not for Tensors")
        self.recording = recording
        number = len(recording.nodes)
        self._slopes = self._all_slopes()
        self._count, self._unblocked = [0] * number, [0] * number
        self._size, self._strongest = [0.0] * number, [0.0] * number
        self._best = [-1] * number  # the first step of the strongest path
        # The steps that leave a place stand together: lists of their own would cost as much as all the rest.
        inputs = np.frombuffer(recording.input, np.intc)
        self._by_input: list[int] = np.argsort(inputs, kind="stable").tolist()
        self._first: list[int] = np.searchsorted(np.sort(inputs), np.arange(number + 1)).tolist()
        self._count[-1] = self._unblocked[-1] = 1
        self._size[-1] = self._strongest[-1] = 1.0
        self._sweep()

    def _all_slopes(self) -> array[float]:
        """Return the local derivatives; of a node made by hand, what it made of its gradient."""
        recording = self.recording
        slopes = array("d", recording.slope)
        if not all(recording.has_slope):
            for step, known in enumerate(recording.has_slope):
                if not known:
                    upstream = recording.gradients[recording.reader[step]]
                    slopes[step] = recording.share[step] / upstream if upstream else 0.0
        return slopes

    def _sweep(self) -> None:
        """Fill the columns from the root downwards: a step comes after all steps of the paths above it."""
        recording = self.recording
        count, unblocked, size = self._count, self._unblocked, self._size
        strongest, best = self._strongest, self._best
        columns = zip(recording.reader, recording.input, self._slopes, recording.share, strict=True)
        for step, (reader, input, slope, share) in enumerate(columns):
            slope = abs(slope)
            count[input] = counted_paths(count[input] + count[reader])
            if slope or share:  # what a relu masks is cut off whatever comes from above, also inf
                size[input] += slope * size[reader]
                bound = _bound(slope, strongest[reader])
            else:
                bound = 0.0
            if slope:
                unblocked[input] = counted_paths(unblocked[input] + unblocked[reader])
            if bound > strongest[input] or best[input] < 0:
                strongest[input], best[input] = bound, step

    def _leaving(self, place: int) -> list[int]:
        """Return the steps whose input is a place, in their order."""
        return self._by_input[self._first[place] : self._first[place + 1]]

    def _is_masked(self, step: int) -> bool:
        """Tell whether a step hands on nothing, whatever comes from above: 0 times inf would be nan."""
        return not (self._slopes[step] or self.recording.share[step])

    def gradient(self, node: Node) -> float:
        """Return the gradient of a node."""
        return self.recording.gradients[self.recording.place_of(node)] or 0.0

    def why(self, node: Node, most: int = MOST_PATHS) -> Why:
        """Return the gradient of `node` as its largest paths, at most `most` or as many as cover 97 % of the size."""
        place = self.recording.place_of(node)
        total, blocked_by = self._upwards(place)
        return Why(
            node,
            self.gradient(node),
            total,
            self._count[place],
            blocked_by,
            self._size[place],
            largest(self.strongest_first(node, most), self._size[place], most),
        )

    def _upwards(self, start: int) -> tuple[float, dict[str, int]]:
        """Return the sum of all paths from a place, and how many of them each operation cuts off."""
        root = len(self.recording.nodes) - 1
        ways, shares, waiting = {start: 1}, {start: 1.0}, [start]
        masked = 0.0
        blocked_by: dict[str, int] = {}
        while waiting:
            place = heappop(waiting)
            share = shares.get(place)  # None where all ways are masked: 0 times an infinite slope would be nan
            for step in self._leaving(place):
                reader, slope = self.recording.reader[step], self._slopes[step]
                if reader not in ways:
                    ways[reader] = 0
                    heappush(waiting, reader)
                ways[reader] = counted_paths(ways[reader] + ways[place])
                if share is not None and self._is_masked(step):
                    masked += 0.0 * share  # nan if it is infinite
                elif share is not None:
                    shares[reader] = shares.get(reader, 0.0) + share * slope
                if not slope and (stopped := ways[place] * self._unblocked[reader]):
                    symbol = self.recording.nodes[reader].symbol
                    blocked_by[symbol] = counted_paths(blocked_by.get(symbol, 0) + stopped)
        return masked + shares.get(root, 0.0), blocked_by

    def strongest_first(self, node: Node, most: int | None = None) -> Iterator[Path]:
        """Yield the paths from `node` to the root by the size of their shares; those of share zero are left out.

        With `most`, no more than so many are asked for.
        """
        start, root = self.recording.place_of(node), len(self.recording.nodes) - 1
        ties = count()
        # A candidate: its size, where it leaves a better path, its share up to there, and its detours up to there.
        candidates: list[tuple[float, int, int, float, _Detours | None]] = []
        if self._strongest[start]:
            heappush(candidates, (-self._strongest[start], next(ties), start, 1.0, None))
        while candidates:
            _, _, place, share, detours = heappop(candidates)
            while place != root:
                for step in self._leaving(place):
                    reader = self.recording.reader[step]
                    product = share * self._slopes[step]
                    if step == self._best[place] or self._is_masked(step):
                        continue
                    if bound := _bound(abs(product), self._strongest[reader]):
                        heappush(candidates, (-bound, next(ties), reader, product, _Detours(step, detours)))
                if most and len(candidates) > 2 * most + 100:
                    candidates = nsmallest(most, candidates)  # in order, which is a heap
                step = self._best[place]
                share, place = share * self._slopes[step], self.recording.reader[step]
            yield Path(self._steps(start, detours), share)

    def _steps(self, start: int, detours: _Detours | None) -> Sequence[Step]:
        reader, input, best = self.recording.reader, self.recording.input, self._best
        turns = []
        while detours:
            turns.append(detours.step)
            detours = detours.before
        steps = array("i")
        place, root = start, len(self.recording.nodes) - 1
        while place != root:
            step = turns.pop() if turns and input[turns[-1]] == place else best[place]
            steps.append(step)
            place = reader[step]
        return RecordedSteps(self.recording, steps)

    # --- the same sum in parts

    def by_reader(self, node: Node) -> dict[Node, float]:
        """Return the gradient in parts: what each operation that reads `node` hands to it, such as one a sample."""
        parts: dict[Node, float] = {}
        for step in self._leaving(self.recording.place_of(node)):
            reader = self.recording.nodes[self.recording.reader[step]]
            parts[reader] = parts.get(reader, 0.0) + self.recording.share[step]
        return parts

    def by_sample(self, node: Node) -> dict[int | Node, float]:
        """Return the gradient in parts: by the times, from 1, that the module which reads `node` first reads it.

        That is once a sample for a network of neurons. Readers elsewhere, as a penalty on weights, have one part each.
        """
        parts: dict[int | Node, float] = {}
        times = 0
        readers = sorted(self.by_reader(node).items(), key=lambda part: part[0].number)
        for reader, share in readers:
            path = reader.scope.path
            if path and path == readers[0][0].scope.path:
                times += 1
                parts[times] = share
            else:
                parts[reader] = share
        return parts

    def by_scope(self, node: Node, length: int | None = None) -> dict[ScopePath, float]:
        """Return the gradient in parts: what arrives through each scope that paths enter first after leaving its own.

        Only the first `length` names of a scope count; None for all. `()` stands for what is outside all scopes.
        """
        recording = self.recording
        paths = places(recording.nodes)
        start = self.recording.place_of(node)
        own = homes(recording.nodes)[node][:length]
        inside, waiting = {start: 1.0}, [start]
        parts: dict[ScopePath, float] = {}
        while waiting:
            place = heappop(waiting)
            share = inside[place]
            if place == len(recording.nodes) - 1:
                parts[own] = parts.get(own, 0.0) + share
            for step in self._leaving(place):
                reader = recording.reader[step]
                product = share * self._slopes[step]
                scope = paths[recording.nodes[reader]][:length]
                if scope != own:
                    parts[scope] = parts.get(scope, 0.0) + product * recording.gradients[reader]
                elif reader in inside:
                    inside[reader] += product
                else:
                    inside[reader] = product
                    heappush(waiting, reader)
        return parts


def _bound(slope: float, strongest: float) -> float:
    """Return the size of the strongest path that goes on with `slope`; nan counts as inf: it has no order."""
    bound = slope * strongest
    return bound if bound == bound else math.inf
