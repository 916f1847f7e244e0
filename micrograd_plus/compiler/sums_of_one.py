"""Single terms counted as sums of one, where the same place elsewhere holds a sum.

Where sums grow from position to position, as in attention, the first position has a lone term and so another shape,
and all that follows from it. Read as a sum of one term it is of the class of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from micrograd_plus.compiler.classes import PRODUCT, Class
from micrograd_plus.compiler.scalars import SUM, Columns
from micrograd_plus.ops import Op


def lone_terms(classes: Sequence[Class], columns: Columns) -> set[tuple[int, int]]:
    """Return (reader, which input) for what, read as a sum of one, gives its reader the shape of a known class."""
    as_sum = _sums_of(classes)
    known = {(c.op, c.reads) for c in classes}
    found: set[tuple[int, int]] = set()
    for c in classes:
        if c.op is SUM:
            changed = tuple(read for read in c.reads if read in as_sum)
        else:
            changed = tuple(k for k, read in enumerate(c.reads) if read in as_sum)
        chosen = next((some for some in _choices(changed) if (c.op, _with_sums(c, some, as_sum)) in known), ())
        if c.op is SUM:
            lone = {int(m) for k in chosen for m in classes[k].members}
            for m in c.members.tolist() if chosen else ():
                found.update((m, k) for k, s in enumerate(columns.inputs[m]) if s in lone)
        else:
            found.update(_input_pairs(c, chosen, columns))
    return found


def _input_pairs(c: Class, chosen: tuple[int, ...], columns: Columns) -> set[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    for m, row in zip(c.members.tolist(), c.inputs.tolist(), strict=True):
        # A class may have the factors of a product in the other order than they were written in.
        swapped = list(columns.inputs[m]) != row
        pairs.update((m, len(row) - 1 - k if swapped else k) for k in chosen)
    return pairs


def _sums_of(classes: Sequence[Class]) -> dict[int, int]:
    """Return the class of sums of a class's members alone, by the class; a product in a sum is a product elsewhere."""
    kept = {
        c.reads: k for k, c in enumerate(classes) if c.op is not None and c.op.name == "mul" and c.op is not PRODUCT
    }
    result = {}
    for k, c in enumerate(classes):
        if c.op is SUM and len(c.reads) == 1:
            term = classes[c.reads[0]]
            if term.op is not PRODUCT:
                result[c.reads[0]] = k
            elif term.reads in kept:
                result[kept[term.reads]] = k
    return result


def _choices(places: tuple[int, ...]) -> list[tuple[int, ...]]:
    few = places[:3]
    return [some for count in range(1, len(few) + 1) for some in combinations(few, count)]


def _with_sums(c: Class, chosen: tuple[int, ...], as_sum: dict[int, int]) -> tuple[int, ...]:
    if c.op is SUM:
        return tuple(sorted({as_sum[read] if read in chosen else read for read in c.reads}))
    return tuple(as_sum[read] if k in chosen else read for k, read in enumerate(c.reads))


def with_sums_of_one(columns: Columns, pairs: set[tuple[int, int]]) -> Columns:
    """Return the columns in which the input that each pair tells is read as a sum of it alone."""
    readers = {reader for reader, _ in pairs}
    result = Columns(nodes=columns.nodes)
    new: list[int] = []
    sum_of: dict[int, int] = {}
    for slot, op in enumerate(columns.ops):
        inputs = columns.inputs[slot]
        read = [new[s] for s in inputs]
        if slot in readers:
            for k, s in enumerate(inputs):
                if (slot, k) in pairs:
                    if s not in sum_of:
                        sum_of[s] = _append(result, SUM, (new[s],), columns.values[s], columns.places[s])
                    read[k] = sum_of[s]
        new.append(_append(result, op, tuple(read), columns.values[slot], columns.places[slot]))
        if slot in columns.leaves:
            result.leaves[new[-1]] = columns.leaves[slot]
    result.roots = [new[root] for root in columns.roots]
    return result


def _append(columns: Columns, op: Op | None, inputs: tuple[int, ...], value: float, place: tuple[str, ...]) -> int:
    columns.ops.append(op)
    columns.inputs.append(inputs)
    columns.values.append(value)
    columns.places.append(place)
    return len(columns.ops) - 1
