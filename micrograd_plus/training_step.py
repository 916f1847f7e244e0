"""One step of training on a batch: eagerly, or as a compiled program for each size of batch."""

from __future__ import annotations

import math
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus import losses
from micrograd_plus.compiler.holding import Store, place_of
from micrograd_plus.evaluation import Loss, batch_loss, is_of_values, one_hot, outputs_of, scores, targets_for
from micrograd_plus.nn import Module
from micrograd_plus.optim import Optimizer
from micrograd_plus.suggestions import did_you_mean

if TYPE_CHECKING:
    from micrograd_plus.compiler.program import Program

Array = NDArray[Any]

# Means over samples: the loss of a batch is the mean of the losses of its rows.
_MEANS = (losses.mse, losses.hinge, losses.binary_cross_entropy_with_logits, losses.cross_entropy)


class Step:
    """Moves the parameters of an optimizer by one batch at a time; all or, if interrupted, none. Abstract."""

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer

    def __call__(self, X: Array, y: Array) -> tuple[float, Array]:
        """Return loss and outputs from before the step, which is not taken where the loss is not finite."""
        raise NotImplementedError

    def before(self) -> list[Any]:
        """Return the data that each parameter had before the last step."""
        raise NotImplementedError


class EagerStep(Step):
    """Forward, backward and update on the graph of each batch."""

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer) -> None:
        super().__init__(model, loss, optimizer)
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


class CompiledStep(Step):
    """A program for each size of batch, made when the first batch of that size comes.

    A loss of your own is given the targets as nodes: a Tensor, or Values in a list.
    """

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer) -> None:
        super().__init__(model, loss, optimizer)
        self._programs: dict[int, Program] = {}
        self._before: list[tuple[Store, Array]] = []

    def __call__(self, X: Array, y: Array) -> tuple[float, Array]:
        targets = self._targets(X, y)
        program = self._programs.get(len(y))
        if program is None:
            program = self._programs[len(y)] = self._program(X, targets)
        outputs = scores(self.model, X)
        self._before = [(store, store.data.copy()) for store in self._stores()]
        try:
            value = program.step(X, targets)
        except KeyboardInterrupt:
            self._restore()
            raise
        if not math.isfinite(value):
            self._restore()
        return value, outputs

    def before(self) -> list[Any]:
        before = dict(self._before)
        places = map(place_of, self.optimizer.params)
        return [store.place(before[store], index) for store, index in places]

    def _targets(self, X: Array, y: Array) -> Array:
        """Return targets as numbers that a node can hold: classes as rows of probabilities."""
        if self.loss is not losses.cross_entropy:
            return np.asarray(targets_for(y, self.loss), np.float64)
        return one_hot(y, classes=scores(self.model, X[:1]).shape[-1])

    def _program(self, X: Array, targets: Array) -> Program:
        from micrograd_plus.compiler.compilation import compile  # noqa: A004 - the name of what it does

        if not is_of_values(self.model):
            return compile(self._loss, X, targets, optimizer=self.optimizer)
        if self.loss in _MEANS:
            return compile(self._loss_of_one, X[0].tolist(), targets[0].tolist(), batch=True, optimizer=self.optimizer)
        return compile(self._loss, X.tolist(), targets.tolist(), optimizer=self.optimizer)

    def _loss(self, x: Any, target: Any) -> Any:
        return self.loss(outputs_of(self.model, x), target)

    def _loss_of_one(self, x: Any, target: Any) -> Any:
        return self._loss([x], [target])

    def _stores(self) -> set[Store]:
        return {place_of(parameter)[0] for parameter in self.optimizer.params}

    def _restore(self) -> None:
        for store, data in self._before:
            store.data[:] = data
            store.changed()


BACKENDS: dict[str, type[Step]] = {"eager": EagerStep, "compiled": CompiledStep}


def step_by(backend: str, model: Module, loss: Loss, optimizer: Optimizer) -> Step:
    """Return the step of a backend; ValueError for one that there is not."""
    if backend not in BACKENDS:
        raise ValueError(f"unknown backend {backend!r}: want {', '.join(BACKENDS)}{did_you_mean(backend, BACKENDS)}")
    return BACKENDS[backend](model, loss, optimizer)
