"""The state of an optimizer in flat buffers: a program changes it, and it stays the optimizer's own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from micrograd_plus.optim import Optimizer

Array = NDArray[Any]
Place = tuple[int, int, tuple[int, ...] | None]


class HeldState:
    """What the rule keeps of one parameter, read from flat buffers: numbers, or arrays of their own."""

    __slots__ = ("_cohort", "_numbers", "_offset", "_shape", "_slots")

    def __init__(self, state: FlatState, cohort: int, offset: int, shape: tuple[int, ...] | None) -> None:
        self._slots = state.slots
        self._numbers = state.numbers
        self._cohort = cohort
        self._offset = offset
        self._shape = shape

    def __iter__(self) -> Iterator[Any]:
        for slot, is_number in zip(self._slots, self._numbers, strict=True):
            if is_number:
                yield slot.item(self._cohort)
            elif self._shape is None:
                yield slot.item(self._offset)
            else:
                yield _part(slot, self._offset, self._shape).copy()

    def __reduce__(self) -> Any:
        return list, (list(self),)  # a copy leads a life of its own


class FlatState:
    """The state of an optimizer in buffers of `size` elements, one for each number that its rule keeps: the slots.

    `places` says for each parameter that the buffers serve which one it is in `optimizer.params`, where its elements
    begin, and its shape, None for a Value. `numbers` tells which slots are one number for all elements, such as Adam's
    number of steps: one for each cohort, of parameters that have always moved together. `cohorts` has the cohort of
    each parameter; all are one if it is left out. Nothing is taken from the optimizer before `adopt()`.

    >>> from micrograd_plus.optim import SGD
    >>> from micrograd_plus.value import Value
    >>> optimizer = SGD([Value(1.0), Value(2.0)], lr=0.1, momentum=0.9)
    >>> state = FlatState(optimizer, [(0, 0, None), (1, 1, None)], 2, float, (False, True))
    >>> state.adopt()
    >>> state.slots[0][:] = 3.0, 4.0
    >>> optimizer.state()
    [[3.0, 0.0], [4.0, 0.0]]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        places: Sequence[Place],
        size: int,
        dtype: DTypeLike,
        numbers: tuple[bool, ...],
        cohorts: Sequence[int] | None = None,
    ) -> None:
        if len(numbers) != (size_of_state := len(optimizer.state_names)):
            raise ValueError(f"the rule keeps {size_of_state} number(s) of each parameter, got {len(numbers)}")
        self.numbers = numbers
        self.cohorts = list(cohorts) if cohorts is not None else [0] * len(places)
        count = max(self.cohorts, default=0) + 1
        self.slots: list[Array] = [np.zeros(count) if is_number else np.zeros(size, dtype) for is_number in numbers]
        self._optimizer = optimizer
        self._places = list(places)
        self._adopted: list[Any] | None = None

    def adopt(self) -> None:
        """Copy the optimizer's state into the slots, from which the optimizer reads it from now on.

        ValueError, and nothing has happened, if parameters of one cohort differ in a number: one of them missed steps.
        """
        states: list[Any] = list(self._optimizer._states)
        kept = [list(states[k]) for k, _, _ in self._places]
        of_cohorts = [self._common(column) if is_number else None for is_number, column in self._columns(kept)]
        for slot, common in zip(self.slots, of_cohorts, strict=True):
            if common is not None:
                slot[list(common)] = list(common.values())
        for (k, offset, shape), cohort, entries in zip(self._places, self.cohorts, kept, strict=True):
            for slot, is_number, entry in zip(self.slots, self.numbers, entries, strict=True):
                if not is_number:
                    _part(slot, offset, shape or ())[...] = entry
            states[k] = HeldState(self, cohort, offset, shape)
        self._optimizer._states = self._adopted = states

    def is_current(self) -> bool:
        """Tell whether the optimizer's state is still what the slots hold: not after its `step()` or `set_state()`."""
        return self._optimizer._states is self._adopted

    def _columns(self, kept: list[list[Any]]) -> Iterator[tuple[bool, list[Any]]]:
        return zip(self.numbers, map(list, zip(*kept, strict=True)), strict=True)

    def _common(self, entries: Sequence[Any]) -> dict[int, float]:
        """Return the one number that all parameters of a cohort have, of each cohort."""
        found: dict[int, float] = {}
        for cohort, entry in zip(self.cohorts, entries, strict=True):
            for number in np.ravel(entry).tolist():
                if found.setdefault(cohort, number) != number:
                    raise ValueError("the parameters' states differ in a number that they share: some missed steps")
        return found


def _part(slot: Array, offset: int, shape: tuple[int, ...]) -> Array:
    return slot[offset : offset + math.prod(shape)].reshape(shape)
