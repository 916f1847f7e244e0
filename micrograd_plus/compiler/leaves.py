"""What lifting is given and what it gives: leaves in stored arrays, and the arrays of a graph."""

from __future__ import annotations

from dataclasses import dataclass

from micrograd_plus.compiler.arrays import Array, Builder
from micrograd_plus.value import Value


@dataclass(eq=False)
class Leaves:
    """Leaves whose numbers stand in one stored array.

    `shape` is that in which the nodes of an input stand, None for a flat array. Where the place `is_free`, lifting puts
    `nodes` in the order of their places. What is `batched` is stored with a leading axis.
    """

    name: str
    nodes: list[Value]
    shape: tuple[int, ...] | None = None
    is_free: bool = False
    batched: bool = False


@dataclass
class Lifted:
    """The arrays of a graph: `roots`, of shape () or with a batch (batch,), and one stored array for each `Leaves`.

    `counts` tells how many nodes, slots and classes there were; `kinds` what each class became.
    """

    builder: Builder
    roots: list[Array]
    stored: list[Array]
    counts: dict[str, int]
    kinds: list[tuple[str, int, str]]
