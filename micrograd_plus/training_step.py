"""One step of training on a batch: eagerly, or as a compiled program for each size of batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus import losses
from micrograd_plus.compiler.compilation import compile  # noqa: A004 - the name of what it does
from micrograd_plus.compiler.holding import Store, place_of
from micrograd_plus.compiler.program import Program
from micrograd_plus.evaluation import (
    batch_loss,
    classes,
    is_of_classes,
    is_of_values,
    outputs_of,
    scores,
    share_right,
    target_numbers,
    weighted,
)
from micrograd_plus.nn import Module
from micrograd_plus.nn.utils import clip_grad_norm_
from micrograd_plus.objective import MEANS, Objective
from micrograd_plus.optim import Optimizer
from micrograd_plus.suggestions import require_known

Array = NDArray[Any]


class Step:
    """Moves the parameters of an optimizer by one batch at a time; all or, if interrupted, none. Abstract.

    `rng` draws what dropout leaves out. A gradient of all parameters that is longer than `clip_norm` is scaled to it.
    """

    def __init__(
        self,
        model: Module,
        objective: Objective,
        optimizer: Optimizer,
        rng: np.random.Generator,
        clip_norm: float | None = None,
    ) -> None:
        self.model = model
        self.objective = objective
        self.optimizer = optimizer
        self.rng = rng
        self.clip_norm = clip_norm
        self.is_of_classes = is_of_classes(objective.loss)

    def __call__(self, X: Array, y: Array) -> tuple[float, int | None]:
        """Return the loss before the step, without penalties, and how many samples were right if it is one of classes.

        No step is taken where the loss with penalties is not finite, which is returned then.
        """
        raise NotImplementedError

    def before(self) -> list[Any]:
        """Return the data that each parameter had before the last step."""
        raise NotImplementedError

    def _clip(self) -> None:
        if self.clip_norm is not None:
            clip_grad_norm_(self.optimizer.params, self.clip_norm)


class EagerStep(Step):
    """Forward, backward and update on the graph of each batch."""

    _before: Sequence[Any] = ()

    def __call__(self, X: Array, y: Array) -> tuple[float, int | None]:
        objective = self.objective
        loss, outputs = batch_loss(
            self.model,
            X,
            y,
            loss=objective.loss,
            sample_weight=objective.weights_of(y),
            masks=objective.masks(self.model, len(y), self.rng),
        )
        penalty = objective.penalty(self.model)
        whole = loss if penalty is None else loss + penalty
        right = int((classes(outputs) == y).sum()) if self.is_of_classes else None
        if not math.isfinite(float(whole)):
            return float(whole), right
        self.optimizer.zero_grad()
        whole.backward()
        self._clip()
        self._move()
        return float(loss), right

    def before(self) -> list[Any]:
        return list(self._before)

    def _move(self) -> None:
        # Copies, as the arrays may be views of what a step changes.
        self._before = [copy(parameter.data) for parameter in self.optimizer.params]
        self.optimizer.step()


class CompiledStep(Step):
    """A program for each size of batch, made when the first batch of that size comes.

    The model is called once for each, so what it draws at random or decides in Python stays as it was then, but for
    comparisons of nodes, which are checked. A loss of your own is given the targets as nodes: a Tensor, or Values in a
    list.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._programs: dict[int, Program] = {}
        self._shape: tuple[int, ...] = ()  # of the outputs for one sample
        self._before: list[tuple[Store, Array]] = []

    def __call__(self, X: Array, y: Array) -> tuple[float, int | None]:
        weights = self.objective.weights_of(y)
        masks = self.objective.masks(self.model, len(y), self.rng)
        inputs = [X, self._targets(X, y), *([] if weights is None else [weights]), *masks]
        program = self._programs.get(len(y))
        if program is None:
            program = self._programs[len(y)] = self._program(inputs)
        if self.clip_norm is not None:
            self.optimizer.zero_grad()  # of what a batch of another size has reached, and this one may not
        whole = program(*inputs)
        loss, *shares = program.others if self.objective.has_penalty else (whole, *program.others)
        right = round(shares[0] * len(y)) if shares else None
        if not math.isfinite(whole):
            return whole, right
        self._clip()
        self._move(program)
        return loss, right

    def before(self) -> list[Any]:
        before = dict(self._before)
        places = map(place_of, self.optimizer.params)
        return [store.place(before[store], index) for store, index in places]

    def _targets(self, X: Array, y: Array) -> Array:
        if self.objective.loss is losses.cross_entropy:
            self._shape = self._shape or scores(self.model, X[:1]).shape[1:]
        return target_numbers(y, self.objective.loss, self._shape[0] if self._shape else 1)

    def _program(self, inputs: Sequence[Array]) -> Program:
        numbers = _Numbers(self.model, self.objective)
        if not is_of_values(self.model):
            return compile(numbers.of_batch, *inputs, optimizer=self.optimizer)
        rows = [array.tolist() for array in inputs]
        if self.objective.loss in MEANS:
            return compile(numbers.of_one, *[row[0] for row in rows], batch=True, optimizer=self.optimizer)
        return compile(numbers.of_batch, *rows, optimizer=self.optimizer)

    def _move(self, program: Program) -> None:
        self._before = [(store, store.data.copy()) for store in self._stores()]
        program.update()

    def _stores(self) -> set[Store]:
        return {place_of(parameter)[0] for parameter in self.optimizer.params}


class _Numbers:
    """What programs compute. They lead to it, so that it does not lead to the step, which leads to the programs."""

    def __init__(self, model: Module, objective: Objective) -> None:
        self.model = model
        self.objective = objective

    def of_batch(self, x: Any, target: Any, *more: Any) -> tuple[Any, ...]:
        """Return what becomes small; the loss if that is more; the share of right samples if there are classes."""
        weights, masks = (more[0], more[1:]) if self.objective.class_weights else (None, more)
        outputs = outputs_of(self.model, x, masks)
        loss = weighted(self.objective.loss, outputs, target, weights)
        penalty = self.objective.penalty(self.model)
        found = (loss,) if penalty is None else (loss + penalty, loss)
        return (*found, share_right(outputs, target)) if is_of_classes(self.objective.loss) else found

    def of_one(self, *inputs: Any) -> tuple[Any, ...]:
        """Return the same of a batch of one sample."""
        return self.of_batch(*[[x] for x in inputs])


BACKENDS: dict[str, type[Step]] = {"eager": EagerStep, "compiled": CompiledStep}


def step_by(
    backend: str,
    model: Module,
    objective: Objective,
    optimizer: Optimizer,
    rng: np.random.Generator,
    clip_norm: float | None = None,
) -> Step:
    """Return the step of a backend, arguments as for `Step`; ValueError for a backend that there is not."""
    require_known("backend", backend, BACKENDS)
    return BACKENDS[backend](model, objective, optimizer, rng, clip_norm)
