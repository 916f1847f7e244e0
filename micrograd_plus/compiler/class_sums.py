"""Sums of many terms as arrays: matrix products where products are added up, else sums along a last axis."""

from __future__ import annotations

import math
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.array_ops import broadcast_to, total
from micrograd_plus.compiler.affine import grid_of
from micrograd_plus.compiler.arrays import Array
from micrograd_plus.compiler.classes import PRODUCT, Class
from micrograd_plus.compiler.contraction import Contraction, contraction
from micrograd_plus.compiler.operands import Operands, in_shape, named
from micrograd_plus.compiler.views import View
from micrograd_plus.engine import CONSTANT
from micrograd_plus.ops import TABLE

Ints = NDArray[np.int64]
# Terms of one class in the members of a class of sums: their class, the member that each belongs to, their slots.
Part = tuple[int, Ints, Ints]


class SumLifter:
    """Makes the arrays of classes of sums; `kind` tells what the last one became, `formula` what was added up."""

    def __init__(self, given: Operands) -> None:
        self.given = given
        self.kind = ""
        self.formula: list[str] = []

    def add(self, k: int, made: Class) -> None:
        """Make the array of class `k`."""
        parts = self._parts(made)
        products = sorted((part for part in parts if self._is_product(part)), key=lambda part: -len(part[1]))
        self.kind, self.formula = "scalar product" if products else "sum", []
        arrays, others, table = self._matrix_products(products, len(made.members))
        if table is None:
            table = self._member_order(parts, len(made.members))
        arrays += [self._products_one_by_one(*part, table) for part in others]
        arrays += [self._terms(*part, table) for part in parts if not self._is_product(part)]
        result = arrays[0]
        for array in arrays[1:]:
            result = TABLE["add"](result, array)
        members = np.where(table < 0, -1, made.members[table]) if table.shape else made.members
        reads = [read for part in parts for read in self._sources(part[0])]
        self.given.settle(k, members.ravel(), result, table.shape, reads, holes_are_zero=False)

    def _parts(self, made: Class) -> list[Part]:
        terms = [self.given.columns.inputs[int(m)] for m in made.members]
        lengths = [len(t) for t in terms]
        member = np.repeat(np.arange(len(terms)), lengths)
        slots = np.fromiter(chain.from_iterable(terms), np.int64, sum(lengths))
        kinds = self.given.class_of[slots]
        return [(read, member[kinds == read], slots[kinds == read]) for read in made.reads]

    def _is_product(self, part: Part) -> bool:
        return self.given.classes[part[0]].op is PRODUCT

    def _sources(self, read: int) -> tuple[int, ...]:
        known = self.given.classes[read]
        return known.reads if known.op is PRODUCT else (read,)

    # --- products

    def _matrix_products(self, products: list[Part], count: int) -> tuple[list[Array], list[Part], Ints | None]:
        """Return the matrix products, the parts that are none, and which member stands where in their shape."""
        if count == 1:
            return [], products, np.zeros((), np.int64)
        arrays: list[Array] = []
        others: list[Part] = []
        table: Ints | None = None
        for part in products:
            found = self._contracted(*part)
            if found is not None and (table is None or np.array_equal(_squeezed(found[0].members), table)):
                table = _squeezed(found[0].members)
                arrays.append(self._matrix_product(*found))
                self.kind = "matrix product"
            else:
                others.append(part)
        return arrays, others, table

    def _contracted(self, read: int, member: Ints, slots: Ints) -> tuple[Contraction, int, int] | None:
        """Return the matrix product that the products of class `read` add up to, with the classes of its factors."""
        factors = self.given.classes[read].inputs[self.given.index_in_class[slots]]
        a, b = self.given.classes[read].reads
        left, right = factors[:, 0], factors[:, 1]
        if self._is_other_way_round(a, b):
            a, b, left, right = b, a, right, left
        known, numbered = np.unique(np.concatenate([left, right]), return_inverse=True)
        left, right = numbered[: len(left)], numbered[len(left) :]
        found = contraction(member, left, right, self.given.rank(known))
        if found is None:
            return None
        left_table, right_table = (np.where(table < 0, -1, known[table]) for table in (found.left, found.right))
        return Contraction(left_table, right_table, found.members), a, b

    def _is_other_way_round(self, a: int, b: int) -> bool:
        """Tell whether the first factor has rather the columns.

        With a batch, whose axis leads, parameters have the columns. Without, they have the rows: what stands in one
        column after the other then lies together, also with a row of ones below it.
        """
        if self.given.batch is None:
            return self._weight(a) < self._weight(b)
        return self._weight(a) > self._weight(b)

    def _weight(self, k: int) -> float:
        made = self.given.classes[k]
        if made.op is None:
            # The groups come in order, parameters first; inputs stand in a shape.
            return (2 if self.given.groups[made.group].shape is None else 1) + 1 / (1 + made.group)
        return 1 if made.op is CONSTANT else 0

    def _matrix_product(self, found: Contraction, a: int, b: int) -> Array:
        """Return the product of the tables as one array over the grid of members that has no axes of size 1."""
        blocks, rows, columns = found.members.shape
        places = found.left.shape[2]
        left_table, right_table = found.left, found.right.transpose(0, 2, 1)
        if rows == 1 and columns == 1:
            return self._scalar_products(a, b, found.left[:, 0], found.right[:, 0])
        if blocks == 1:
            left_table, right_table = left_table[0], right_table[0]
        if self._weight(a) > self._weight(b):  # parameters stand in columns, with the biases as one more row
            standing = self._factor(a, left_table.swapaxes(-1, -2))
            left = standing.mT
            left.name = left.name or standing.name
        else:
            left = self._factor(a, left_table)
        right = self._factor(b, right_table)
        self.formula.append(f"{named(left)} @ {named(right)}")
        left_batched, right_batched = self.given.is_batched(a), self.given.is_batched(b)
        lead = (self.given.batch,) if left_batched else ()
        if blocks == 1 and not right_batched:
            left = in_shape(left, (*lead, rows, places) if rows > 1 else (*lead, places))
            right = in_shape(right, (places, columns) if columns > 1 else (places,))
            if left.ndim == 3:
                flat = in_shape(left, (math.prod(left.shape[:2]), places)) @ right
                return in_shape(flat, (*lead, rows, *flat.shape[1:]))
            return left @ right
        left = in_shape(left, (*lead, *left_table.shape))
        right = in_shape(right, (*((self.given.batch,) if right_batched else ()), *right_table.shape))
        product = left @ right
        batched = (self.given.batch,) if left_batched or right_batched else ()
        return in_shape(product, (*batched, *(n for n in found.members.shape if n > 1)))

    def _factor(self, k: int, table: Ints) -> Array:
        """Return a factor of a matrix product: in full, although it may be the same along axes."""
        batch = (self.given.batch or 0,) if self.given.is_batched(k) else ()
        array = self.given.operand(k, table)
        full = (*batch, *table.shape)
        return array if array.shape == full else broadcast_to(array, shape=full)

    def _products_one_by_one(self, read: int, member: Ints, slots: Ints, table: Ints) -> Array:
        factors = self.given.classes[read].inputs[self.given.index_in_class[slots]]
        a, b = self.given.classes[read].reads
        order = np.lexsort((self.given.rank(factors[:, 1]), self.given.rank(factors[:, 0])))
        member, factors = member[order], factors[order]
        left, right = (_tabled(member, factors[:, j], table) for j in (0, 1))
        return self._scalar_products(a, b, left, right)

    def _scalar_products(self, a: int, b: int, left: Ints, right: Ints) -> Array:
        """Return the sums of products of two tables along their last axis."""
        if alone := left.shape[-1] == 1:
            left, right = left[..., 0], right[..., 0]
        both = self.given.operand(a, left), self.given.operand(b, right, zeros=False)
        product: Array = TABLE["mul"](*both)
        text = f"{named(both[0])} * {named(both[1])}"
        self.formula.append(text if alone else f"sum({text})")
        return product if alone else _summed(self._spread(product, left.shape))

    # --- other terms

    def _terms(self, read: int, member: Ints, slots: Ints, table: Ints) -> Array:
        """Return the sum of the plain terms of one class, over the grid of members."""
        order = np.argsort(self.given.rank(slots), kind="stable")
        terms = _tabled(member[order], slots[order], table)
        if terms.shape[-1] == 1:
            array = self.given.operand(read, terms[..., 0], zeros=False)
            self.formula.append(named(array))
            return array
        array = self.given.operand(read, terms)
        self.formula.append(f"sum({named(array)})")
        return _summed(_once(self._spread(array, terms.shape)))

    def _spread(self, array: Array, shape: tuple[int, ...]) -> Array:
        # A constant that is the same everywhere has lost its axes, and they are counted here.
        if array.ndim < len(shape) or array.shape[-1] != shape[-1]:
            return self.given.builder.apply(TABLE["add"], (array, np.zeros(shape)))
        return array

    def _member_order(self, parts: list[tuple[int, Ints, Ints]], count: int) -> Ints:
        """Return the members in the order of the places of what they read."""
        keys = []
        for read, member, slots in parts:
            for row in range(2) if self.given.classes[read].op is PRODUCT else range(1):
                found = (
                    self.given.classes[read].inputs[self.given.index_in_class[slots], row]
                    if self.given.classes[read].op is PRODUCT
                    else slots
                )
                smallest = np.full(count, np.iinfo(np.int64).max)
                np.minimum.at(smallest, member, self.given.rank(found))
                keys.append(smallest)
        order = np.lexsort((np.arange(count), *reversed(keys)))
        placed = [key[order] for key in keys if (key < 2**40).all()]
        while placed:
            grid = grid_of(np.array(placed))
            if grid:
                return order.reshape(grid)
            placed.pop()
        return order


def _summed(array: Array) -> Array:
    result: Array = total(array, axis=-1)
    return result


def _once(array: Array) -> Array:
    """Return a view without the repeats along all axes but the last: of size 1 there."""
    view = array.window
    shape = tuple(1 if k in view.repeats and k < array.ndim - 1 else n for k, n in enumerate(view.shape))
    return array if shape == view.shape else array.builder.shown(array.base, View(view.offset, shape, view.strides))


def _squeezed(members: Ints) -> Ints:
    return members.reshape([n for n in members.shape if n > 1])


def _tabled(member: Ints, slots: Ints, table: Ints) -> Ints:
    """Return the slots of each member along a last axis, over the grid of members in `table`; -1 for a hole."""
    order = np.argsort(member, kind="stable")
    member, slots = member[order], slots[order]
    counts = np.bincount(member, minlength=int(table.max()) + 1 if table.shape else 1)
    within = np.arange(len(member)) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = np.full((len(counts), int(counts.max())), -1, np.int64)
    rows[member, within] = slots
    if not table.shape:
        return np.asarray(rows[0])
    found: Ints = np.where((table < 0)[..., None], -1, rows[table])
    return found
