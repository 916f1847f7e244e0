"""What the gradients of a graph have collected in the course of a backward pass, and how boxes look by then."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.engine import Node
from micrograd_plus.steps import Step
from micrograd_plus.viz.picture import Arrow, Numbers, number_of


@dataclass(frozen=True, slots=True)
class Look:
    """How a box looks in some frames: `grad` is what it has collected so far, from `received` of its readers."""

    is_computed: bool
    grad: Numbers | None = None
    received: int = 0
    is_complete: bool = False


class ArrowsBetween:
    """The numbers of a picture's arrows, by the boxes at their ends."""

    def __init__(self, arrows: Sequence[Arrow]) -> None:
        self._numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, arrow in enumerate(arrows):
            self._numbers[arrow.tail, arrow.head].append(number)

    def along(self, tail: str, head: str, node: Node, k: int) -> Sequence[int]:
        """Return those between two boxes that input `k` of `node` goes along; of several, the one of its position."""
        numbers = self._numbers.get((tail, head), [])
        return numbers if len(numbers) <= 1 else [numbers[sum(i is node.inputs[k] for i in node.inputs[:k])]]


class Collected:
    """The gradients of all nodes so far, and the looks of the boxes that show them.

    `outputs` are the nodes whose gradients stand in each box. Steps may come in another order than the engine's.
    """

    def __init__(self, arrows: Sequence[Arrow], outputs: list[list[Node]], recorded: Sequence[Step]) -> None:
        self.outputs = outputs
        self.gradients: dict[Node, Any] = {}
        self.missing = Counter(step.input for step in recorded)
        # In another order the last bit could be another, too.
        self.final = {step.input: step.total for step in recorded}
        self.tails = [number_of(arrow.tail) for arrow in arrows]
        self.filled: set[int] = set()
        self.looks: dict[int, Look] = {}
        self.received: Counter[int] = Counter()

    def fill(self, arrows: Iterable[int]) -> tuple[int, ...]:
        """Take in that arrows carry a share; return those that did not yet."""
        new = tuple(arrow for arrow in arrows if arrow not in self.filled)
        self.filled.update(new)
        self.received.update(self.tails[arrow] for arrow in new)
        return new

    def add(self, step: Step) -> None:
        """Take in one contribution."""
        node = step.input
        self.missing[node] -= 1
        with np.errstate(all="ignore"):
            self.gradients[node] = self.gradients[node] + step.share if node in self.gradients else step.share
        if not self.missing[node]:
            self.gradients[node] = self.final[node]

    def changed(self, boxes: Iterable[int]) -> Iterator[tuple[int, Look]]:
        """Yield those of the boxes whose look has changed since this was last asked, with the look."""
        for k in boxes:
            look = self._look(k)
            if self.looks.get(k) != look:
                self.looks[k] = look
                yield k, look

    def _look(self, k: int) -> Look:
        found = [np.ravel(self.gradients[node]) for node in self.outputs[k] if node in self.gradients]
        is_complete = not any(self.missing[node] for node in self.outputs[k])
        grad = Numbers.of(np.concatenate(found)) if found else None
        return Look(True, grad, self.received[k], is_complete)
