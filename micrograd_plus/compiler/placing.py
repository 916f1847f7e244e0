"""Where each array of a program stands: in which buffer, so that nothing is allocated while the program runs.

An array takes over the buffer of an input that nothing reads any more, or one that is free again. What is added into a
larger array, or belongs into a buffer that the program is given, is computed there at once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from micrograd_plus.array_ops import ArrayOp, scatter
from micrograd_plus.compiler.affine import view_of
from micrograd_plus.compiler.arrays import ACCUMULATE, ARGUMENT, CONSTANT, COPY, STORED, VIEW, Array, arrays_below
from micrograd_plus.compiler.lowering import COMPARISONS, LOGICAL_NOT, MASKED, SELECT, integers_like
from micrograd_plus.compiler.views import View, whole


@dataclass(eq=False)
class Buffer:
    """Memory under a name: `given` to the program, or its own; `zeros` where it must begin with zeros."""

    name: str
    shape: tuple[int, ...]
    dtype: Any
    given: bool = False
    zeros: bool = False


@dataclass(frozen=True)
class Place:
    """Where an array stands: what `view` shows of `buffer`."""

    buffer: Buffer
    view: View


@dataclass
class Plan:
    """The statements of a program, in order, and the place of each array; numbers have no place."""

    order: list[Array]
    places: dict[Array, Place] = field(default_factory=dict)
    # How each part of an accumulation comes into it: "there" (computed in place), "copy" or "add".
    entries: dict[Array, list[str]] = field(default_factory=dict)
    # What must be copied into a given buffer at the end.
    copies: list[tuple[Array, Buffer]] = field(default_factory=list)


def is_number(array: Array) -> bool:
    """Tell whether a program keeps this array as a plain float."""
    return array.shape == () and array.op not in (STORED, CONSTANT)


def is_computed(array: Array) -> bool:
    """Tell whether a statement computes the array; views and what is given cost nothing, reading one number does."""
    return array.op not in (ARGUMENT, CONSTANT, STORED, VIEW) or (
        array.op is VIEW and array.shape == () and array.base.shape != ()
    )


def placed(numbers: Sequence[Array], destinations: Iterable[tuple[Array, Array]]) -> Plan:
    """Return the plan of a program that gives `numbers` and leaves each destination's array in its stored buffer."""
    return _Planner(numbers, list(destinations)).plan


class _Planner:
    def __init__(self, numbers: Sequence[Array], destinations: list[tuple[Array, Array]]) -> None:
        roots = [*numbers, *(array for array, _ in destinations)]
        arrays = arrays_below([*roots, *(stored for _, stored in destinations)])
        self.plan = Plan([a for a in arrays if is_computed(a)])
        self.readers = Counter(i for a in arrays for i in a.inputs)
        self.readers.update(roots)
        self._find_masks(arrays)
        self.views: dict[Array, list[View]] = {a: [] for a in arrays}
        for array in arrays:
            if array.op is VIEW:
                self.views[array.base].append(array.window)
        self.last_use = self._last_uses(roots)
        self.buffers: dict[Array, Buffer] = {}
        self.forced: dict[Array, Place] = {}
        self.pool: dict[tuple[int, Any], list[Buffer]] = {}
        self.pooled: set[Buffer] = set()
        self._place_given(arrays)
        self._force_destinations(destinations)
        self._force_accumulations()
        self._walk()

    def _last_uses(self, roots: list[Array]) -> dict[Array, float]:
        moment = {a: k for k, a in enumerate(self.plan.order)}
        last: dict[Array, float] = {}
        for array in self.plan.order:
            for i in array.inputs:
                last[i.base] = moment[array]
        last.update((root.base, math.inf) for root in roots)
        self.moment = moment
        return last

    def _find_masks(self, arrays: list[Array]) -> None:
        """Keep comparisons as integers where they only mask, as booleans where it is only asked whether they hold."""
        masks = [a for a in arrays if a.op.ufunc in COMPARISONS and a.shape]
        readers: dict[Array, list[Array]] = {mask: [] for mask in masks}
        for array in arrays:
            for i in array.inputs:
                if i in readers:
                    readers[i].append(array)
        for mask, found in readers.items():
            alone = len(found) == self.readers[mask] and found
            if alone and all(a.op is MASKED and a.inputs[0] is mask for a in found):
                mask.dtype = integers_like(found[0].dtype)
            elif alone and all(
                a.op is LOGICAL_NOT or (a.op.name == "mul" and a.inputs[0] is not a.inputs[1]) for a in found
            ):
                mask.dtype = np.dtype(bool)

    def _place_given(self, arrays: list[Array]) -> None:
        for array in arrays:
            if array.op is STORED:
                self.buffers[array] = Buffer(array.name, array.shape, array.dtype, given=True)
                self.plan.places[array] = Place(self.buffers[array], whole(array.shape))

    def _force_destinations(self, destinations: list[tuple[Array, Array]]) -> None:
        for array, stored in destinations:
            place = self.plan.places[stored]
            if self._may_stand_in(array, stored):
                self.forced[array] = place
            else:
                self.plan.copies.append((array, place.buffer))

    def _may_stand_in(self, array: Array, stored: Array) -> bool:
        if (
            not _has_own_place(array)
            or array in self.forced
            or (array.shape, array.dtype) != (stored.shape, stored.dtype)
        ):
            return False
        last = self.last_use.get(stored, -1)
        if last < self.moment[array]:
            return True
        readings = [i for i in array.inputs if i.base is stored]
        if array.op is SELECT and readings != [array.inputs[1]]:
            return False  # it is written before the mask and the other choice are read
        return last == self.moment[array] and _is_elementwise(array) and all(i is stored for i in readings)

    def _force_accumulations(self) -> None:
        for array in reversed(self.plan.order):
            if array.op is ACCUMULATE and array.shape:
                place = self.forced.get(array)
                if place is None:
                    place = Place(Buffer("", array.shape, array.dtype), whole(array.shape))
                    self.forced[array] = place
                self._force_parts(array, place)

    def _force_parts(self, array: Array, place: Place) -> None:
        first = _first_writers(array)
        if first is None:
            # Some elements of a part get their first number from it, others from another: all are added into zeros.
            self.plan.entries[array] = ["zero"] + ["add"] * len(array.inputs)
            return
        entries = ["copy" if k in first else "add" for k in range(len(array.inputs))]
        for k in first:
            part, view = array.inputs[k], array.views[k]
            if part.dtype == array.dtype and self._may_be_computed_in(part, view, alone=len(first) == len(entries)):
                self.forced[part] = Place(place.buffer, _inside(place.view, view))
                entries[k] = "there"
        place.buffer.zeros |= sum(array.views[k].size for k in first) < array.size
        self.plan.entries[array] = entries

    def _may_be_computed_in(self, part: Array, view: View, *, alone: bool) -> bool:
        """Tell whether a part may stand where it belongs; for other readers only if nothing is added to it there."""
        if not _has_own_place(part) or part in self.forced or part.shape != view.shape:
            return False
        if part.op is ACCUMULATE and not alone and _has_holes(part):
            return False  # what others add where it writes nothing would still be there in the next run
        if self.readers[part] != 1 and not (alone and all(composed(view, v) for v in self.views[part])):
            return False
        return view.is_contiguous or (part.op is not ACCUMULATE and part.op.name != scatter.name)

    def _walk(self) -> None:
        for moment, array in enumerate(self.plan.order):
            if array in self.forced:
                self.plan.places[array] = self.forced[array]
            elif not is_number(array):
                buffer = self._taken_over(array, moment) or self._free(array)
                self.buffers[array] = buffer
                self.plan.places[array] = Place(buffer, whole(array.shape))
            # In order, so that the same graph gives the same text.
            for base in dict.fromkeys(i.base for i in array.inputs):
                self._release(base, moment, array)

    def _taken_over(self, array: Array, moment: int) -> Buffer | None:
        """Return the buffer of an input that this statement is the last to read."""
        if not _is_elementwise(array):
            return None
        for i in array.inputs[1:2] if array.op is SELECT else array.inputs:
            buffer = self.buffers.get(i)
            if buffer is None or buffer not in self.pooled or self.last_use[i] != moment:
                continue
            same = i.shape == array.shape and i.dtype == array.dtype
            if same and all(other is i for other in array.inputs if other.base is i):
                return buffer
        return None

    def _free(self, array: Array) -> Buffer:
        free = self.pool.get((array.size, array.dtype))
        if free:
            return free.pop()
        buffer = Buffer("", array.shape, array.dtype)
        self.pooled.add(buffer)
        return buffer

    def _release(self, base: Array, moment: int, reader: Array) -> None:
        buffer = self.buffers.get(base)
        if buffer in self.pooled and self.last_use[base] == moment and self.buffers.get(reader) is not buffer:
            self.pool.setdefault((base.size, base.dtype), []).append(buffer)
            del self.buffers[base]


def _has_holes(array: Array) -> bool:
    """Tell whether an accumulation leaves elements as they are, at 0, since no part belongs there."""
    first = _first_writers(array)
    return first is not None and sum(array.views[k].size for k in first) < array.size


def _first_writers(array: Array) -> set[int] | None:
    """Return which parts of an accumulation are the first, in all their elements, to write them; None if some are half.

    Small parts come first: a product is then computed where it belongs, and what reaches all elements is added at last.
    Where that leaves elements to which only a large part comes, large parts come first.
    """
    by_size = sorted(range(len(array.inputs)), key=lambda k: array.views[k].size)
    first = _first_in_order(array, by_size)
    return first if first is not None else _first_in_order(array, by_size[::-1])


def _first_in_order(array: Array, order: Sequence[int]) -> set[int] | None:
    covered = np.zeros(max(array.size, 1), bool)
    first = set()
    for k in order:
        shown = array.views[k].on(covered)
        if not shown.any():
            first.add(k)
        elif not shown.all():
            return None
        shown[...] = True
    return first


def _has_own_place(array: Array) -> bool:
    return is_computed(array) and not is_number(array)


def _is_elementwise(array: Array) -> bool:
    return not isinstance(array.op, ArrayOp) and array.op not in (ACCUMULATE, COPY, VIEW)


def _inside(outer: View, inner: View) -> View:
    """Return what `inner` shows of what `outer`, which is contiguous, shows."""
    return View(outer.offset + inner.offset, inner.shape, inner.strides)


def composed(outer: View, inner: View) -> View | None:
    """Return what `inner` shows of an array that stands where `outer` shows, None if no view does."""
    if outer.is_contiguous:
        return _inside(outer, inner)
    reach = outer.offset + sum(max(s, 0) * (n - 1) for n, s in zip(outer.shape, outer.strides, strict=True)) + 1
    return view_of(inner.on(np.ascontiguousarray(outer.on(np.arange(reach))).reshape(-1)))
