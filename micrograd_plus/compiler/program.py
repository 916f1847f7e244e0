"""`Program`: a graph that became NumPy calls in kept buffers, for one set of inputs after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.compiler.assembly import FORWARD_BACKWARD, Assembly, assembled
from micrograd_plus.compiler.groups import Group
from micrograd_plus.compiler.inputs import Input
from micrograd_plus.compiler.loading import Module
from micrograd_plus.compiler.update import Update
from micrograd_plus.compiler.source import Source
from micrograd_plus.engine import Node
from micrograd_plus.optim import Optimizer


class Program:
    """What `compile` returns: call it with the inputs for the loss; the gradients then stand in the parameters.
    """

    def __init__(self, root: Node, groups: Sequence[Group], inputs: Sequence[Input], optimizer: Optimizer | None) -> None:
        self._inputs = inputs
        self._optimizer = optimizer
        self._assembly = assembled(root, groups, inputs, None)
        self._update = Update(optimizer, groups) if optimizer else None
        source = Source()
        source.function_of(FORWARD_BACKWARD, self._assembly.plan, self._assembly.results)
        shared = dict(self._assembly.buffers)
        if self._update:
            shared |= self._update.write(source)
        shared |= source.functions | {"constants": source.constants}
        self._module = Module(source.text("Text."), shared)
        self._function = self._module.function(FORWARD_BACKWARD)
        if self._update:
            self._update.load(self._module)
        self._masks = [(group.held(), group.mask()) for group in groups if group.trained]
        for input, buffer in zip(inputs, self._assembly.inputs, strict=True):
            np.copyto(buffer, input.example)

    @property
    def source(self) -> str:
        """The text of the program."""
        return self._module.text

    def __call__(self, *inputs: Any) -> float:
        """Return the loss of these inputs, of those given last if none are; gradients stand in the parameters then."""
        if inputs:
            self._fill(inputs)
        with np.errstate(all="ignore"):
            return self._run()

    def step(self, *inputs: Any) -> float:
        if inputs:
            self._fill(inputs)
        with np.errstate(all="ignore"):
            loss = self._run()
            self._update()
        return loss

    def _fill(self, inputs: tuple[Any, ...]) -> None:
        for buffer, input, value in zip(self._assembly.inputs, self._inputs, inputs, strict=True):
            np.copyto(buffer, input.accepted(value, buffer.shape))

    def _run(self) -> float:
        try:
            loss: float = self._function()
        except (ArithmeticError, ValueError):
            # Python's floats raise where IEEE 754 has an answer.
            loss = float(self._module.ieee(FORWARD_BACKWARD)())
        for store, mask in self._masks:
            store.computed = mask
        return loss
