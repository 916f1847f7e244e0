"""Why a Tensor's gradient is what it is: the paths to the root, each with the array that arrives by it.

Graphs of Tensors are small, so that their paths are listed one by one; where there are too many, they are counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.array_data import zero_of
from micrograd_plus.context import ScopePath
from micrograd_plus.engine import Node, contribution, data_of
from micrograd_plus.naming import homes, places
from micrograd_plus.paths import MOST_PATHS, Path, Why, counted_paths, largest, size_of, sum_of
from micrograd_plus.recording import Recording
from micrograd_plus.steps import Step
from micrograd_plus.value_paths import Paths

MOST_LISTED = 1000  # paths of one node, each of which holds an array
_MOST_STEPS = 5_000_000  # on all of them, each of which holds arrays too

Array = NDArray[Any]
Entry = tuple[int, ...] | None  # of a node's array; None for the whole


def paths_of(recording: Recording) -> Paths | ArrayPaths:
    """Return the paths of a recording, of Values or of Tensors."""
    return Paths(recording) if recording.root._data.__class__ is float else ArrayPaths(recording)


class ArrayPaths:
    """All paths of a recorded backward pass on Tensors; the methods are those of `Paths`.

    >>> from micrograd_plus.tensor import Tensor
    >>> w = Tensor([1.0, -2.0], label="w")
    >>> why = ArrayPaths(Recording((w * [3.0, 4.0]).sum() + (w * w).sum())).why(w)
    >>> [path.share.tolist() for path in why.paths], why.gradient.tolist(), why.count
    ([[3.0, 4.0], [1.0, -2.0], [1.0, -2.0]], [5.0, 0.0], 3)
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._count = [0] * len(recording.nodes)
        self._count[-1] = 1
        self._leaving: list[list[int]] = [[] for _ in recording.nodes]
        for step, (reader, input) in enumerate(zip(recording.reader, recording.input, strict=True)):
            self._count[input] = counted_paths(self._count[input] + self._count[reader])
            self._leaving[input].append(step)

    def gradient(self, node: Node, entry: Entry = None) -> Any:
        """Return the gradient of a node, or of one entry as a float; errors as for `why`."""
        return _entry(self.recording.gradients[self._place(node)], entry)

    def count(self, node: Node) -> int:
        """Return the number of paths from a node to the root."""
        return self._count[self._place(node)]

    def can_list(self, node: Node) -> bool:
        """Tell whether the paths of a node are few enough to be listed: at most 1,000, and fewer if they are long."""
        paths = self.count(node)
        return paths <= MOST_LISTED and paths * len(self.recording) <= max(_MOST_STEPS, len(self.recording))

    def why(self, node: Node, entry: Entry = None, most: int = MOST_PATHS) -> Why:
        """Return the gradient of a node, or of one entry, as its largest paths: at most `most`, or 97 % of the size.

        ValueError for more paths than can be listed, and for a constant, which gets no gradient.
        """
        place = self._place_of_few_paths(node)
        gradient = self.gradient(node, entry)
        blocked_by: dict[str, int] = {}
        found = sorted(self._all(place, entry, blocked_by), key=lambda path: -_rank(path.share))
        size = sum_of([size_of(path.share) for path in found])
        total = sum((path.share for path in found), zero_of(gradient))
        return Why(node, gradient, total, self._count[place], blocked_by, size, largest(found, size, most))

    def _all(self, start: int, entry: Entry, blocked_by: dict[str, int]) -> Iterator[Path]:
        """Yield the paths that something comes through, and count the others by what stops them."""
        recording = self.recording
        leads = self._leads_to(start)
        ways = self._ways_down(start, leads)
        root = len(recording.nodes) - 1
        waiting: list[tuple[int, Array, _Above | None]] = [(root, recording.gradients[root], None)]
        while waiting:
            place, upstream, above = waiting.pop()
            if place == start:
                yield Path(_upwards(above), _entry(upstream, entry))
                continue
            node = recording.nodes[place]
            for step in leads[place]:
                input, k = recording.input[step], recording.k[step]
                slope, share = _contribution(node, k, upstream)
                seen = _entry(share, entry) if input == start else share
                if np.any(seen):
                    taken = Step(node, k, node.inputs[k], upstream, slope, share, None, share)
                    waiting.append((input, share, _Above(taken, above)))
                else:
                    blocked_by[node.symbol] = counted_paths(blocked_by.get(node.symbol, 0) + ways[input])

    def _leads_to(self, start: int) -> dict[int, list[int]]:
        """Return, of each place between the root and `start`, the steps that lead down to it."""
        leads: dict[int, list[int]] = {}
        waiting, met = [start], {start}
        while waiting:
            for step in self._leaving[waiting.pop()]:
                reader = self.recording.reader[step]
                leads.setdefault(reader, []).append(step)
                if reader not in met:
                    met.add(reader)
                    waiting.append(reader)
        return leads

    def _ways_down(self, start: int, leads: dict[int, list[int]]) -> dict[int, int]:
        """Return the number of paths to `start` from each place above it."""
        ways = {start: 1}
        for place in sorted(leads):
            ways[place] = counted_paths(sum(ways[self.recording.input[step]] for step in leads[place]))
        return ways

    def _place(self, node: Node) -> int:
        place = self.recording.place_of(node)
        if self.recording.gradients[place] is None:
            raise ValueError("no gradient is computed for this node: it is constant, or read by pinned nodes only")
        return place

    def _place_of_few_paths(self, node: Node) -> int:
        if not self.can_list(node):
            number = self.count(node)
            paths = f"more than {MOST_LISTED:,}" if number > MOST_LISTED else f"{number:,} long"
            raise ValueError(f"the node has {paths} paths, too many to be listed")
        return self._place(node)

    # --- the same sum in parts

    def by_reader(self, node: Node, entry: Entry = None) -> dict[Node, Any]:
        """Return the gradient in parts: what each operation that reads `node` hands to it."""
        parts: dict[Node, Any] = {}
        for step in self._leaving[self._place(node)]:
            reader = self.recording.nodes[self.recording.reader[step]]
            share = _entry(self.recording.share[step], entry)
            parts[reader] = parts[reader] + share if reader in parts else share
        return parts

    def by_sample(self, node: Node, entry: Entry = None) -> dict[int | Node, Any]:
        """Return the gradient in parts: of what reads `node` for a batch, one for each of its rows, from 1.

        Readers of the node's own shape, as a penalty on weights, have one part each.
        """
        parts: dict[int | Node, Any] = {}
        for step in self._leaving[self._place(node)]:
            reader = self.recording.nodes[self.recording.reader[step]]
            upstream = self.recording.gradients[self.recording.reader[step]]
            rows = len(upstream) if upstream.ndim and reader.data.shape != node.data.shape else 0
            for row in range(rows):
                # The chain rule is linear in what comes from above, so that rows can be sent down one by one.
                alone = np.zeros_like(upstream)
                alone[row] = upstream[row]
                share = _entry(_contribution(reader, self.recording.k[step], alone)[1], entry)
                parts[row + 1] = parts.get(row + 1, 0.0) + share
            if not rows:
                parts[reader] = parts.get(reader, 0.0) + _entry(self.recording.share[step], entry)
        return parts

    def by_scope(self, node: Node, length: int | None = None, entry: Entry = None) -> dict[ScopePath, Any]:
        """Return the gradient in parts: what arrives through each scope that paths enter first after leaving its own.

        Scopes around its own, as that of a network whose activations stand between the layers, do not count. ValueError
        for more paths than can be listed.
        """
        place = self._place_of_few_paths(node)
        scopes = places(self.recording.nodes)
        own = homes(self.recording.nodes)[node][:length]
        parts: dict[ScopePath, Any] = {}
        for path in self._all(place, entry, {}):
            entered = (scopes[step.node][:length] for step in path.steps)
            scope = next((scope for scope in entered if not scope or own[: len(scope)] != scope), own)
            parts[scope] = parts.get(scope, 0.0) + path.share
        return parts


class _Above(NamedTuple):
    """The steps of a path so far, the lowest one first."""

    step: Step
    above: _Above | None


def _upwards(lowest: _Above | None) -> tuple[Step, ...]:
    steps = []
    while lowest:
        steps.append(lowest.step)
        lowest = lowest.above
    return tuple(steps)


def _contribution(node: Node, k: int, upstream: Array) -> tuple[Any, Array]:
    """Return the local derivative by input `k`, and what of `upstream` arrives there."""
    input = node.inputs[k]
    with np.errstate(all="ignore"):
        slope, share = contribution(node.op, k, upstream, data_of(node), [data_of(i) for i in node.inputs])
    return slope, input._settled(share)


def _entry(array: Array, entry: Entry) -> Any:
    """Return one entry of an array as a float, or the array; ValueError or IndexError if there is no such entry."""
    if entry is None:
        return array
    if len(entry) != array.ndim:
        raise ValueError(f"an entry of shape {array.shape} wants {array.ndim} indices, got {entry}")
    return float(array[entry])


def _rank(share: Any) -> float:
    size = size_of(share)
    return size if size == size else math.inf
