"""From a graph of Values to arrays: each class of slots becomes one array, on arrays that are views of others.

The members of a class are put in the order in which what they read is affine, so that an operand is a view and a
broadcast is a stride of 0; where no order does it, numbers are gathered. Leaves whose place is free are laid out by
whatever reads them first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.array_ops import broadcast_to, index, matmul, reshape, total
from micrograd_plus.compiler.affine import grid_of, view_of, view_with_holes
from micrograd_plus.compiler.arrays import Array, Builder, View
from micrograd_plus.compiler.classes import PRODUCT, Class, classes, late_order
from micrograd_plus.compiler.contraction import Contraction, contraction
from micrograd_plus.compiler.scalars import SUM, columns
from micrograd_plus.compiler.sums_of_one import lone_terms, with_sums_of_one
from micrograd_plus.engine import CONSTANT
from micrograd_plus.naming import common_length
from micrograd_plus.ops import TABLE
from micrograd_plus.value import Value

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# What a number and what an array costs each time the program runs, in microseconds, and how many lines are bearable.
_COST_OF_NUMBER, _COST_OF_ARRAY = 0.15, 2.4
_MOST_NUMBERS = 4000
_MOST_ROUNDS = 8

# What stands in the holes of inputs lest they make inf and nan: those of an exponential become zeros.
_HARMLESS = {"exp": -math.inf} | dict.fromkeys(("div", "power", "pow", "log", "log1p", "sqrt", "expm1", "sinh", "cosh"), 1.0)


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


@dataclass
class _Placed:
    """The array of a class: its `grid`, whether a batch axis leads, which positions hold a member."""

    array: Array
    grid: tuple[int, ...]
    batched: bool
    real: Bools | None = None  # None: all
    zero_holes: bool = True

    @property
    def size(self) -> int:
        return math.prod(self.grid)


def lifted(roots: Sequence[Value], groups: Sequence[Leaves], batch: int | None = None) -> Lifted:
    """Return the arrays that compute what the graph below `roots` does.

    With `batch` the graph is that of one sample: what reads an input that is batched gets a leading axis of that size.
    """
    lifter = _Lifter(roots, groups, batch)
    return Lifted(lifter.builder, lifter.results(), lifter.stored, lifter.counts, lifter.kinds)


class _Lifter:
    def __init__(self, roots: Sequence[Value], groups: Sequence[Leaves], batch: int | None) -> None:
        self.builder = Builder()
        self.groups = groups
        self.batch = batch
        home = {node: (g, k) for g, group in enumerate(groups) for k, node in enumerate(group.nodes)}
        self.columns = columns(roots, home.keys())
        self._classify(home)
        self.values = np.array(self.columns.values)
        self.position = np.full(len(self.values), -1, np.int64)
        self.index_in_class = np.empty(len(self.values), np.int64)
        for known in self.classes:
            self.index_in_class[known.members] = np.arange(len(known.members))
        self.placed: dict[int, _Placed] = {}
        self.kinds: list[tuple[str, int, str]] = []
        self.stored = [self._stored(group) for group in groups]
        self.next_place = [0] * len(groups)
        self.leaf_slot = {slot: home[node] for slot, node in self.columns.leaves.items()}
        self.order: list[list[int]] = [[] for _ in groups]
        self.scope: tuple[str, ...] = ()
        for k in late_order(self.classes):
            self._make(k)
        self.scope = ()

    def _classify(self, home: dict[Value, tuple[int, int]]) -> None:
        leaves = self.columns.leaves

        def group_of(slot: int) -> int:
            return home[leaves[slot]][0]

        found, class_of = classes(self.columns, group_of)
        for _ in range(_MOST_ROUNDS):
            pairs = lone_terms(found, self.columns)
            if not pairs:
                break
            self.columns = with_sums_of_one(self.columns, pairs)
            leaves = self.columns.leaves
            found, class_of = classes(self.columns, group_of)
        slots = len(self.columns.ops)
        as_arrays = sum(_COST_OF_NUMBER if len(c.members) == 1 else _COST_OF_ARRAY for c in found if c.inputs.size or c.op is SUM)
        if self.batch is None and slots <= _MOST_NUMBERS and slots * _COST_OF_NUMBER < as_arrays:
            found, class_of = classes(self.columns, group_of, one_each=True)
        self.classes, self.class_of = found, class_of
        self.counts = {"nodes": self.columns.nodes, "slots": slots, "classes": len(found)}

    def _stored(self, group: Leaves) -> Array:
        shape = group.shape if group.shape is not None else (len(group.nodes),)
        if group.batched:
            assert self.batch is not None
            shape = (self.batch, *shape)
        dtype = np.float64
        return self.builder.stored(group.name, shape, dtype)

    def results(self) -> list[Array]:
        """Return the arrays of the roots; then all leaves have their places."""
        for g, group in enumerate(self.groups):
            if group.is_free:
                slots = np.array([s for s, (home, _) in self.leaf_slot.items() if home == g], np.int64)
                if len(slots):
                    self._place(g, slots)
                placed = [self.columns.leaves[s] for s in self.order[g]]
                others = set(placed)
                group.nodes[:] = placed + [node for node in group.nodes if node not in others]
        return [self._operand(int(self.class_of[root]), np.array(root)) for root in self.columns.roots]

    # --- classes

    def _make(self, k: int) -> None:
        made = self.classes[k]
        self.scope = self._scope(made)
        if made.op is None:
            self._leaves(k, made)
        elif made.op is CONSTANT or made.op is PRODUCT:
            return
        elif made.op is SUM:
            self._sum(k, made)
        else:
            self._elementwise(k, made)
        if made.op is not None and (array := self.placed[k].array).inputs:
            array.name = array.name or self._name(made)
            array.comment = array.comment or self._comment(made)

    def _leaves(self, k: int, made: Class) -> None:
        group = self.groups[made.group]
        self.placed[k] = _Placed(self.stored[made.group], group.shape or (len(group.nodes),), group.batched)
        if not group.is_free:
            self.position[made.members] = [self.leaf_slot[int(slot)][1] for slot in made.members]

    def _scope(self, made: Class) -> tuple[str, ...]:
        """Return the names of the scopes that first and last member share, without the outermost."""
        ends = [self.columns.places[int(made.members[k])] for k in (0, -1)]
        return ends[0][min(1, len(ends[0]) - 1) : common_length(ends)] if ends[0] else ()

    def _name(self, made: Class) -> str:
        assert made.op is not None
        return "_".join([*self._scope(made), made.op.name])

    def _name_of_leaves(self, table: Ints) -> str:
        """Return a name for what is read of leaves: where, and what their labels begin with."""
        label = self.columns.leaves[int(table.ravel()[0])].label
        stem = "".join(c for c in label if c.isalpha() or c == "_")
        return "_".join([*self.scope, stem]) if stem else ""

    def _comment(self, made: Class) -> str:
        assert made.op is not None
        return f"{len(made.members):,} values of {made.op.name}" if len(made.members) > 1 else ""

    # --- elementwise

    def _elementwise(self, k: int, made: Class) -> None:
        assert made.op is not None
        slots = made.inputs
        if len(slots) == 1:
            array = made.op(*(self._operand(read, slots[0, j]) for j, read in enumerate(made.reads)))
            self._settle(k, made.members, array, (), made.reads)
            return
        lead = self._leading(made)
        if lead is not None and (real := self._home(made.reads[lead]).real) is not None:
            grid = self._home(made.reads[lead]).grid
            at = self.position[slots[:, lead]]
            table = np.full((math.prod(grid), slots.shape[1]), -1, np.int64)
            table[at] = slots
            members = np.full(math.prod(grid), -1, np.int64)
            members[at] = made.members
        else:
            real = None
            order = self._member_order(made, lead)
            grid = self._grid(made, slots[order], lead)
            table, members = slots[order], made.members[order]
        operands = [self._operand(read, table[:, j].reshape(grid), zeros=False) for j, read in enumerate(made.reads)]
        holes_are_zero = True
        if real is not None and lead is not None:
            harmless = _HARMLESS.get(made.op.name)
            if harmless is not None:
                mask = (members >= 0).reshape(grid).astype(float)
                operands = [x if x.value is not None else TABLE["where"](mask, x, harmless) for x in operands]
            holes_are_zero = self._holes_after(made, table, lead)
        self._settle(k, members, made.op(*operands), grid, made.reads, holes_are_zero)

    def _leading(self, made: Class) -> int | None:
        """Return an input whose positions tell the members apart."""
        for j, read in enumerate(made.reads):
            if self.classes[read].op is not CONSTANT and not self._is_free(read, made.inputs[:, j]):
                if len(np.unique(self.position[made.inputs[:, j]])) == len(made.members):
                    return j
        return None

    def _is_free(self, k: int, slots: Ints) -> bool:
        return self.classes[k].op is None and bool((self.position[slots] < 0).any())

    def _member_order(self, made: Class, lead: int | None) -> Ints:
        if lead is not None:
            return np.argsort(self.position[made.inputs[:, lead]])
        keys = [
            self.position[made.inputs[:, j]]
            for j, read in enumerate(made.reads)
            if self.classes[read].op is not CONSTANT and not self._is_free(read, made.inputs[:, j])
        ]
        return np.lexsort((np.arange(len(made.members)), *reversed(keys)))

    def _grid(self, made: Class, slots: Ints, lead: int | None) -> tuple[int, ...]:
        """Return the sizes of axes over which as many inputs as possible are affine."""
        n = len(slots)
        rows = [
            np.arange(n) if self._is_free(read, slots[:, j]) else self.position[slots[:, j]]
            for j, read in enumerate(made.reads)
            if self.classes[read].op is not CONSTANT
        ]
        if lead is not None:
            grid = self._home(made.reads[lead]).grid
            if math.prod(grid) == n and all(view_of(row.reshape(grid)) for row in rows):
                return grid
        while rows:
            found = grid_of(np.array(rows))
            if found:
                return found
            rows.pop()
        return (n,)

    def _holes_after(self, made: Class, table: Ints, lead: int) -> bool:
        """Tell whether zeros in the holes of the leading input become zeros again, whatever the other inputs hold."""
        assert made.op is not None
        if made.op.name == "exp":
            return True
        home = self._home(made.reads[lead])
        if not home.zero_holes or home.real is None or np.count_nonzero(home.real) != len(made.members):
            return False
        if made.op.name == "mul":
            return True
        if made.op.name in _HARMLESS or any(self.classes[r].op is not CONSTANT for j, r in enumerate(made.reads) if j != lead):
            return False
        inputs = [0.0 if j == lead else self._filler(table[:, j]) for j in range(len(made.reads))]
        return bool(made.op(*inputs) == 0.0)

    def _filler(self, table: Ints) -> float:
        """Return what stands in the holes of constants: a number like the others, lest there be a quotient by 0."""
        real = table[table >= 0]
        return float(self.values[real[0]]) if len(real) else 0.0

    # --- sums

    def _sum(self, k: int, made: Class) -> None:
        terms = [self.columns.inputs[int(m)] for m in made.members]
        lengths = [len(t) for t in terms]
        member = np.repeat(np.arange(len(terms)), lengths)
        slots = np.fromiter(chain.from_iterable(terms), np.int64, sum(lengths))
        kinds = self.class_of[slots]
        parts = [(read, member[kinds == read], slots[kinds == read]) for read in made.reads]
        products = [part for part in parts if self.classes[part[0]].op is PRODUCT]
        products.sort(key=lambda part: -len(part[1]))
        plain = [part for part in parts if self.classes[part[0]].op is not PRODUCT]
        arrays: list[Array] = []
        table: Ints | None = None  # which member stands where
        what = ""
        if len(terms) == 1:
            table = np.zeros((), np.int64)
        one_by_one = []
        for part in products:
            found = self._contracted(*part) if table is None or table.shape else None
            if found is not None and (table is None or np.array_equal(_squeezed(found[0].members), table)):
                table = _squeezed(found[0].members)
                arrays.append(self._matrix_product(*found))
                what = "matrix product"
            else:
                one_by_one.append(part)
        if table is None:
            table = self._sum_order(parts, len(terms))
        arrays += [self._products_one_by_one(*part, table) for part in one_by_one]
        arrays += [self._terms(read, at, slots, table) for read, at, slots in plain]
        result = arrays[0]
        for array in arrays[1:]:
            result = TABLE["add"](result, array)
        members = np.where(table < 0, -1, made.members[table]) if table.shape else made.members
        self.kinds.append(("sum", len(terms), what or ("scalar product" if products else "sum")))
        self._settle(k, members.ravel(), result, table.shape, [r for p, _, _ in parts for r in self._sources(p)], False)

    def _sources(self, read: int) -> tuple[int, ...]:
        return self.classes[read].reads if self.classes[read].op is PRODUCT else (read,)

    def _contracted(self, read: int, member: Ints, slots: Ints) -> tuple[Contraction, int, int] | None:
        """Return the matrix product that the products of class `read` add up to, with the classes of its factors."""
        factors = self.classes[read].inputs[self.index_in_class[slots]]
        a, b = self.classes[read].reads
        left, right = factors[:, 0], factors[:, 1]
        if self._columns_first(a, b):
            a, b, left, right = b, a, right, left
        found = contraction(member, left, right, self._rank())
        return found and (found, a, b)

    def _columns_first(self, a: int, b: int) -> bool:
        """Tell whether the first factor is rather the one whose slots are columns: parameters before what they weigh."""
        return self._weight(a) > self._weight(b)

    def _weight(self, k: int) -> float:
        made = self.classes[k]
        if made.op is None:
            # The groups come in order, parameters first; inputs stand in a shape.
            return (2 if self.groups[made.group].shape is None else 1) + 1 / (1 + made.group)
        return 1 if made.op is CONSTANT else 0

    def _rank(self) -> Ints:
        unplaced = self.position < 0
        return np.where(unplaced, 2**40 + np.arange(len(self.position)), self.position)

    def _matrix_product(self, found: Contraction, a: int, b: int) -> Array:
        """Return the product of the tables as one array over the grid of members that has no axes of size 1."""
        blocks, rows, columns = found.members.shape
        places = found.left.shape[2]
        left_table, right_table = found.left, found.right.transpose(0, 2, 1)
        if rows == 1 and columns == 1:
            both = self._operand(a, found.left[:, 0]), self._operand(b, found.right[:, 0], zeros=False)
            return total(self._spread(TABLE["mul"](*both), found.left[:, 0].shape), axis=-1)
        if blocks == 1:
            left_table, right_table = left_table[0], right_table[0]
        left, right = self._factor(a, left_table), self._factor(b, right_table)
        left_batched, right_batched = self._is_batched(a), self._is_batched(b)
        lead = (self.batch,) if left_batched else ()
        if blocks == 1 and not right_batched:
            left = _as(left, (*lead, rows, places) if rows > 1 else (*lead, places))
            right = _as(right, (places, columns) if columns > 1 else (places,))
            if left.ndim == 3:
                flat = matmul(_as(left, (math.prod(left.shape[:2]), places)), right)
                return _as(flat, (*lead, rows, *flat.shape[1:]))
            return matmul(left, right)
        left = _as(left, (*lead, *left_table.shape))
        right = _as(right, (*((self.batch,) if right_batched else ()), *right_table.shape))
        product = matmul(left, right)
        batched = (self.batch,) if left_batched or right_batched else ()
        return _as(product, (*batched, *(n for n in found.members.shape if n > 1)))

    def _factor(self, k: int, table: Ints) -> Array:
        """Return a factor of a matrix product: in full, although it may be the same along axes."""
        batch = (self.batch or 0,) if self._is_batched(k) else ()
        array = self._operand(k, table)
        full = (*batch, *table.shape)
        return array if array.shape == full else broadcast_to(array, shape=full)

    def _products_one_by_one(self, read: int, member: Ints, slots: Ints, table: Ints) -> Array:
        factors = self.classes[read].inputs[self.index_in_class[slots]]
        a, b = self.classes[read].reads
        rank = self._rank()
        order = np.lexsort((rank[factors[:, 1]], rank[factors[:, 0]]))
        member, factors = member[order], factors[order]
        left, right = (_tabled(member, factors[:, j], table) for j in (0, 1))
        if left.shape[-1] == 1:
            return TABLE["mul"](self._operand(a, left[..., 0]), self._operand(b, right[..., 0], zeros=False))
        product = TABLE["mul"](self._operand(a, left), self._operand(b, right, zeros=False))
        return total(self._spread(product, left.shape), axis=-1)

    def _terms(self, read: int, member: Ints, slots: Ints, table: Ints) -> Array:
        """Return the sum of the plain terms of one class, over the grid of members."""
        order = np.argsort(self._rank()[slots], kind="stable")
        terms = _tabled(member[order], slots[order], table)
        if terms.shape[-1] == 1:
            return self._operand(read, terms[..., 0], zeros=False)
        return total(_once(self._spread(self._operand(read, terms), terms.shape)), axis=-1)

    def _spread(self, array: Array, shape: tuple[int, ...]) -> Array:
        # A constant that is the same everywhere has lost its axes, and they are counted here.
        if array.ndim < len(shape) or array.shape[-1] != shape[-1]:
            return self.builder.apply(TABLE["add"], (array, np.zeros(shape)))
        return array

    def _sum_order(self, parts: list[tuple[int, Ints, Ints]], count: int) -> Ints:
        """Return the members in the order of the places of what they read."""
        rank = self._rank()
        keys = []
        for read, member, slots in parts:
            for row in range(2) if self.classes[read].op is PRODUCT else range(1):
                found = self.classes[read].inputs[self.index_in_class[slots], row] if self.classes[read].op is PRODUCT else slots
                smallest = np.full(count, np.iinfo(np.int64).max)
                np.minimum.at(smallest, member, rank[found])
                keys.append(smallest)
        order = np.lexsort((np.arange(count), *reversed(keys)))
        placed = [key[order] for key in keys if (key < 2**40).all()]
        while placed:
            grid = grid_of(np.array(placed))
            if grid:
                return order.reshape(grid)
            placed.pop()
        return order

    # --- arrays of classes

    def _home(self, k: int) -> _Placed:
        return self.placed[k]

    def _is_batched(self, k: int) -> bool:
        return k in self.placed and self.placed[k].batched

    def _settle(
        self, k: int, members: Ints, array: Array, grid: tuple[int, ...], reads: Sequence[int], holes_are_zero: bool = True
    ) -> None:
        """Keep `array` as that of class `k`, whose `members` stand at the positions of the grid, -1 for a hole."""
        batched = any(self._is_batched(read) for read in reads)
        shape = (*((self.batch,) if batched else ()), *grid)
        if array.shape != shape:
            array = self.builder.apply(TABLE["add"], (array, np.zeros(shape)))
        if not array.window.is_contiguous:
            array = self.builder.copied(array)
        real = members >= 0
        self.position[members[real]] = np.flatnonzero(real)
        placed = _Placed(array, grid, batched)
        if not real.all():
            placed.real, placed.zero_holes = real, holes_are_zero
        self.placed[k] = placed

    def _masked(self, placed: _Placed) -> None:
        """Set the holes of a class to zero."""
        if not placed.zero_holes:
            assert placed.real is not None
            mask = placed.real.reshape(placed.grid).astype(float)
            name = placed.array.name
            placed.array = TABLE["where"](mask, placed.array, 0.0)
            placed.array.name = name
            placed.zero_holes = True

    def _place(self, g: int, slots: Ints) -> None:
        """Give leaves of a free group the next places, in the order in which they are read."""
        unplaced = slots[self.position[slots] < 0]
        _, first = np.unique(unplaced, return_index=True)
        fresh = unplaced[np.sort(first)]
        self.position[fresh] = self.next_place[g] + np.arange(len(fresh))
        self.next_place[g] += len(fresh)
        self.order[g] += fresh.tolist()

    def _operand(self, k: int, slots: Any, *, zeros: bool = True) -> Array:
        """Return the slots of class `k` as an array of their shape, -1 for a hole: zero there, or anything."""
        table = np.asarray(slots)
        known = self.classes[k]
        real = table >= 0
        if known.op is CONSTANT:
            if not zeros and len(set(self.values[table[real]].tolist())) == 1:
                return self.builder.constant(float(self.values[table[real]][0]))
            filler = 0.0 if zeros else self._filler(table.ravel())
            return self.builder.constant(_compressed(np.where(real, self.values[table], filler)))
        if known.op is None and self.groups[known.group].is_free:
            self._place(known.group, table[real])
        placed = self._home(k)
        if placed.size == 1 and placed.grid == () and real.all():
            return _as(placed.array, (*placed.array.shape, *[1] * table.ndim)) if placed.batched and table.ndim else placed.array
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

    def _shown(self, placed: _Placed, view: View) -> Array:
        array = placed.array
        if array.is_number:
            return array
        offset, shape, strides = array.window.offset + view.offset, view.shape, view.strides
        if placed.batched:
            shape, strides = (self.batch or 0, *shape), (placed.size, *strides)
        return self.builder.shown(array.base, View(offset, shape, strides))

    def _gathered(self, placed: _Placed, positions: Ints) -> Array:
        flat = self._shown(placed, View(0, (placed.size,), (1,)))
        return index(flat, key=(..., positions) if placed.batched else positions)


def _once(array: Array) -> Array:
    """Return a view without the repeats along all axes but the last: of size 1 there."""
    view = array.window
    shape = tuple(1 if k in view.repeats and k < array.ndim - 1 else n for k, n in enumerate(view.shape))
    return array if shape == view.shape else array.builder.shown(array.base, View(view.offset, shape, view.strides))


def _as(array: Array, shape: tuple[int, ...]) -> Array:
    if array.shape == shape:
        return array
    result: Array = reshape(array, shape=shape)
    result.name = result.name or array.name
    return result


def _squeezed(members: Ints) -> Ints:
    return members.reshape([n for n in members.shape if n > 1])


def _tabled(member: Ints, slots: Ints, table: Ints) -> Ints:
    """Return the slots of each member along a last axis, over the grid that `table` gives the members; -1 for a hole."""
    order = np.argsort(member, kind="stable")
    member, slots = member[order], slots[order]
    counts = np.bincount(member, minlength=int(table.max()) + 1 if table.shape else 1)
    within = np.arange(len(member)) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = np.full((len(counts), int(counts.max())), -1, np.int64)
    rows[member, within] = slots
    if not table.shape:
        return rows[0]
    found: Ints = np.where((table < 0)[..., None], -1, rows[table])
    return found


def _compressed(values: NDArray[np.float64]) -> Any:
    """Return the array without the axes along which it stays the same (of size 1 then), a number if it is one."""
    for axis in range(values.ndim):
        first = values.take([0], axis)
        if values.shape[axis] > 1 and (values == first).all():
            values = first
    return float(values.ravel()[0]) if values.size == 1 else values
