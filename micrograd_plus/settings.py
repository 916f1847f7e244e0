"""`Settings`: how a classifier is built and trained, checked when they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, Self

from micrograd_plus import losses, schedule_plan
from micrograd_plus.arguments import MOST_CLASSES, described, integer_at_least, number_at_least, positive_number
from micrograd_plus.evaluation import Loss
from micrograd_plus.nn.activation_names import activation_named
from micrograd_plus.objective import Objective
from micrograd_plus.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from micrograd_plus.suggestions import did_you_mean, require_known

LOSSES: dict[str, Loss] = {
    "hinge": losses.hinge,
    "bce": losses.binary_cross_entropy_with_logits,
    "cross-entropy": losses.cross_entropy,
}
OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": partial(SGD, momentum=0.9),
    "nesterov": partial(SGD, momentum=0.9, nesterov=True),
    "rmsprop": RMSprop,
    "adagrad": Adagrad,
    "adam": Adam,
    "adamw": AdamW,
}
_MOST_LAYERS = 100
BACKENDS = ("scalar", "numpy", "compiled")

# Two narrow layers bend a boundary in a plane; many features, such as pixels, want a wide one to read them all.
HIDDEN, HIDDEN_OF_MANY, FEW_FEATURES = (16, 16), (64,), 32

# Measured by `python -m benchmarks accuracy` and on seeds that it does not take. Larger rates overfit digits in their
# first epochs; without L2 the small tables, wine and iris, lose half a point and more.
_LR = {"sgd": 0.3, "momentum": 0.05, "nesterov": 0.05, "rmsprop": 0.005, "adagrad": 0.1, "adam": 0.01, "adamw": 0.01}
_EPOCHS = {"scalar": 50, "numpy": 80, "compiled": 80}
BATCH_SIZE = 32
_BATCH_SIZES = range(24, 41)


@dataclass(frozen=True)
class Settings:
    """How a classifier is built and trained; what is None is chosen to suit the rest.

    `hidden` holds the numbers of neurons of the hidden layers, `activation` is the name of an operation of one input,
    `loss` one of `LOSSES`, `optimizer` one of `OPTIMIZERS`, `backend` one of `BACKENDS`: "scalar" trains a network of
    Values, which takes some hundred times as long as "numpy", and "compiled" makes programs of the steps; all give the
    same weights up to rounding. `schedule` is a text that `schedule_plan.parse` takes, `class_weights` is "balanced" or
    a number for each class by name, 1 for those left out. `patience`, `l1`, `l2`, `dropout` and `clip_norm` are as for
    `train.fit`. Raises `ValueError` or `TypeError` for a setting that cannot be.
    """

    hidden: tuple[int, ...] | None = None
    activation: str = "relu"
    loss: str | None = None
    optimizer: str = "adam"
    lr: float | None = None
    batch_size: int | None = None
    epochs: int | None = None
    seed: int = 0
    backend: str = "compiled"
    schedule: str = "constant"
    patience: int | None = None
    class_weights: str | dict[str, float] | None = field(default=None, hash=False)  # a dict has no hash
    l1: float = 0.0
    l2: float = 1e-3
    dropout: float = 0.0
    clip_norm: float | None = None

    def __post_init__(self) -> None:
        if self.hidden is not None:
            object.__setattr__(self, "hidden", _sizes(self.hidden))  # a tuple of plain numbers, which JSON can hold
        activation_named(self.activation)
        if self.loss is not None:
            require_known("loss", self.loss, LOSSES)
        require_known("optimizer", self.optimizer, OPTIMIZERS)
        require_known("backend", self.backend, BACKENDS)
        positive_number("lr", self.chosen_lr)
        if self.batch_size is not None:
            integer_at_least(1, "batch_size", self.batch_size)
        integer_at_least(1, "epochs", self.chosen_epochs)
        integer_at_least(0, "seed", self.seed)
        schedule_plan.parse(self.schedule).epochs_after_warm_up(self.chosen_epochs)
        if self.patience is not None:
            integer_at_least(1, "patience", self.patience)
        _check_class_weights(self.class_weights)
        Objective(losses.cross_entropy, None, self.l1, self.l2, self.dropout)
        if self.clip_norm is not None:
            positive_number("clip_norm", self.clip_norm)

    @classmethod
    def from_dict(cls, plain: Any) -> Self:
        """Return what `asdict` made a dict of; `TypeError` or `ValueError` for anything else."""
        if not isinstance(plain, Mapping):
            raise TypeError(f"settings are an object, not {described(plain)}")
        for name in plain:
            require_known("setting", name, [each.name for each in fields(cls)])
        return cls(**plain)

    @property
    def chosen_lr(self) -> float:
        """`lr`, or what suits the optimizer."""
        return _LR[self.optimizer] if self.lr is None else self.lr

    @property
    def chosen_epochs(self) -> int:
        """`epochs`, or what suits the backend."""
        return _EPOCHS[self.backend] if self.epochs is None else self.epochs

    def chosen_batch_size(self, samples: int) -> int:
        """Return `batch_size`, or of the sizes near `BATCH_SIZE` the nearest that divides the number of samples.

        A smaller last batch would be a second program to make, and a step of few samples as long as the others.
        """
        if self.batch_size is not None:
            return self.batch_size
        return min(_BATCH_SIZES, key=lambda size: (samples % size > 0, abs(size - BATCH_SIZE)))

    def chosen_hidden(self, features: int) -> tuple[int, ...]:
        """Return `hidden`, or what suits the number of features."""
        if self.hidden is not None:
            return self.hidden
        return HIDDEN if features <= FEW_FEATURES else HIDDEN_OF_MANY

    def resolved(self, features: int, classes: int, samples: int) -> Settings:
        """Return the settings with all that was left open as it is chosen today: files outlive that."""
        return replace(
            self,
            hidden=self.chosen_hidden(features),
            loss=self.chosen_loss(classes),
            lr=self.chosen_lr,
            batch_size=self.chosen_batch_size(samples),
            epochs=self.chosen_epochs,
        )

    def require_classes(self, names: Sequence[str]) -> None:
        """Raise `ValueError` unless the classes of these names can be told apart so: by loss and class weights."""
        self.chosen_loss(len(names))
        for name in self.class_weights if isinstance(self.class_weights, dict) else ():
            if name not in names:
                known = did_you_mean(name, names) or f"; the classes are {', '.join(names)}"
                raise ValueError(f"a weight for an unknown class {name!r}{known}")
        if isinstance(self.class_weights, dict) and not any(self.class_weights.get(name, 1.0) for name in names):
            raise ValueError("the class weights leave no class a weight above 0")

    def chosen_loss(self, classes: int) -> str:
        """Return `loss`, or what suits the number of classes; `ValueError` where it cannot have that number."""
        if classes > MOST_CLASSES:
            raise ValueError(f"{classes:,} classes came, and at most {MOST_CLASSES:,} are told apart")
        loss = self.loss or ("bce" if classes == 2 else "cross-entropy")
        if loss != "cross-entropy" and classes != 2:
            raise ValueError(f"the loss {loss} is for 2 classes, the data have {classes}: choose cross-entropy")
        return loss


def _sizes(hidden: Any) -> tuple[int, ...]:
    if not isinstance(hidden, tuple | list):
        raise TypeError(f"hidden holds each hidden layer's number of neurons, it is not {hidden!r}")
    if len(hidden) > _MOST_LAYERS:
        raise ValueError(f"{len(hidden):,} hidden layers came, and at most {_MOST_LAYERS} are trained")
    return tuple(integer_at_least(1, "a hidden layer's number of neurons", size) for size in hidden)


def _check_class_weights(weights: Any) -> None:
    if isinstance(weights, dict):
        for name, weight in weights.items():
            number_at_least(0, f"the weight of class {name!r}", weight)
    elif weights not in (None, "balanced"):
        raise ValueError(f"class_weights are 'balanced' or a number for each class by name, not {weights!r}")
