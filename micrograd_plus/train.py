"""Training: `fit` a model to samples in batches, with a history of its epochs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.data import batches
from micrograd_plus.evaluation import Loss, evaluate, is_of_classes
from micrograd_plus.nn import Module
from micrograd_plus.optim import Optimizer
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.training_record import TrainingRecord
from micrograd_plus.training_step import Step, step_by

Array = NDArray[Any]


@dataclass(frozen=True)
class Epoch:
    """What one pass over the samples gave: means over its batches, and measures of the validation samples after it.

    Accuracies are shares from 0 to 1, None where the loss is not one of classes.

    >>> print(Epoch(1, 0.25, 0.9, 0.3125, 0.875))
    loss 0.25, accuracy 90.0%; validation: loss 0.312, accuracy 87.5%
    """

    number: int
    loss: float
    accuracy: float | None
    validation_loss: float | None = None
    validation_accuracy: float | None = None

    def __str__(self) -> str:
        parts = [_measures(self.loss, self.accuracy)]
        if self.validation_loss is not None:
            parts.append(f"validation: {_measures(self.validation_loss, self.validation_accuracy)}")
        return "; ".join(parts)

    @property
    def judged_loss(self) -> float:
        """What the best epoch has the smallest of: the validation loss, or without validation the loss."""
        return self.loss if self.validation_loss is None else self.validation_loss


def _measures(loss: float, accuracy: float | None) -> str:
    return f"loss {loss:.3g}" + ("" if accuracy is None else f", accuracy {accuracy:.1%}")


@dataclass
class History:
    """What `fit` did: its epochs, the best of them, and the weights that the model had after that one.

    `best` is None, and `best_state` holds the weights before training, where no epoch came to its end. `record` holds
    the weights along the way if `fit` was to keep them.
    """

    best_state: dict[str, Array]
    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    interrupted: bool = False
    record: TrainingRecord | None = None

    def add(self, epoch: Epoch, model: Module) -> None:
        """Append an epoch, and keep the model's weights if it is the best so far."""
        self.epochs.append(epoch)
        if self.best is None or epoch.judged_loss < self.best.judged_loss:
            # The weights first: an interruption between the two leaves a best epoch with its own weights or better.
            self.best_state = model.state_dict()
            self.best = epoch
        if self.record:
            self.record.add(epoch.number)


def fit(
    model: Module,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int,
    rng: Rng,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    on_epoch: Callable[[Epoch], bool | None] | None = None,
    record: bool = False,
    backend: str = "eager",
) -> History:
    """Train `model` on samples X of shape (n, features) in shuffled batches; it keeps the weights of the last epoch.

    y of shape (n,) holds classes counted from 0 if `loss` is `hinge`, `binary_cross_entropy_with_logits` (two classes,
    a model of one output) or `cross_entropy` (one output a class); other losses are given y as it is. `on_epoch` is
    called after each epoch and ends the training by returning True. Ctrl-C ends it too, with the weights of a whole
    step, and marks the history as interrupted. With `record` the history gets a `TrainingRecord` of the weights along
    the way, which the plots of layers, the report and the player are made from. The backend "compiled" makes programs
    of the steps (see `CompiledStep`), which give the same up to rounding. Raises `FloatingPointError` where the loss
    becomes infinite or nan.

    >>> from micrograd_plus import data, losses, nn, optim
    >>> X, y = data.moons(100, rng=0)
    >>> model = nn.ArrayMLP(2, [16, 1], rng=0)
    >>> adam = optim.Adam(model.parameters(), lr=0.05)
    >>> history = fit(model, X, y, loss=losses.hinge, optimizer=adam, epochs=60, batch_size=20, rng=0)
    >>> history.epochs[-1].accuracy
    1.0
    """
    epochs = integer_at_least(1, "epochs", epochs)
    rng = as_generator(rng)
    X, y = _samples(X), np.asarray(y)
    step = step_by(backend, model, loss, optimizer)
    history = History(model.state_dict(), record=TrainingRecord(model, X, y, loss=loss) if record else None)
    try:
        # Overflow shows in a loss that is not finite, and that is said in words.
        with np.errstate(over="ignore", invalid="ignore"):
            for number in range(1, epochs + 1):
                trained = _train(step, batches(X, y, batch_size, rng=rng), number)
                if history.record:
                    history.record.step_taken(optimizer.params, step.before())
                judged = evaluate(model, *validation, loss=loss) if validation else (None, None)
                _require_finite(judged[0] or 0.0, "validation loss", number, optimizer)
                epoch = Epoch(number, *trained, *judged)
                history.add(epoch, model)
                if on_epoch and on_epoch(epoch):
                    break
    except KeyboardInterrupt:
        history.interrupted = True
    return history


def _samples(X: ArrayLike) -> Array:
    X = np.asarray(X, dtype=np.float64)
    if not X.size:
        raise ValueError(f"wanted at least one sample, got X of shape {X.shape}")
    if not np.isfinite(X).all():
        raise ValueError(f"X holds {X[~np.isfinite(X)][0]}: want finite numbers")
    return X


def _train(step: Step, samples: Iterator[tuple[Array, Array]], number: int) -> tuple[float, float | None]:
    """Take a step for each batch; return the means of loss and accuracy over the samples."""
    count, total, right = 0, 0.0, 0
    for X, y in samples:
        value, of_batch = step(X, y)
        _require_finite(value, "loss", number, step.optimizer)
        count += len(y)
        total += value * len(y)
        right += of_batch or 0
    return total / count, right / count if is_of_classes(step.loss) else None


def _require_finite(value: float, name: str, number: int, optimizer: Optimizer) -> None:
    if not math.isfinite(value):
        raise FloatingPointError(
            f"the {name} became {value} in epoch {number}: try a learning rate below {optimizer.lr:g}"
        )
