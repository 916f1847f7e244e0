"""Why a gradient is what it is: a sum over all paths to the root, each the product of its local derivatives.

There can be 10^100 paths. Their number, their sum and the sum of their sizes follow from the graph in one sweep; the
largest ones are found one after the other without looking at the rest (the k best paths as deviations from better ones:
Eppstein, "Finding the k Shortest Paths", 1998).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, islice
from typing import NamedTuple

from micrograd_plus.engine import Node
from micrograd_plus.naming import places
from micrograd_plus.recording import Recording
from micrograd_plus.steps import Step

MOST_PATHS = 20
COVERED = 0.97  # of the sum of sizes, where the listing ends


@dataclass(frozen=True, slots=True)
class Path:
    """One way from a node to the root: the steps that lead up, and `share`, the product of their slopes."""

    steps: tuple[Step, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Why:
    """The gradient of `node` as a sum over paths, of which the largest are listed.

    `count` is the number of all paths, `blocked` of those with a slope of exactly zero on them, `size` the sum of the
    sizes of all shares.
    """

    node: Node
    gradient: float
    count: int
    blocked: int
    size: float
    paths: tuple[Path, ...]

    @property
    def rest(self) -> float:
        """What all paths that are not listed add up to."""
        return self.gradient - math.fsum(path.share for path in self.paths)

    @property
    def covered(self) -> float:
        """The listed paths' part of `size`, from 0 to 1."""
        return math.fsum(abs(path.share) for path in self.paths) / self.size if self.size else 1.0


class _Link(NamedTuple):
    """The steps from a node so far, the last one first."""

    step: int
    before: _Link | None


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
        self._count, self._unblocked = [0] * number, [0] * number
        self._size, self._strongest = [0.0] * number, [0.0] * number
        self._best = [-1] * number  # the first step of the strongest path
        self._leaving: list[list[int]] = [[] for _ in range(number)]
        self._count[-1] = self._unblocked[-1] = 1
        self._size[-1] = self._strongest[-1] = 1.0
        self._sweep()

    def _sweep(self) -> None:
        """Fill the columns from the root downwards: a step comes after all steps of the paths above it."""
        recording = self.recording
        count, unblocked, size = self._count, self._unblocked, self._size
        strongest, best = self._strongest, self._best
        for step, (reader, input) in enumerate(zip(recording.reader, recording.input, strict=True)):
            slope = abs(self._slope(step))
            count[input] += count[reader]
            self._leaving[input].append(step)
            size[input] += slope * size[reader]
            if slope:
                unblocked[input] += unblocked[reader]
            bound = _bound(slope, strongest[reader])
            if bound > strongest[input] or best[input] < 0:
                strongest[input], best[input] = bound, step

    def _slope(self, step: int) -> float:
        """Return a local derivative; of a node made by hand, what it made of its gradient."""
        recording = self.recording
        if recording.has_slope[step]:
            slope: float = recording.slope[step]
            return slope
        upstream = recording.gradients[recording.reader[step]]
        return recording.share[step] / upstream if upstream else 0.0

    def why(self, node: Node, most: int = MOST_PATHS) -> Why:
        """Return the gradient of `node` as its largest paths, at most `most` or as many as cover 97 % of the size."""
        place = self._place(node)
        listed: list[Path] = []
        covered = 0.0
        for path in islice(self.strongest_first(node), most):
            listed.append(path)
            covered += abs(path.share)
            if covered >= COVERED * self._size[place]:
                break
        number = self._count[place]
        return Why(
            node,
            self.recording.gradients[place],
            number,
            number - self._unblocked[place],
            self._size[place],
            tuple(listed),
        )

    def strongest_first(self, node: Node) -> Iterator[Path]:
        """Yield the paths from `node` to the root by the size of their shares; those of share zero are left out."""
        start, root = self._place(node), len(self.recording.nodes) - 1
        ties = count()
        # A candidate: its size, where it leaves a better path, its share up to there, and the steps up to there.
        candidates: list[tuple[float, int, int, float, _Link | None]] = []
        if self._strongest[start]:
            heappush(candidates, (-self._strongest[start], next(ties), start, 1.0, None))
        while candidates:
            _, _, place, share, link = heappop(candidates)
            while place != root:
                for step in self._leaving[place]:
                    reader = self.recording.reader[step]
                    product = share * self._slope(step)
                    if step != self._best[place] and (bound := _bound(abs(product), self._strongest[reader])):
                        heappush(candidates, (-bound, next(ties), reader, product, _Link(step, link)))
                step = self._best[place]
                share, link, place = share * self._slope(step), _Link(step, link), self.recording.reader[step]
            yield Path(self._steps(link), share)

    def _steps(self, link: _Link | None) -> tuple[Step, ...]:
        found = []
        while link:
            found.append(self.recording[link.step])
            link = link.before
        return tuple(reversed(found))

    def _place(self, node: Node) -> int:
        try:
            return self.recording.position[node]
        except KeyError:
            raise ValueError("the node is not in this graph") from None

    # --- the same sum in parts

    def by_reader(self, node: Node) -> dict[Node, float]:
        """Return the gradient in parts: what each operation that reads `node` hands to it, such as one a sample."""
        parts: dict[Node, float] = {}
        for step in self._leaving[self._place(node)]:
            reader = self.recording.nodes[self.recording.reader[step]]
            parts[reader] = parts.get(reader, 0.0) + self.recording.share[step]
        return parts

    def by_scope(self, node: Node, length: int | None = None) -> dict[tuple[str, ...], float]:
        """Return the gradient in parts: what arrives through each scope that paths enter first after leaving its own.

        Only the first `length` names of a scope count; None for all. `()` stands for what is outside all scopes.
        """
        recording = self.recording
        paths = places(recording.nodes)
        start = self._place(node)
        # A leaf is where it is read first, whatever else reads it later: a weight, and then a penalty on it.
        own = paths[recording.nodes[recording.reader[self._leaving[start][-1]]] if node.is_leaf else node][:length]
        inside, waiting = {start: 1.0}, [start]
        parts: dict[tuple[str, ...], float] = {}
        while waiting:
            place = heappop(waiting)
            share = inside[place]
            if place == len(recording.nodes) - 1:
                parts[own] = parts.get(own, 0.0) + share
            for step in self._leaving[place]:
                reader = recording.reader[step]
                product = share * self._slope(step)
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
