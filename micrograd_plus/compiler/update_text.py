"""An optimizer's rule as functions of a program, which move flat buffers of parameters along those of gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.array_ops import index
from micrograd_plus.compiler.arrays import Array, Builder
from micrograd_plus.compiler.lowering import SELECT, lowered
from micrograd_plus.compiler.pieces import LARGE, Piece, block_size
from micrograd_plus.compiler.placing import placed
from micrograd_plus.compiler.source import Source
from micrograd_plus.compiler.views import View
from micrograd_plus.ops import Op
from micrograd_plus.optim import Optimizer
from micrograd_plus.texts import printable

Numbers = NDArray[Any]


def numbers_of(optimizer: Optimizer) -> tuple[bool, ...]:
    """Tell which states stand as one number for all elements: those that are, such as a count of steps, and idle ones.

    Idle is what no group's rule changes, as long as it still is one number, as a velocity without a momentum. TypeError
    if the rule cannot be run on arrays of a program, or gives a number for what is none.
    """
    declared = [name in optimizer.numbers for name in optimizer.state_names]
    changed = [_changed(optimizer, settings, declared) for settings in optimizer.settings()]
    idle = [not any(column) for column in zip(*changed, strict=True)]
    states = optimizer.state() if any(idle) else []
    return tuple(
        is_number or (is_idle and _is_one_number([kept[k] for kept in states]))
        for k, (is_number, is_idle) in enumerate(zip(declared, idle, strict=True))
    )


def _changed(optimizer: Optimizer, settings: dict[str, Any], numbers: Sequence[bool]) -> list[bool]:
    """Return which states the rule changes, after a look at what it makes of arrays."""
    kind = type(optimizer).__name__
    builder = Builder()
    data, grad = (builder.stored(name, (2,), np.float64) for name in ("data", "grad"))
    states = [
        builder.argument(name) if is_number else builder.stored(name, (2,), np.float64)
        for name, is_number in zip(optimizer.state_names, numbers, strict=True)
    ]
    try:
        _, *new = type(optimizer).rule(data, grad, *states, **settings)
    except TypeError as error:
        raise TypeError(f"the rule of {kind} does not run on arrays of a program: {printable(str(error))}") from error
    for name, before, after in zip(optimizer.state_names, states, new, strict=True):
        if (shape := _array(builder, after).shape) != before.shape:
            given, wanted = ("a number", "not in") if shape == () else ("an array", "in")
            raise TypeError(f"the rule of {kind} gives {given} for {name!r}, which is {wanted} {kind}.numbers")
    builder.finish()
    return [after is not before for before, after in zip(states, new, strict=True)]


def _is_one_number(entries: Sequence[Any]) -> bool:
    return all(np.ndim(entry) == 0 and entry == entries[0] for entry in entries)


def state_buffers(optimizer: Optimizer) -> list[str]:
    """Return the names of the buffers of the rule's states."""
    return [f"state_{name}" for name in optimizer.state_names]


def rate_names(optimizer: Optimizer) -> list[str]:
    """Return what the learning rates of the parameter groups are called in the text: `lr`, or `lr1`, `lr2`, ..."""
    count = len(optimizer.param_groups)
    return [f"lr{k}" for k in range(1, count + 1)] if count > 1 else ["lr"]


def _array(builder: Builder, x: Any) -> Array:
    return x if isinstance(x, Array) else builder.constant(x)


class Writer:
    """Writes functions that move pieces by the rule of an optimizer, with the settings of their groups as they are.

    `numbers` tells which states are numbers; those have `cohorts` elements, the others `states`.
    """

    def __init__(
        self, optimizer: Optimizer, source: Source, dtype: Any, numbers: Sequence[bool], states: int, cohorts: int
    ) -> None:
        self._rule = type(optimizer).rule
        self._settings = optimizer.settings()
        self._rates = rate_names(optimizer)
        self._numbers = numbers
        self._names = state_buffers(optimizer)
        self._source = source
        self._dtype = dtype
        self._states = states
        self._cohorts = cohorts

    def write(self, pieces: Sequence[Piece]) -> None:
        """Add a function `update(lr)`, or `update(lr1, lr2, ...)` of parameter groups, that moves all pieces."""
        calls = []
        is_divided = len(pieces) != 1 or len(self._rates) > 1
        awaited: frozenset[int] = frozenset()
        for piece in reversed(pieces):
            piece.awaited = awaited
            awaited |= piece.present
        for k, piece in enumerate(pieces, 1):
            name = f"update{k}" if is_divided else "update"
            (self._in_blocks if piece.stop - piece.start > LARGE else self._at_once)(name, piece)
            calls.append(f"    {name}({self._rates[piece.group]})")
        if is_divided:
            self._source.add_function("\n".join([f"def update({', '.join(self._rates)}):", *(calls or ["    pass"])]))

    def _at_once(self, name: str, piece: Piece) -> None:
        builder = _CohortBuilder(piece.cohorts)
        done = np.array(sorted(piece.present - piece.awaited), np.int64)
        data, grad, *slots = [builder.stored(n, (size,), t) for n, size, t in self._buffers(piece)]
        states = [
            builder.of_elements(slot) if is_number else slot
            for slot, is_number in zip(slots, self._numbers, strict=True)
        ]
        lr = builder.argument("lr", self._dtype)
        new_data, *after = self._after(piece, builder, [data, grad, *states], lr)
        destinations = [(_merged(piece.moved, data, new_data), data)]
        for new, before, slot, is_number in zip(after, states, slots, self._numbers, strict=True):
            if new is before:
                continue
            if is_number and len(done):
                destinations.append((builder.of_cohorts(new, slot, done), slot))
            elif not is_number:
                destinations.append((_merged(piece.moved, slot, new), slot))
        self._add(name, [], destinations, [("lr", lr)])

    def _in_blocks(self, name: str, piece: Piece) -> None:
        """Write a function for one block, and one that calls it for each."""
        buffers = [self._named(*stretch) for stretch in self._stretches(piece)]
        kinds = (False, False, *self._numbers)
        arrays = [buffer for buffer, is_number in zip(buffers, kinds, strict=True) if not is_number]
        counts = [buffer for buffer, is_number in zip(buffers, kinds, strict=True) if is_number]
        size = piece.stop - piece.start
        block = block_size(size)
        whole = size - size % block
        after = "".join(f"{count}_after, " for count in counts).removesuffix(", ")
        numbers = "".join(f", {count}_before" for count in counts)
        assigned = f"{after} = " if after else ""
        slices = ", ".join(f"{array}[k : k + {block}]" for array in arrays)
        self._source.add_line(f"{name}_blocks = [({slices}) for k in range(0, {whole}, {block})]")
        self._one_block(piece, f"{name}_block", "block", arrays, block)
        lines = [f"    {count}_before = float({count}[0])" for count in counts]
        lines += [f"    for block in {name}_blocks:", f"        {assigned}{name}_block(*block, lr{numbers})"]
        if whole < size:
            self._source.add_line(f"{name}_last = {', '.join(f'{array}[{whole}:]' for array in arrays)}")
            self._one_block(piece, f"{name}_rest", "rest", arrays, size - whole)
            lines.append(f"    {assigned}{name}_rest(*{name}_last, lr{numbers})")
        if not piece.awaited & piece.present:
            lines += [f"    {count}[0] = {count}_after" for count in counts]
        self._source.add_function("\n".join([f"def {name}(lr):", *lines]))

    def _one_block(self, piece: Piece, name: str, suffix: str, buffers: Sequence[str], size: int) -> None:
        builder = Builder()
        arrays = iter([builder.stored(f"{buffer}_{suffix}", (size,), self._dtype) for buffer in buffers])
        data, grad = next(arrays), next(arrays)
        states = [
            builder.argument(f"{state}_{suffix}", self._dtype) if is_number else next(arrays)
            for state, is_number in zip(self._names, self._numbers, strict=True)
        ]
        lr = builder.argument("lr", self._dtype)
        new_data, *after = self._after(piece, builder, [data, grad, *states], lr)
        moves = list(zip(after, states, self._numbers, strict=True))
        destinations = [
            (new_data, data),
            *((new, old) for new, old, is_number in moves if not (is_number or new is old)),
        ]
        arguments = [data, grad, *(old for _, old, is_number in moves if not is_number), lr]
        arguments += [old for _, old, is_number in moves if is_number]
        results = [new for new, _, is_number in moves if is_number]
        self._add(name, results, destinations, [(array.name, array) for array in arguments])

    def _after(self, piece: Piece, builder: Builder, before: Sequence[Array], lr: Array) -> list[Array]:
        settings = self._settings[piece.group] | {"lr": lr}
        return [_array(builder, x) for x in self._rule(*before, **settings)]

    def _add(
        self,
        name: str,
        results: Sequence[Array],
        destinations: Sequence[tuple[Array, Array]],
        arguments: Sequence[tuple[str, Array]],
    ) -> None:
        given = [a for _, a in arguments]
        flat = iter(lowered([*results, *(a for pair in destinations for a in pair), *given]))
        results = [next(flat) for _ in results]
        plan = placed(results, [(next(flat), next(flat)) for _ in destinations])
        self._source.function_of(name, plan, results, [(text, next(flat)) for text, _ in arguments])

    def _stretches(self, piece: Piece) -> Iterator[tuple[str, int, int, int]]:
        """Yield for data, gradients and each state the buffer, its size, and where the piece begins and ends in it."""
        yield piece.name, piece.size, piece.start, piece.stop
        yield piece.gradient_name, piece.size, piece.start, piece.stop
        for state, is_number in zip(self._names, self._numbers, strict=True):
            if not is_number:
                yield state, self._states, piece.offset + piece.start, piece.offset + piece.stop
            elif isinstance(piece.cohorts, int):
                yield state, self._cohorts, piece.cohorts, piece.cohorts + 1
            else:
                yield state, self._cohorts, 0, self._cohorts

    def _named(self, name: str, size: int, start: int, stop: int) -> str:
        return name if (start, stop) == (0, size) else self._source.part(name, start, stop)

    def _buffers(self, piece: Piece) -> Iterator[tuple[str, int, Any]]:
        """Yield name, size and type of the piece of data, gradients and each state."""
        for stretch, is_number in zip(self._stretches(piece), (False, False, *self._numbers), strict=True):
            yield self._named(*stretch), stretch[3] - stretch[2], np.float64 if is_number else self._dtype


class _CohortBuilder(Builder):
    """Computes what is the same for all elements of a cohort once for each cohort."""

    def __init__(self, cohorts: int | NDArray[np.int64]) -> None:
        super().__init__()
        self._cohorts = cohorts
        self._small: dict[Array, Array] = {}

    def finish(self) -> None:
        super().finish()
        self._small.clear()

    def of_elements(self, small: Array) -> Array:
        """Return each element's number of the numbers of cohorts, one number if there is one cohort."""
        if isinstance(self._cohorts, int):
            return small[0]
        array: Array = index(small, key=self._cohorts)
        self._small[array] = small
        return array

    def of_cohorts(self, array: Array, slot: Array, done: NDArray[np.int64]) -> Array:
        """Return the new numbers of the cohorts `done`, the old ones of the others."""
        if isinstance(self._cohorts, int):
            return self.accumulated((1,), slot.dtype, [(View(0, (), ()), array)])
        occur = np.isin(np.arange(slot.size), done)
        return _merged(None if occur.all() else occur, slot, self._small.get(array, array))

    def _computed(self, op: Op, arrays: tuple[Array, ...]) -> Array:
        small = self._small
        if any(a in small for a in arrays) and all(a in small or a.shape == () for a in arrays):
            return self.of_elements(self.apply(op, [small.get(a, a) for a in arrays]))
        return super()._computed(op, arrays)


def _merged(moved: NDArray[np.bool_] | None, before: Array, after: Array) -> Array:
    return after if moved is None else before.builder.apply(SELECT, (moved, before, after))
