"""One step of training on a batch: eagerly, or as a compiled program for each size of batch."""

from __future__ import annotations

import math
from copy import copy
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from micrograd_plus import losses
from micrograd_plus.compiler.compilation import compile as compiled
from micrograd_plus.compiler.program import Program
from micrograd_plus.evaluation import Loss, batch_loss, is_of_values, outputs_of, scores, targets_for
from micrograd_plus.nn import Module
from micrograd_plus.optim import Optimizer

Array = NDArray[Any]

BACKENDS = ("eager", "compiled")

# Means over samples: the loss of a batch is the mean of the losses of its rows.
_MEANS = (losses.mse, losses.hinge, losses.binary_cross_entropy_with_logits, losses.cross_entropy)


class Step(Protocol):
    """Moves the parameters of an optimizer by one batch at a time; all or, if interrupted, none."""

    def __call__(self, X: Array, y: Array) -> tuple[float, Array]:
        """Return loss and outputs from before the step, which is not taken where the loss is not finite."""

    def before(self) -> list[Any]:
        """Return the data that each parameter had before the last step."""


class EagerStep:
    """Forward, backward and update on the graph of each batch."""

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self._before: list[Any] = []

    def __call__(self, X: Array, y: Array) -> tuple[float, Array]:
        value, outputs = batch_loss(self.model, X, y, loss=self.loss)
        if math.isfinite(float(value)):
            self.optimizer.zero_grad()
            value.backward()
            self._move()
        return float(value), outputs

    def before(self) -> list[Any]:
        return self._before

    def _move(self) -> None:
        # Copies, as the arrays may be views of what a step changes.
        self._before = [copy(parameter.data) for parameter in self.optimizer.params]
        try:
            self.optimizer.step()
        except KeyboardInterrupt:
            _set_data(self.optimizer, self._before)
            raise


def _set_data(optimizer: Optimizer, data: list[Any]) -> None:
    for parameter, former in zip(optimizer.params, data, strict=True):
        parameter.data = former
