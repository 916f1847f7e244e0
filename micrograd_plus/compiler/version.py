"""One graph as functions on kept buffers, for one batch size: what a program runs."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd_plus.compiler.assembly import assembled
from micrograd_plus.compiler.groups import Group
from micrograd_plus.compiler.guards import Seen
from micrograd_plus.compiler.holding import Marks
from micrograd_plus.compiler.inputs import Input
from micrograd_plus.compiler.loading import Module
from micrograd_plus.compiler.source import Source
from micrograd_plus.compiler.update import Update
from micrograd_plus.engine import Node
from micrograd_plus.optim import Optimizer
from micrograd_plus.texts import counted

FUNCTION = "loss_and_gradients"


class Version:
    """The functions of a graph: `run()` for loss and gradients, `update()` for a step of the optimizer after it.

    The first of `roots` is the loss; with guards, of which `seen` is left, the last counts those that are broken.
    All versions of a program share their `marks`.
    """

    def __init__(
        self,
        roots: Sequence[Node],
        groups: Sequence[Group],
        inputs: Sequence[Input],
        optimizer: Optimizer | None,
        batch: int | None,
        seen: Sequence[Seen],
        marks: Marks,
    ) -> None:
        self.assembly = assembled(roots, groups, inputs, batch)
        self.seen = seen
        self.is_broken = False
        self.inputs = inputs
        self.groups = groups
        self.batch = batch
        self.shapes = [(batch, *i.shape) if batch else i.shape for i in inputs]
        self._masks = [(group.held(), group.mask()) for group in groups if group.trained]
        self._marks = marks
        self._marks.add(self._masks)
        self._update = Update(optimizer, groups) if optimizer else None
        self._load()
        for input, buffer in zip(inputs, self.assembly.inputs, strict=True):
            buffer[...] = input.example

    def _load(self) -> None:
        """Write the functions, and use them."""
        names = [*self.assembly.buffers, *(self._update.names() if self._update else ())]
        self._written = source = Source(names)
        source.function_of(FUNCTION, self.assembly.plan, self.assembly.results)
        self.buffers: dict[str, Any] = dict(self.assembly.buffers)
        if self._update:
            self.buffers |= self._update.write(source)
        self.constants = source.constants
        self.functions = source.functions
        shared = self.buffers | source.functions | {"constants": source.constants}
        self._module = Module(source.text(self._title()), shared)
        self._function: Callable[[], float] = self._module.function(FUNCTION)
        if self._update:
            self._update.load(self._module)

    def text(self, head: str = "") -> str:
        """Return the text of the functions with lines before what is computed first."""
        self._require_current()
        return self._written.text(self._title(), head)

    def _require_current(self) -> None:
        """Write the functions anew if the update in use is another one."""
        if self._update and not self._update.is_in(self._module):
            self._load()

    def _title(self) -> str:
        nodes = counted(self.assembly.lifted.counts["nodes"], "node")
        given = ", ".join(f"{name} {_sizes(buffer.shape)}" for name, buffer in self.buffers.items())
        return _wrapped(f"Loss and gradients of a graph of {nodes}, in buffers that are kept.", given)

    @property
    def source(self) -> str:
        """The text of the functions."""
        self._require_current()
        return self._module.text

    def fill(self, values: Sequence[Any]) -> None:
        """Copy inputs into their buffers; TypeError or ValueError for what does not fit."""
        wanted = zip(self.inputs, self.shapes, values, strict=True)
        arrays = [input.accepted(value, shape) for input, shape, value in wanted]
        for buffer, array in zip(self.assembly.inputs, arrays, strict=True):
            np.copyto(buffer, array)

    def compute(self) -> float:
        """Return the loss, and write the gradients into their buffers."""
        try:
            return self._function()
        except (ArithmeticError, ValueError):
            # Python's floats raise where IEEE 754 has an answer.
            return float(self._module.ieee(FUNCTION)())

    def run(self) -> float:
        """Return the loss; the parameters have the gradients then."""
        loss = self.compute()
        self._marks.note(self._masks)
        if self.seen:
            self.is_broken = self.assembly.others[-1] != 0.0
        return loss

    def forget(self) -> None:
        """Leave the parameters without gradients, after a run whose comparisons came out otherwise."""
        self._marks.note([])

    @property
    def others(self) -> list[float]:
        """The numbers that the build returned beside the loss."""
        numbers: list[float] = self.assembly.others.tolist()
        return numbers[:-1] if self.seen else numbers

    def update(self) -> None:
        """Move the parameters along their gradients; RuntimeError if there is no optimizer."""
        if self._update is None:
            raise RuntimeError("there is no optimizer: give compile() one to take steps")
        for store, mask in self._masks:
            if store.computed is not mask and not store.computed[mask].all():
                # A gradient was taken away, or never computed.
                self._update.of_gradients()
                return
        self._update()


def _sizes(shape: tuple[int, ...]) -> str:
    return f"({shape[0]})" if len(shape) == 1 else str(shape)


def _wrapped(title: str, given: str) -> str:
    lines = textwrap.wrap(f"Given: {given}.", 120) if given else []
    return "\n".join([title, "", *lines, ""]) if lines else title
