"""Training: `fit` a model to samples in batches, with a history of its epochs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus import training_state
from micrograd_plus.arguments import integer_at_least, positive_number
from micrograd_plus.data import batches
from micrograd_plus.evaluation import Loss, evaluate
from micrograd_plus.nn import Module
from micrograd_plus.objective import Objective, scaled_class_weights
from micrograd_plus.optim import Optimizer
from micrograd_plus.scheduler import Scheduler
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.training_history import Epoch, History
from micrograd_plus.training_record import TrainingRecord
from micrograd_plus.training_step import step_by

Array = NDArray[Any]
Samples = tuple[ArrayLike, ArrayLike]
OnEpoch = Callable[[Epoch], bool | None]


class DivergedError(FloatingPointError):
    """The loss or a weight became infinite or nan: what is wrong in one line, and the `history` of the epochs before.

    The model has the weights of the best of these, and those it began with where these give no finite loss either.
    """

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


class Keeper(Protocol):
    """What keeps a training somewhere, so that it can go on after whatever ended it: see `checkpoint_keeper`."""

    def begin(self, training: Training) -> None:
        """Give the training the state to go on from, if there is one."""

    def epoch_done(self, training: Training) -> None:
        """Keep the state, if it is time to."""

    def end(self, training: Training) -> None:
        """Keep the state after the last epoch."""


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
    validation: Samples | None = None,
    on_epoch: OnEpoch | None = None,
    record: bool = False,
    backend: str = "eager",
    schedule: Scheduler | None = None,
    patience: int | None = None,
    class_weights: Sequence[float] | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    dropout: float = 0.0,
    clip_norm: float | None = None,
    keeper: Keeper | None = None,
) -> History:
    """Train `model` on samples X of shape (n, features) in shuffled batches; it keeps the weights of the last epoch.

    y of shape (n,) holds classes counted from 0 if `loss` is `hinge`, `binary_cross_entropy_with_logits` (two classes,
    a model of one output) or `cross_entropy` (one output a class); other losses are given y as it is. `on_epoch` is
    called after each epoch and ends the training by returning True. Ctrl-C ends it too, with the weights of a whole
    step, and marks the history as interrupted. With `record` the history gets a `TrainingRecord` of the weights along
    the way, which the plots of layers, the report and the player are made from. The backend "compiled" makes programs
    of the steps (see `CompiledStep`), which give the same up to rounding.

    `schedule` sets the learning rate anew after each epoch. Training ends where `patience` epochs in a row were no
    better than the best. `class_weights`, `l1`, `l2` and `dropout` are those of `Objective`; the losses in the history
    are without penalties. `clip_norm` is the largest length that a gradient keeps. `keeper` gives a state to go on from
    and is given those to keep. Raises `DivergedError`, a `FloatingPointError`, where the loss becomes infinite or nan.

    >>> from micrograd_plus import data, losses, nn, optim
    >>> X, y = data.moons(100, rng=0)
    >>> model = nn.ArrayMLP(2, [16, 1], rng=0)
    >>> adam = optim.Adam(model.parameters(), lr=0.05)
    >>> history = fit(model, X, y, loss=losses.hinge, optimizer=adam, epochs=60, batch_size=20, rng=0)
    >>> history.epochs[-1].accuracy
    1.0
    """
    epochs = integer_at_least(1, "epochs", epochs)
    if patience is not None:
        integer_at_least(1, "patience", patience)
    weights = None if class_weights is None else scaled_class_weights(class_weights, y)
    training = Training(
        model,
        (X, y),
        Objective(loss, weights, l1, l2, dropout),
        optimizer,
        batch_size=batch_size,
        rng=rng,
        validation=validation,
        record=record,
        backend=backend,
        schedule=schedule,
        clip_norm=clip_norm,
    )
    return training.run(epochs, patience=patience, on_epoch=on_epoch, keeper=keeper)


class Training:
    """A training that goes on epoch by epoch, and from where another one stood; arguments as for `fit`."""

    def __init__(
        self,
        model: Module,
        samples: Samples,
        objective: Objective,
        optimizer: Optimizer,
        *,
        batch_size: int,
        rng: Rng,
        validation: Samples | None = None,
        record: bool = False,
        backend: str = "eager",
        schedule: Scheduler | None = None,
        clip_norm: float | None = None,
    ) -> None:
        self.model = model
        self.objective = objective
        self.optimizer = optimizer
        self.schedule = schedule
        self.rng = as_generator(rng)
        self._X, self._y = _finite(samples[0]), np.asarray(samples[1])
        self._validation = validation
        self._batch_size = integer_at_least(1, "batch_size", batch_size)
        if clip_norm is not None:
            positive_number("clip_norm", clip_norm)
        self._step = step_by(backend, model, objective, optimizer, self.rng, clip_norm)
        kept = TrainingRecord(model, self._X, self._y, loss=objective.loss) if record else None
        self._first_state = model.state_dict()
        self.history = History(self._first_state, record=kept)

    def run(
        self,
        epochs: int,
        *,
        patience: int | None = None,
        on_epoch: OnEpoch | None = None,
        keeper: Keeper | None = None,
    ) -> History:
        """Train up to epoch number `epochs`; other arguments, and what is raised, as for `fit`."""
        if keeper:
            keeper.begin(self)
        try:
            # Overflow shows in a loss that is not finite, and that is said in words.
            with np.errstate(over="ignore", invalid="ignore"):
                while len(self.history.epochs) < epochs and not self._stops_early(patience):
                    epoch = self._epoch(len(self.history.epochs) + 1)
                    if keeper:
                        keeper.epoch_done(self)
                    if on_epoch and on_epoch(epoch):
                        break
            if keeper:
                keeper.end(self)
        except KeyboardInterrupt:
            self.history.interrupted = True
        except DivergedError:
            self._go_back()
            raise
        return self.history

    @np.errstate(all="ignore")
    def _go_back(self) -> None:
        """Give the model its best weights; where their loss is not finite either, those before it was trained."""
        history = self.history
        self.model.load_state_dict(history.best_state)
        if history.best and not math.isfinite(self._measured(self._X, self._y)[0]):
            history.best, history.best_state = None, self._first_state
            self.model.load_state_dict(self._first_state)

    def _stops_early(self, patience: int | None) -> bool:
        """Find whether patience has run out, and note it in the history."""
        best = self.history.best
        if patience and best:
            self.history.stopped_early = self.history.epochs[-1].number - best.number >= patience
        return self.history.stopped_early

    def _epoch(self, number: int) -> Epoch:
        lr = self.optimizer.param_groups[0]["lr"]
        trained = self._pass(number)
        for parameter in self.optimizer.params:
            weights = parameter.data
            # Of thousands of Values, each asked through NumPy would take as long as a compiled epoch.
            largest = weights if weights.__class__ is float else float(np.max(np.abs(weights), initial=0.0))
            self._require_finite(largest, "largest weight", number)
        if self.history.record:
            self.history.record.step_taken(self.optimizer.params, self._step.before())
        judged = self._judged()
        self._require_finite(judged[0] or 0.0, "validation loss", number)
        epoch = Epoch(number, *trained, *judged, lr)
        if self.schedule:
            self.schedule.step(epoch.judged_loss)
        self.history.add(epoch, self.model)
        return epoch

    def _pass(self, number: int) -> tuple[float, float | None]:
        """Take a step for each batch; return the means of loss and accuracy over the samples."""
        count, total, right = 0, 0.0, 0
        for X, y in batches(self._X, self._y, self._batch_size, rng=self.rng):
            value, of_batch = self._step(X, y)
            self._require_finite(value, "loss", number)
            count += len(y)
            total += value * len(y)
            right += of_batch or 0
        return total / count, right / count if self._step.is_of_classes else None

    def _judged(self) -> tuple[float | None, float | None]:
        if self._validation is None:
            return None, None
        return self._measured(*self._validation)

    def _measured(self, X: ArrayLike, y: ArrayLike) -> tuple[float, float | None]:
        return evaluate(self.model, X, y, loss=self.objective.loss, sample_weight=self.objective.weights_of(y))

    def _require_finite(self, value: float, name: str, number: int) -> None:
        if not math.isfinite(value):
            advice = f"try a learning rate below {self.optimizer.param_groups[0]['lr']:g}"
            raise DivergedError(f"the {name} became {value} in epoch {number}: {advice}", self.history)

    # --- going on later

    @property
    def unmeasured(self) -> set[str]:
        """The names of what its epochs have no number for."""
        of_classes = set() if self._step.is_of_classes else {"accuracy", "validation_accuracy"}
        return of_classes if self._validation is not None else of_classes | {"validation_loss", "validation_accuracy"}

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Return all that the training goes on from, after an epoch: arrays by name, and what JSON can hold."""
        return training_state.saved(self)

    def set_state(self, arrays: Mapping[str, Array], plain: Mapping[str, Any]) -> None:
        """Go on from what `state()` of a training like this one returned: the same bits as without a break.

        Raises `ValueError` or `TypeError` where it is of another training, or damaged.
        """
        training_state.restore(self, arrays, plain)


def _finite(X: ArrayLike) -> Array:
    X = np.asarray(X, dtype=np.float64)
    if not X.size:
        raise ValueError(f"wanted at least one sample, got X of shape {X.shape}")
    if not np.isfinite(X).all():
        raise ValueError(f"X holds {X[~np.isfinite(X)][0]}: want finite numbers")
    return X
