"""The arrays of classes of slots, and how slots are read from them: as views where an order makes them affine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.array_ops import index, reshape
from micrograd_plus.compiler.affine import view_with_holes
from micrograd_plus.compiler.arrays import Array, Builder
from micrograd_plus.compiler.classes import Class
from micrograd_plus.compiler.leaves import Leaves
from micrograd_plus.compiler.scalars import Columns
from micrograd_plus.compiler.views import View
from micrograd_plus.engine import CONSTANT
from micrograd_plus.ops import TABLE, number_text
from micrograd_plus.value import Value

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_UNPLACED = 2**40  # ranks of leaves that have no place yet begin here


@dataclass
class Placed:
    """The array of a class: its `grid`, whether a batch axis leads, which positions hold a member."""

    array: Array
    grid: tuple[int, ...]
    batched: bool
    real: Bools | None = None  # None: all
    zero_holes: bool = True

    @property
    def size(self) -> int:
        return math.prod(self.grid)


class Operands:
    """Where each slot stands: its class, its position in the array of the class.

    Leaves whose place is free get one when they are first read, in that order. `scope` is where in the network the
    class that reads belongs, and gives names.
    """

    def __init__(
        self,
        columns: Columns,
        classes: Sequence[Class],
        class_of: Ints,
        groups: Sequence[Leaves],
        home: dict[Value, tuple[int, int]],
        batch: int | None,
    ) -> None:
        self.builder = Builder()
        self.columns = columns
        self.classes = classes
        self.class_of = class_of
        self.groups = groups
        self.batch = batch
        self.values = np.array(columns.values)
        self.position = np.full(len(self.values), -1, np.int64)
        self.index_in_class = np.empty(len(self.values), np.int64)
        for known in classes:
            self.index_in_class[known.members] = np.arange(len(known.members))
        self.placed: dict[int, Placed] = {}
        self.stored = [self._stored(group) for group in groups]
        self.scope: tuple[str, ...] = ()
        self._leaf_slot = {slot: home[node] for slot, node in columns.leaves.items()}
        self._next_place = [0] * len(groups)
        self._order: list[list[int]] = [[] for _ in groups]

    def _stored(self, group: Leaves) -> Array:
        shape = group.shape if group.shape is not None else (len(group.nodes),)
        return self.builder.stored(group.name, (*self._batch(group.batched), *shape), np.float64)

    def _batch(self, batched: bool) -> tuple[int, ...]:
        return (self.batch,) if batched and self.batch is not None else ()

    # --- arrays of classes

    def add_leaves(self, k: int) -> None:
        """Keep the stored array of a group as that of its class."""
        made = self.classes[k]
        group = self.groups[made.group]
        self.placed[k] = Placed(self.stored[made.group], group.shape or (len(group.nodes),), group.batched)
        if not group.is_free:
            self.position[made.members] = [self._leaf_slot[int(slot)][1] for slot in made.members]

    def finish_leaves(self) -> None:
        """Place the leaves that nothing read, and put the nodes of free groups in the order of their places."""
        for g, group in enumerate(self.groups):
            if group.is_free:
                slots = np.array([s for s, (home, _) in self._leaf_slot.items() if home == g], np.int64)
                self._place(g, slots)
                placed = [self.columns.leaves[s] for s in self._order[g]]
                others = set(placed)
                group.nodes[:] = placed + [node for node in group.nodes if node not in others]

    def is_batched(self, k: int) -> bool:
        """Tell whether a batch axis leads the array of a class."""
        return k in self.placed and self.placed[k].batched

    def settle(
        self,
        k: int,
        members: Ints,
        array: Array,
        grid: tuple[int, ...],
        reads: Sequence[int],
        holes_are_zero: bool = True,
    ) -> None:
        """Keep `array` as that of class `k`, whose `members` stand at the positions of the grid, -1 for a hole."""
        batched = any(self.is_batched(read) for read in reads)
        shape = (*self._batch(batched), *grid)
        if array.shape != shape:
            array = self.builder.apply(TABLE["add"], (array, np.zeros(shape)))
        if not array.window.is_contiguous:
            array = self.builder.copied(array)
        real = members >= 0
        self.position[members[real]] = np.flatnonzero(real)
        placed = Placed(array, grid, batched)
        if not real.all():
            placed.real, placed.zero_holes = real, holes_are_zero
        self.placed[k] = placed

    def _masked(self, placed: Placed) -> None:
        """Set the holes of a class to zero."""
        if not placed.zero_holes:
            assert placed.real is not None
            mask = placed.real.reshape(placed.grid).astype(float)
            name = placed.array.name
            placed.array = TABLE["where"](mask, placed.array, 0.0)
            placed.array.name = name
            placed.zero_holes = True

    # --- reading

    def is_free(self, k: int, slots: Ints) -> bool:
        """Tell whether some of the slots are leaves that have no place yet."""
        return self.classes[k].op is None and bool((self.position[slots] < 0).any())

    def rank(self, slots: Ints) -> Ints:
        """Return for each of the slots how it is ordered among others of its class: by place, else by number."""
        position = self.position[slots]
        return np.where(position < 0, _UNPLACED + slots, position)

    def filler(self, table: Ints) -> float:
        """Return what stands in the holes of constants: a number like the others, lest there be a quotient by 0."""
        real = table[table >= 0]
        return float(self.values[real[0]]) if len(real) else 0.0

    def _place(self, g: int, slots: Ints) -> None:
        """Give leaves of a free group the next places, in the order in which they are read."""
        unplaced = slots[self.position[slots] < 0]
        _, first = np.unique(unplaced, return_index=True)
        fresh = unplaced[np.sort(first)]
        self.position[fresh] = self._next_place[g] + np.arange(len(fresh))
        self._next_place[g] += len(fresh)
        self._order[g] += fresh.tolist()

    def operand(self, k: int, slots: Any, *, zeros: bool = True) -> Array:
        """Return the slots of class `k` as an array of their shape, -1 for a hole: zero there, or anything."""
        table = np.asarray(slots)
        known = self.classes[k]
        real = table >= 0
        if known.op is CONSTANT:
            if not zeros and len(set(self.values[table[real]].tolist())) == 1:
                return self.builder.constant(float(self.values[table[real]][0]))
            filler = 0.0 if zeros else self.filler(table.ravel())
            return self.builder.constant(_compressed(np.where(real, self.values[table], filler)))
        if known.op is None and self.groups[known.group].is_free:
            self._place(known.group, table[real])
        placed = self.placed[k]
        if placed.size == 1 and placed.grid == () and real.all():
            return (
                in_shape(placed.array, (*placed.array.shape, *[1] * table.ndim))
                if placed.batched and table.ndim
                else placed.array
            )
        positions = np.where(real, self.position[table], -1)
        if placed.real is not None and zeros:
            self._masked(placed)
        view = view_with_holes(positions, real, placed.size) if real.any() else None
        if view is None:
            array = self._gathered(placed, np.where(real, positions, 0))
        else:
            array = self._shown(placed, view)
            if known.op is None and not array.name:
                array.name = self._name_of_leaves(table[real])
            if zeros and not real.all() and placed.real is not None:
                shown = view.on(np.arange(placed.size))
                if not placed.real[shown[~real]].any():
                    return array
        if zeros and not real.all():
            array = TABLE["where"](real.astype(float), array, 0.0)
        return array

    def _shown(self, placed: Placed, view: View) -> Array:
        array = placed.array
        if array.is_number:
            return array
        offset, shape, strides = array.window.offset + view.offset, view.shape, view.strides
        if placed.batched:
            shape, strides = (self.batch or 0, *shape), (placed.size, *strides)
        return self.builder.shown(array.base, View(offset, shape, strides))

    def _gathered(self, placed: Placed, positions: Ints) -> Array:
        flat = self._shown(placed, View(0, (placed.size,), (1,)))
        gathered: Array = index(flat, key=(..., positions) if placed.batched else positions)
        return gathered

    def _name_of_leaves(self, table: Ints) -> str:
        """Return a name for what is read of leaves: where, and what their labels begin with."""
        label = self.columns.leaves[int(table.ravel()[0])].label
        stem = "".join(c for c in label if c.isalpha() or c == "_")
        return "_".join([*self.scope, stem]) if stem else ""


def named(array: Array) -> str:
    """Return what a formula calls an array."""
    if array.is_number:
        return number_text(array.value)
    return array.name or array.base.name or "c" * (array.value is not None) or "..."


def in_shape(array: Array, shape: tuple[int, ...]) -> Array:
    """Return the array in another shape, under its name."""
    if array.shape == shape:
        return array
    result: Array = reshape(array, shape=shape)
    result.name = result.name or array.name
    return result


def _compressed(values: NDArray[np.float64]) -> Any:
    """Return the array without the axes along which it stays the same (of size 1 then), a number if it is one."""
    for axis in range(values.ndim):
        first = values.take([0], axis)
        if values.shape[axis] > 1 and (values == first).all():
            values = first
    return float(values.ravel()[0]) if values.size == 1 else values
