"""The update of a program: its functions, made anew whenever settings of the optimizer or the state's layout change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.compiler.groups import Group
from micrograd_plus.compiler.loading import Module
from micrograd_plus.compiler.pieces import Piece, pieces_of
from micrograd_plus.compiler.shared_state import shared_state
from micrograd_plus.compiler.source import Source
from micrograd_plus.compiler.update_text import Writer, state_buffers
from micrograd_plus.optim import Optimizer


class Update:
    """Moves the parameters that a program computes gradients of, as `optimizer.step()` does."""

    def __init__(self, optimizer: Optimizer, groups: Sequence[Group]) -> None:
        self._optimizer = optimizer
        self._groups = [group for group in groups if group.trained]
        self._stores = [group.held() for group in self._groups]
        self._dtype = self._stores[0].data.dtype
        if any(store.data.dtype != self._dtype for store in self._stores):
            raise ValueError("wanted parameters of one dtype for an optimizer of a program")
        self._shared = shared_state(optimizer)
        self._shared.join({leaf for group in self._groups for leaf in group.trained})
        self._settings = optimizer.settings()
        self._version = -1
        self._module: Module | None = None
        self._function: Any = _nothing
        self._kept: list[tuple[NDArray[Any], NDArray[Any]]] = []  # where buffers are copied before they are written

    def names(self) -> list[str]:
        """Return the names of the buffers of states."""
        return state_buffers(self._optimizer)

    def write(self, source: Source) -> dict[str, Any]:
        """Add the functions to a text; return the buffers that they need besides the parameters'."""
        self._shared.refresh()
        self._settings, self._version = self._settings_now(), self._shared.version
        slots = dict(zip(state_buffers(self._optimizer), self._shared.slots, strict=True))
        numbers = self._shared.numbers
        sizes = [slot.size for slot, is_number in zip(slots.values(), numbers, strict=True) if is_number]
        states, cohorts = len(self._shared.cohorts), sizes[0] if sizes else 1
        writer = Writer(self._optimizer, source, self._dtype, numbers, states, cohorts)
        writer.write([piece for group in self._groups for piece in self._pieces(group)])
        return slots

    def load(self, module: Module) -> None:
        """Use the functions of a text."""
        self._module = module
        self._function = module.function("update")
        self._kept = [(np.empty_like(buffer), buffer) for buffer in self._written()]

    def _written(self) -> list[NDArray[Any]]:
        """Return the buffers that the functions write into: those of states only if the text speaks of them."""
        spoken_of = self._function.__code__.co_names
        states = zip(self.names(), self._shared.slots, strict=True)
        return [store.data for store in self._stores] + [slot for name, slot in states if name in spoken_of]

    def is_in(self, module: Module) -> bool:
        """Tell whether the functions in use are those of this text."""
        return self.is_current() and self._module is module

    def is_current(self) -> bool:
        """Tell whether the functions are those that the optimizer and the state want, up to the learning rate.

        The state is in the buffers then, also after steps of the optimizer itself.
        """
        if not self._shared.is_current():
            self._shared.adopt()
        return self._version == self._shared.version and self._settings == self._settings_now()

    def _settings_now(self) -> list[dict[str, Any]]:
        settings = self._optimizer.settings()
        if len(settings) != len(self._settings):
            raise RuntimeError("the optimizer got another parameter group after the program was made: compile anew")
        return settings

    def __call__(self) -> None:
        """Move the parameters: all, or none where it is interrupted."""
        if not self.is_current():
            self._renew()
        for former, buffer in self._kept:
            former[...] = buffer
        try:
            self._function(*[settings["lr"] for settings in self._settings])
            for store in self._stores:
                store.changed()
        except BaseException:
            for former, buffer in self._kept:
                buffer[...] = former
            for store in self._stores:
                store.changed()
            raise

    def of_gradients(self) -> None:
        """Move those of the parameters that have a gradient."""
        self._optimizer._step_of({leaf for group in self._groups for leaf in group.trained})

    def _renew(self) -> None:
        settings = self._settings_now()
        known = [old | {"lr": new["lr"]} for old, new in zip(self._settings, settings, strict=True)]
        if self._version == self._shared.version and known == settings:
            self._settings = settings
            return
        buffers = self.buffers()
        source = Source([*buffers, *self.names()])
        shared = self.write(source) | buffers
        shared |= source.functions | {"constants": source.constants}
        self.load(Module(source.text("An update."), shared))

    def buffers(self) -> dict[str, Any]:
        """Return the buffers of parameters and gradients."""
        pairs = zip(self._groups, self._stores, strict=True)
        return {name: array for g, s in pairs for name, array in ((g.leaves.name, s.data), (g.gradient_name, s.grad))}

    def _pieces(self, group: Group) -> list[Piece]:
        store = group.held()
        start = self._shared.start(store)
        sizes = [int(np.prod(shape or ())) for shape in store.shapes]
        moved: NDArray[np.bool_] = np.repeat(group.mask(), sizes)
        elements = slice(start, start + store.size)
        cohorts, groups = self._shared.cohorts[elements], self._shared.groups[elements]
        name, gradient_name = group.leaves.name, group.gradient_name
        pieces: list[Piece] = []
        for number in np.unique(groups[moved]).tolist():
            found = pieces_of(name, gradient_name, start, cohorts, moved & (groups == number))
            pieces += [replace(piece, group=number) for piece in found]
        return pieces


def _nothing(*lr: float) -> None:
    raise AssertionError("no functions were loaded")
