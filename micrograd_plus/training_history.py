"""What a training did: its epochs, and the best of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from numpy.typing import NDArray

from micrograd_plus.arguments import finite_number, integer_at_least, number_at_least, number_up_to_one
from micrograd_plus.nn import Module
from micrograd_plus.plain_data import Check, fields, maybe
from micrograd_plus.training_record import TrainingRecord

Array = NDArray[Any]


@dataclass(frozen=True)
class Epoch:
    """What one pass over the samples gave: means over its batches, and measures of the validation samples after it.

    Accuracies are shares from 0 to 1, None where the loss is not one of classes. `lr` is the rate of its steps, that
    of the first parameter group.

    >>> print(Epoch(1, 0.25, 0.9, 0.3125, 0.875))
    loss 0.25, accuracy 90.0%; validation: loss 0.312, accuracy 87.5%
    """

    number: int
    loss: float
    accuracy: float | None
    validation_loss: float | None = None
    validation_accuracy: float | None = None
    lr: float | None = None

    def __str__(self) -> str:
        parts = [_measures(self.loss, self.accuracy)]
        if self.validation_loss is not None:
            parts.append(f"validation: {_measures(self.validation_loss, self.validation_accuracy)}")
        return "; ".join(parts)

    @property
    def judged_loss(self) -> float:
        """What the best epoch has the smallest of: the validation loss, or without validation the loss."""
        return self.loss if self.validation_loss is None else self.validation_loss


_share = maybe(number_up_to_one)
_CHECKS: dict[str, Check] = {
    "number": partial(integer_at_least, 1),
    "loss": finite_number,
    "accuracy": _share,
    "validation_loss": maybe(finite_number),
    "validation_accuracy": _share,
    "lr": maybe(partial(number_at_least, 0)),
}


def epoch_of(name: str, plain: Any) -> Epoch:
    """Return the epoch that `astuple` or `asdict` made plain data of; `TypeError` or `ValueError` for anything else."""
    if isinstance(plain, list) and len(plain) == len(_CHECKS):
        plain = dict(zip(_CHECKS, plain, strict=True))
    return Epoch(**fields(_CHECKS)(name, plain))


def _measures(loss: float, accuracy: float | None) -> str:
    return f"loss {loss:.3g}" + ("" if accuracy is None else f", accuracy {accuracy:.1%}")


@dataclass
class History:
    """What `fit` did: its epochs, the best of them, and the weights that the model had after that one.

    `best` is None, and `best_state` holds the weights before training, where no epoch came to its end. `record` holds
    the weights along the way if `fit` was to keep them. `stopped_early` tells that no epoch had been better for the
    number of epochs that `fit` was to wait.
    """

    best_state: dict[str, Array]
    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    interrupted: bool = False
    stopped_early: bool = False
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
