"""What was done in a session: each change as it is told, and what takes it back."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from micrograd_plus.engine import Node


@dataclass(frozen=True, slots=True)
class Change:
    """What a command did: the computed and set nodes with their data before and after, those of the root beside."""

    what: str
    root_before: Any
    root_after: Any
    nodes: tuple[Node, ...]
    before: tuple[Any, ...]
    after: tuple[Any, ...]

    def __iter__(self) -> Iterator[tuple[Node, Any, Any]]:
        """Yield each node that holds something else now, with its data before and after: first those that were set."""
        for node, before, after in zip(self.nodes, self.before, self.after, strict=True):
            if _differ(before, after):
                yield node, before, after


@dataclass(frozen=True, slots=True)
class Done:
    """A change that can be taken back: its name and all that it changed, as it was before.

    `places` count through the graph; with `data` they take some 12 bytes for each Value that was set or computed.
    """

    what: str
    at: int
    pinned: frozenset[Node]
    lrs: tuple[float, ...]
    state: list[list[Any]]
    places: Collection[int] = ()
    data: Collection[Any] = ()


def _differ(a: Any, b: Any) -> bool:
    """Tell whether two floats or arrays differ; nan is nan."""
    if a.__class__ is float:
        return bool(a != b and (a == a or b == b))
    return not np.array_equal(a, b, equal_nan=True)


def column_of(data: Collection[Any]) -> Any:
    """Return numbers as compactly as they can be kept."""
    return array("d", data) if all(x.__class__ is float for x in data) else list(data)
