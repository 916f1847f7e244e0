"""From a graph of Values to arrays: each class of slots becomes one array, on arrays that are views of others.

The members of a class are put in the order in which what they read is affine, so that an operand is a view and a
broadcast is a stride of 0; where no order does it, numbers are gathered. Leaves whose place is free are laid out by
whatever reads them first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.compiler.class_sums import SumLifter
from micrograd_plus.compiler.classes import PRODUCT, Class, classes, late_order
from micrograd_plus.compiler.elementwise import ElementwiseLifter
from micrograd_plus.compiler.leaves import Leaves, Lifted
from micrograd_plus.compiler.limits import require_few_operations
from micrograd_plus.compiler.operands import Operands
from micrograd_plus.compiler.scalars import SUM, Columns, columns
from micrograd_plus.compiler.sums_of_one import lone_terms, with_sums_of_one
from micrograd_plus.engine import CONSTANT
from micrograd_plus.naming import common_length
from micrograd_plus.value import Value

Ints = NDArray[np.int64]

# What a number and what an array costs each time the program runs, in microseconds, and how many lines are bearable.
_COST_OF_NUMBER, _COST_OF_ARRAY = 0.15, 2.4
_MOST_NUMBERS = 4000
_MOST_ROUNDS = 8


def lifted(roots: Sequence[Value], groups: Sequence[Leaves], batch: int | None = None) -> Lifted:
    """Return the arrays that compute what the graph below `roots` does; ValueError for too many that differ.

    With `batch` the graph is that of one sample: what reads an input that is batched gets a leading axis of that size.
    """
    home = {node: (g, k) for g, group in enumerate(groups) for k, node in enumerate(group.nodes)}
    slots, found, class_of = _classified(columns(roots, home.keys()), home, batch)
    require_few_operations(len(_computed(found)), slots.nodes)
    given = Operands(slots, found, class_of, groups, home, batch)
    kinds = [_make(k, given) for k in late_order(found)]
    given.scope = ()
    results = [given.operand(int(class_of[root]), np.array(root)) for root in slots.roots]
    given.finish_leaves()
    counts = {"nodes": slots.nodes, "slots": len(slots.ops), "classes": len(found)}
    return Lifted(given.builder, results, given.stored, counts, [kind for kind in kinds if kind])


def _classified(
    slots: Columns, home: dict[Value, tuple[int, int]], batch: int | None
) -> tuple[Columns, list[Class], Ints]:
    """Return the columns, perhaps with sums of one, and their classes: of one slot each where that is cheaper."""

    def group_of(slot: int) -> int:
        return home[slots.leaves[slot]][0]

    found, class_of = classes(slots, group_of)
    for _ in range(_MOST_ROUNDS):
        pairs = lone_terms(found, slots)
        if not pairs:
            break
        slots = with_sums_of_one(slots, pairs)
        found, class_of = classes(slots, group_of)
    as_arrays = sum(_COST_OF_NUMBER if len(c.members) == 1 else _COST_OF_ARRAY for c in _computed(found))
    count = len(slots.ops)
    if batch is None and count <= _MOST_NUMBERS and count * _COST_OF_NUMBER < as_arrays:
        found, class_of = classes(slots, group_of, one_each=True)
    return slots, found, class_of


def _computed(found: Sequence[Class]) -> list[Class]:
    return [c for c in found if c.op is SUM or c.inputs.size]


def _make(k: int, given: Operands) -> tuple[str, int, str] | None:
    """Make the array of a class; return what a sum became: its operation, its members, its kind."""
    made = given.classes[k]
    if made.op is None:
        given.add_leaves(k)
        return None
    if made.op is CONSTANT or made.op is PRODUCT:
        return None
    given.scope = _scope(made, given.columns)
    sums, others = SumLifter(given), ElementwiseLifter(given)
    (sums if made.op is SUM else others).add(k, made)
    array, count = given.placed[k].array, len(made.members)
    if array.inputs:
        array.name = array.name or "_".join([*given.scope, made.op.name])
        formula = " + ".join(sums.formula) or others.formula
        array.comment = array.comment or (f"{count:,} values: {formula}" if count > 1 else formula)
    return (made.op.name, count, sums.kind) if made.op is SUM else None


def _scope(made: Class, slots: Columns) -> tuple[str, ...]:
    """Return the names of the scopes that first and last member share, without the outermost."""
    ends = [slots.places[int(made.members[k])] for k in (0, -1)]
    return ends[0][min(1, len(ends[0]) - 1) : common_length(ends)] if ends[0] else ()
