"""Elementwise operations on arrays of classes: the order of the members in which what they read is affine."""

from __future__ import annotations

import math
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.compiler.affine import grid_of, view_of
from micrograd_plus.compiler.classes import Class
from micrograd_plus.compiler.operands import Operands, named
from micrograd_plus.engine import CONSTANT, contribution
from micrograd_plus.ops import TABLE, Op

Ints = NDArray[np.int64]

# From small to what exp and cosh cannot bear, and where quotients and logarithms end.
_POINTS = (-1000.0, -1.0, 0.0, 1.0, 1000.0)


@cache
def _filler_of(op: Op) -> float | None:
    """Return what must stand in the holes of inputs lest they make inf and nan, None if whatever stands there may.

    Holes of an exponential become zeros: those of attention then need no mask of their own.
    """
    if op is TABLE["exp"]:
        return -math.inf
    return None if all(_is_finite_at(op, inputs) for inputs in product(_POINTS, repeat=op.arity)) else 1.0


def _is_finite_at(op: Op, inputs: tuple[float, ...]) -> bool:
    """Tell whether value and slopes are numbers there; a slope of 0 or 1 of what selects always is."""
    out = op(*inputs)
    slopes = [contribution(op, k, 1.0, out, inputs)[0] for k in range(op.arity)]
    return all(map(math.isfinite, (out, *slopes)))


class ElementwiseLifter:
    """Makes the arrays of classes that an operation of the table computes; `formula` writes the last one."""

    def __init__(self, given: Operands) -> None:
        self.given = given
        self.formula = ""

    def add(self, k: int, made: Class) -> None:
        """Make the array of class `k`."""
        assert made.op is not None
        lead = self._leading(made) if len(made.members) > 1 else None
        grid: tuple[int, ...] = ()
        if len(made.members) == 1:
            table, members = made.inputs, made.members
        elif lead is not None and self.given.placed[made.reads[lead]].real is not None:
            table, members, grid = self._like(made, lead)
        else:
            order = self._member_order(made, lead)
            table, members = made.inputs[order], made.members[order]
            grid = self._grid(made, table, lead)
        operands = [
            self.given.operand(read, table[:, j].reshape(grid), zeros=False) for j, read in enumerate(made.reads)
        ]
        self.formula = made.op.python.format(*map(named, operands), **made.op.shown_parameters())
        holes_are_zero = True
        if (members < 0).any() and lead is not None:
            filler = _filler_of(made.op)
            if filler is not None:
                mask = (members >= 0).reshape(grid).astype(float)
                operands = [x if x.value is not None else TABLE["where"](mask, x, filler) for x in operands]
            holes_are_zero = self._holes_after(made, table, lead)
        self.given.settle(k, members, made.op(*operands), grid, made.reads, holes_are_zero)

    def _like(self, made: Class, lead: int) -> tuple[Ints, Ints, tuple[int, ...]]:
        """Return slots, members and grid that stand, holes and all, as those of the leading input do."""
        grid = self.given.placed[made.reads[lead]].grid
        at = self.given.position[made.inputs[:, lead]]
        table = np.full((math.prod(grid), made.inputs.shape[1]), -1, np.int64)
        table[at] = made.inputs
        members = np.full(math.prod(grid), -1, np.int64)
        members[at] = made.members
        return table, members, grid

    def _leading(self, made: Class) -> int | None:
        """Return an input whose positions tell the members apart."""
        for j, read in enumerate(made.reads):
            if self.given.classes[read].op is CONSTANT or self.given.is_free(read, made.inputs[:, j]):
                continue
            if len(np.unique(self.given.position[made.inputs[:, j]])) == len(made.members):
                return j
        return None

    def _member_order(self, made: Class, lead: int | None) -> Ints:
        if lead is not None:
            return np.argsort(self.given.position[made.inputs[:, lead]])
        keys = [
            self.given.position[made.inputs[:, j]]
            for j, read in enumerate(made.reads)
            if self.given.classes[read].op is not CONSTANT and not self.given.is_free(read, made.inputs[:, j])
        ]
        return np.lexsort((np.arange(len(made.members)), *reversed(keys)))

    def _grid(self, made: Class, slots: Ints, lead: int | None) -> tuple[int, ...]:
        """Return the sizes of axes over which as many inputs as possible are affine."""
        n = len(slots)
        rows = [
            np.arange(n) if self.given.is_free(read, slots[:, j]) else self.given.position[slots[:, j]]
            for j, read in enumerate(made.reads)
            if self.given.classes[read].op is not CONSTANT
        ]
        if lead is not None:
            grid = self.given.placed[made.reads[lead]].grid
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
        if made.op is TABLE["exp"]:
            return True
        home = self.given.placed[made.reads[lead]]
        if not home.zero_holes or home.real is None or np.count_nonzero(home.real) != len(made.members):
            return False
        if made.op.name == "mul":
            return True
        if _filler_of(made.op) is not None or any(
            self.given.classes[r].op is not CONSTANT for j, r in enumerate(made.reads) if j != lead
        ):
            return False
        inputs = [0.0 if j == lead else self.given.filler(table[:, j]) for j in range(len(made.reads))]
        return bool(made.op(*inputs) == 0.0)
