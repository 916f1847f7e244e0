"""Which parameters an optimizer moves in which programs, and its state, which the programs share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.compiler.holding import Store, place_of, store_of
from micrograd_plus.compiler.optimizer_state import FlatState, Place
from micrograd_plus.compiler.update_text import numbers_of
from micrograd_plus.optim import Optimizer

Numbers = NDArray[Any]


class SharedState:
    """The state of an optimizer in flat buffers over the stores that hold its parameters, one after the other.

    `cohorts` numbers the elements by parameters of one group that have always moved together, which have one number of
    steps; `groups` has the parameter group of each element.
    `version` grows when the buffers are laid out anew.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.version = 0
        self.slots: list[Numbers] = []
        self.numbers = numbers_of(optimizer)
        self.cohorts: NDArray[np.int64] = np.empty(0, np.int64)
        self.groups: NDArray[np.int64] = np.empty(0, np.int64)
        self._optimizer = optimizer
        self._programs: list[frozenset[int]] = []  # the parameters that each moves, by index
        self._starts: dict[Store, int] = {}
        self._layout: Any = None
        self._flat: FlatState | None = None

    def join(self, moved: Collection[Any]) -> None:
        """Make room for a program that moves these parameters, which stores hold by now."""
        indices = frozenset(k for k, parameter in enumerate(self._optimizer.params) if parameter in moved)
        if indices not in self._programs:
            self._programs.append(indices)
        self.adopt()

    def is_current(self) -> bool:
        """Tell whether the optimizer's state is what stands in the buffers."""
        return self._flat is not None and self._flat.is_current()

    def refresh(self) -> None:
        """Lay the buffers out anew if the optimizer's settings want other states in them."""
        if numbers_of(self._optimizer) != self.numbers:
            self.adopt()

    def adopt(self) -> None:
        """Take the optimizer's state over into the buffers, laid out anew if they do not fit it."""
        self.numbers = numbers_of(self._optimizer)
        places, starts, size, dtype = self._places()
        cohorts = self._cohorts_of(places)
        layout = (places, cohorts, self.numbers)
        if layout != self._layout or self._flat is None:
            self._layout, self._starts = layout, starts
            self._flat = FlatState(self._optimizer, places, size, dtype, self.numbers, cohorts)
            self.slots = self._flat.slots
            self.cohorts, self.groups = np.zeros(size, np.int64), np.zeros(size, np.int64)
            groups = self._optimizer.group_numbers()
            for (k, start, shape), cohort in zip(places, cohorts, strict=True):
                elements = slice(start, start + int(np.prod(shape or ())))
                self.cohorts[elements], self.groups[elements] = cohort, groups[k]
            self.version += 1
        self._flat.adopt()

    def start(self, store: Store) -> int:
        """Return where the elements of a store begin."""
        return self._starts[store]

    def _places(self) -> tuple[list[Place], dict[Store, int], int, Any]:
        places: list[Place] = []
        starts: dict[Store, int] = {}
        size = 0
        for k, parameter in enumerate(self._optimizer.params):
            if store_of(parameter):
                store, at = place_of(parameter)
                if store not in starts:
                    starts[store] = size
                    size += store.size
                places.append((k, starts[store] + store.offsets[at], store.shapes[at]))
        dtypes = [store.data.dtype for store in starts]
        return places, starts, size, np.result_type(*dtypes or [np.dtype(float)])

    def _cohorts_of(self, places: list[Place]) -> list[int]:
        states = list(map(list, self._optimizer._states))
        groups = self._optimizer.group_numbers()
        known: dict[Any, int] = {}
        cohorts = []
        for k, _, _ in places:
            numbers = [float(np.ravel(n)[0]) for n, is_number in zip(states[k], self.numbers, strict=True) if is_number]
            key = (groups[k], *(k in moved for moved in self._programs), *numbers)
            cohorts.append(known.setdefault(key, len(known)))
        return cohorts


_known: WeakValueDictionary[int, SharedState] = WeakValueDictionary()


def shared_state(optimizer: Optimizer) -> SharedState:
    """Return the state that all programs with this optimizer share."""
    found = _known.get(id(optimizer))
    if found is None:
        found = _known[id(optimizer)] = SharedState(optimizer)
    return found
