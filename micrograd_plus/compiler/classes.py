"""Slots classed by the shape of the expression below them: what the members of a class compute, one operation computes.

A class is an operation and the classes of what it reads, found bottom up. The factors of a product count in either
order, and a sum is classed by which classes its terms are of, not by how many there are, so that neurons with missing
terms and sums that grow from position to position stay together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.compiler.scalars import COMMUTATIVE, SUM, Columns
from micrograd_plus.engine import CONSTANT
from micrograd_plus.ops import Op

Ints = NDArray[np.int64]

# What a slot may be besides an operation of the table.
PRODUCT = Op("product", float, np.asarray, ())  # a product that only one sum reads, and which is not kept


@dataclass(eq=False)
class Class:
    """Slots that one operation computes.

    `op` is None for leaves of the group `group`; CONSTANT, SUM, PRODUCT or a row of the table otherwise. `reads` holds
    the classes of its inputs: in order, or of a sum's terms each once.
    """

    op: Op | None
    reads: tuple[int, ...]
    members: Ints
    inputs: Ints  # shape (members, inputs); of a sum: empty, its terms stand in the columns
    group: int = -1


def classes(columns: Columns, group_of: Callable[[int], int], *, one_each: bool = False) -> tuple[list[Class], Ints]:
    """Return the classes, each after those it reads, and the class of each slot.

    `group_of` tells the group of a leaf's slot. With `one_each` every slot that computes is a class of its own.
    """
    ops, inputs = columns.ops, columns.inputs
    product = _products(columns)
    class_of = [0] * len(ops)
    known: dict[Any, int] = {}
    members: list[list[int]] = []
    swapped: dict[int, tuple[int, ...]] = {}
    for slot, op in enumerate(ops):
        slots = inputs[slot]
        if op is None:
            key: Any = (None, group_of(slot))
        elif op is CONSTANT:
            key = (CONSTANT,)
        elif op is SUM:
            key = (SUM, frozenset([class_of[s] for s in slots]), slot if one_each else 0)
        else:
            read = tuple([class_of[s] for s in slots])
            if len(read) == 2 and read[0] > read[1] and op.name in COMMUTATIVE:
                read = read[::-1]
                swapped[slot] = slots[::-1]
            key = (op, read, product[slot], slot if one_each and not product[slot] else 0)
        found = known.get(key)
        if found is None:
            found = known[key] = len(members)
            members.append([])
        class_of[slot] = found
        members[found].append(slot)
    return [_class(key, m, inputs, swapped) for key, m in zip(known, members, strict=True)], np.array(class_of)


def _class(
    key: Any, members: list[int], inputs: Sequence[tuple[int, ...]], swapped: dict[int, tuple[int, ...]]
) -> Class:
    at = np.array(members, np.int64)
    nothing = np.empty((len(members), 0), np.int64)
    if key[0] is None:
        return Class(None, (), at, nothing, key[1])
    if key[0] is CONSTANT:
        return Class(CONSTANT, (), at, nothing)
    if key[0] is SUM:
        return Class(SUM, tuple(sorted(key[1])), at, nothing)
    read = np.array([swapped.get(m) or inputs[m] for m in members], np.int64)
    return Class(PRODUCT if key[2] else key[0], key[1], at, read)


def _products(columns: Columns) -> list[bool]:
    """Tell which products are read by one sum, once, and by nothing else."""
    ops = columns.ops
    readers = [0] * len(ops)
    by_sums = [0] * len(ops)
    for slot, slots in enumerate(columns.inputs):
        for s in slots:
            readers[s] += 1
        if ops[slot] is SUM:
            for s in slots:
                by_sums[s] += 1
    for root in columns.roots:
        readers[root] += 1
    return [op is not None and op.name == "mul" and readers[s] == by_sums[s] == 1 for s, op in enumerate(ops)]


def late_order(classes: Sequence[Class]) -> list[int]:
    """Return the numbers of the classes in an order in which each comes as late as what reads it allows.

    What a network computes then decides how its parameters are laid out, before a penalty that reads them all.
    """
    distance = [0] * len(classes)
    for k in range(len(classes) - 1, -1, -1):
        for read in classes[k].reads:
            distance[read] = max(distance[read], distance[k] + 1)
    return sorted(range(len(classes)), key=lambda k: (-distance[k], k))
