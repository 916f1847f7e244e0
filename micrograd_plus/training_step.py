"""One step of training on a batch: eagerly, or as a compiled program for each size of batch."""

from __future__ import annotations

import math
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus import losses
from micrograd_plus.compiler.compilation import compile  # noqa: A004 - the name of what it does
from micrograd_plus.compiler.holding import Store, place_of
from micrograd_plus.compiler.program import Program
from micrograd_plus.evaluation import (
    Loss,
    batch_loss,
    classes,
    is_of_classes,
    is_of_values,
    one_hot,
    outputs_of,
    scores,
    share_right,
    targets_for,
)
from micrograd_plus.nn import Module
from micrograd_plus.optim import Optimizer
from micrograd_plus.suggestions import did_you_mean

Array = NDArray[Any]

# Means over samples: the loss of a batch is the mean of the losses of its rows.
_MEANS = (losses.mse, losses.hinge, losses.binary_cross_entropy_with_logits, losses.cross_entropy)


class Step:
    """Moves the parameters of an optimizer by one batch at a time; all or, if interrupted, none. Abstract."""

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer

    def __call__(self, X: Array, y: Array) -> tuple[float, int | None]:
        """Return the loss before the step, and how many samples were right if it is one of classes.

        No step is taken where the loss is not finite.
        """
        raise NotImplementedError

    def before(self) -> list[Any]:
        """Return the data that each parameter had before the last step."""
        raise NotImplementedError


class EagerStep(Step):
    """Forward, backward and update on the graph of each batch."""

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer) -> None:
        super().__init__(model, loss, optimizer)
        self._before: list[Any] = []

    def __call__(self, X: Array, y: Array) -> tuple[float, int | None]:
        value, outputs = batch_loss(self.model, X, y, loss=self.loss)
        if math.isfinite(float(value)):
            self.optimizer.zero_grad()
            value.backward()
            self._move()
        return float(value), int((classes(outputs) == y).sum()) if is_of_classes(self.loss) else None

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

    The model is called once for each, so what it draws at random or decides in Python stays as it was then, but for
    comparisons of nodes, which are checked. A loss of your own is given the targets as nodes: a Tensor, or Values in a
    list.
    """

    def __init__(self, model: Module, loss: Loss, optimizer: Optimizer) -> None:
        super().__init__(model, loss, optimizer)
        self._programs: dict[int, Program] = {}
        self._shape: tuple[int, ...] = ()  # of the outputs for one sample
        self._before: list[tuple[Store, Array]] = []

    def __call__(self, X: Array, y: Array) -> tuple[float, int | None]:
        targets = self._targets(X, y)
        program = self._programs.get(len(y))
        if program is None:
            program = self._programs[len(y)] = self._program(X, targets)
        value = program(X, targets)
        if math.isfinite(value):
            self._move(program)
        return value, round(program.others[0] * len(y)) if program.others else None

    def before(self) -> list[Any]:
        before = dict(self._before)
        places = map(place_of, self.optimizer.params)
        return [store.place(before[store], index) for store, index in places]

    def _targets(self, X: Array, y: Array) -> Array:
        """Return targets as numbers that a node can hold: classes as rows of probabilities."""
        if self.loss is losses.cross_entropy:
            self._shape = self._shape or scores(self.model, X[:1]).shape[1:]
            if self._shape:
                return one_hot(y, self._shape[0])
        return np.asarray(targets_for(y, self.loss), np.float64)

    def _program(self, X: Array, targets: Array) -> Program:
        if not is_of_values(self.model):
            return compile(self._numbers, X, targets, optimizer=self.optimizer)
        x, target = X.tolist(), targets.tolist()
        if self.loss in _MEANS:
            return compile(self._numbers_of_one, x[0], target[0], batch=True, optimizer=self.optimizer)
        return compile(self._numbers, x, target, optimizer=self.optimizer)

    def _numbers(self, x: Any, target: Any) -> tuple[Any, ...]:
        """Return the loss, and the share of samples that are right if it is one of classes."""
        outputs = outputs_of(self.model, x)
        value = self.loss(outputs, target)
        return (value, share_right(outputs, target)) if is_of_classes(self.loss) else (value,)

    def _numbers_of_one(self, x: Any, target: Any) -> tuple[Any, ...]:
        return self._numbers([x], [target])

    def _move(self, program: Program) -> None:
        self._before = [(store, store.data.copy()) for store in self._stores()]
        try:
            program.update()
        except KeyboardInterrupt:
            for store, data in self._before:
                store.data[:] = data
                store.changed()
            raise

    def _stores(self) -> set[Store]:
        return {place_of(parameter)[0] for parameter in self.optimizer.params}


BACKENDS: dict[str, type[Step]] = {"eager": EagerStep, "compiled": CompiledStep}


def step_by(backend: str, model: Module, loss: Loss, optimizer: Optimizer) -> Step:
    """Return the step of a backend; ValueError for one that there is not."""
    if backend not in BACKENDS:
        raise ValueError(f"unknown backend {backend!r}: want {', '.join(BACKENDS)}{did_you_mean(backend, BACKENDS)}")
    return BACKENDS[backend](model, loss, optimizer)
