"""A graph of Values as columns: what each slot computes, from which slots.

On the way constants are folded, what is computed twice is computed once, and chains of `+` whose inner results nobody
else reads become one sum of many terms (which may round differently in the last place).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.engine import CONSTANT, graph
from micrograd_plus.ops import TABLE, Op
from micrograd_plus.value import Value

Ints = NDArray[np.int64]

SUM = Op("sum", float, np.asarray, ())  # of the slots in `terms`
COMMUTATIVE = ("mul", "equal", "not_equal")


@dataclass
class Columns:
    """The slots of a graph, each after those it reads.

    `ops` holds each slot's operation: None for a leaf, CONSTANT for a number known now, SUM for a sum of `terms`;
    `inputs` the slots that other operations read; `leaves` the node of each leaf; `values` the data of every slot;
    `places` the path of the scope it was made in.
    """

    ops: list[Op | None] = field(default_factory=list)
    inputs: list[tuple[int, ...]] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    places: list[tuple[str, ...]] = field(default_factory=list)
    leaves: dict[int, Value] = field(default_factory=dict)
    roots: list[int] = field(default_factory=list)
    nodes: int = 0


def columns(roots: Sequence[Value], held: Collection[Value] = ()) -> Columns:
    """Return the graph below `roots` as columns; a constant in `held` is a leaf all the same.

    TypeError for a node made by hand, whose operation is not in the table.
    """
    return _compact(*_flattened(_recorded(roots, held)))


def _recorded(roots: Sequence[Value], held: Collection[Value]) -> Columns:
    """Return one slot for each different computation, constants folded."""
    order = graph(*roots)
    made = Columns(nodes=len(order))
    ops, inputs, values, places = made.ops, made.inputs, made.values, made.places
    slot_of: dict[Value, int] = {}
    known: dict[Any, int] = {}
    met: set[Op] = set()
    commutative = {TABLE[name] for name in COMMUTATIVE}
    for node in order:
        op = node.op
        read = node.inputs
        if not read:
            slot_of[node] = len(ops)
            if op is CONSTANT and node not in held:
                ops.append(CONSTANT)
            else:
                made.leaves[len(ops)] = node
                ops.append(None)
            inputs.append(())
            values.append(node._data)
            places.append(node.scope.path)
            continue
        if op not in met:
            _require_row(node)
            met.add(op)
        slots = tuple([slot_of[i] for i in read])
        key = (op, slots)
        if op in commutative and slots[0] > slots[1]:
            key = (op, slots[::-1])
        slot = known.get(key)
        if slot is None:
            slot = known[key] = len(ops)
            if ops[slots[0]] is CONSTANT and all(ops[s] is CONSTANT for s in slots):
                ops.append(CONSTANT)
                inputs.append(())
            else:
                ops.append(op)
                inputs.append(slots)
            values.append(node._data)
            places.append(node.scope.path)
        slot_of[node] = slot
    made.roots = [slot_of[root] for root in roots]
    return made


def _require_row(node: Value) -> None:
    if TABLE.get(node.op.name) is None:
        raise TypeError(f"{node.symbol!r} was made by hand: its operation is not in the table, so it is not compiled")


def _flattened(made: Columns) -> tuple[Columns, list[bool]]:
    """Turn additions into sums; return the columns and which slots became part of another's sum."""
    ops, inputs = made.ops, made.inputs
    readers = [0] * len(ops)
    for slots in inputs:
        for s in slots:
            readers[s] += 1
    for root in made.roots:
        readers[root] += 2  # a root is a result of its own
    add = TABLE["add"]
    owner = list(range(len(ops)))
    for slot in range(len(ops) - 1, -1, -1):
        if ops[slot] is add:
            for s in inputs[slot]:
                if ops[s] is add and readers[s] == 1:
                    owner[s] = owner[slot]
    terms: dict[int, list[int]] = {}
    for slot, op in enumerate(ops):
        if op is add:
            found = terms.setdefault(owner[slot], [])
            for s in inputs[slot]:
                if owner[s] == s and not (ops[s] is CONSTANT and made.values[s] == 0.0):
                    found.append(s)
    for slot, found in terms.items():
        ops[slot], inputs[slot] = SUM, tuple(found)
    return made, [owner[s] != s for s in range(len(ops))]


def _compact(made: Columns, gone: list[bool]) -> Columns:
    """Return the columns without the slots that are gone or that only pass on another."""
    result = Columns(nodes=made.nodes)
    needed = _needed(made, gone)
    new: list[int] = [-1] * len(made.ops)
    for slot, op in enumerate(made.ops):
        if not needed[slot]:
            continue
        slots = tuple([new[s] for s in made.inputs[slot]])
        if op is SUM and len(slots) == 1:
            new[slot] = slots[0]
            continue
        new[slot] = len(result.ops)
        if slot in made.leaves:
            result.leaves[new[slot]] = made.leaves[slot]
        result.ops.append(op if op is not SUM or slots else CONSTANT)
        result.inputs.append(slots)
        result.values.append(made.values[slot])
        result.places.append(made.places[slot])
    result.roots = [new[root] for root in made.roots]
    return result


def _needed(made: Columns, gone: list[bool]) -> list[bool]:
    needed = [False] * len(made.ops)
    for root in made.roots:
        needed[root] = True
    for slot in range(len(made.ops) - 1, -1, -1):
        if needed[slot]:
            for s in made.inputs[slot]:
                needed[s] = True
    return [n and not g for n, g in zip(needed, gone, strict=True)]
