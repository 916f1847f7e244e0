"""`Objective`: what training makes small, the loss of a batch and what is added to it while training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus import losses
from micrograd_plus.arguments import number_at_least, number_below_one
from micrograd_plus.evaluation import Loss, is_of_classes
from micrograd_plus.losses.reduction import added
from micrograd_plus.nn import MLP, ArrayMLP, Module
from micrograd_plus.nn.dropout import dropout_mask
from micrograd_plus.tensor import Tensor

Array = NDArray[Any]

# Means over samples, which take weights of samples: the loss of a batch is the mean of the losses of its rows.
MEANS = (
    losses.mse,
    losses.mae,
    losses.huber,
    losses.smooth_l1,
    losses.hinge,
    losses.binary_cross_entropy,
    losses.binary_cross_entropy_with_logits,
    losses.cross_entropy,
)


@dataclass(frozen=True)
class Objective:
    """The loss, with what holds only while training.

    `class_weights`, one number a class, multiply the losses of the samples of each class; they are scaled so that the
    mean weight of the samples trained on is 1. `l1` and `l2` add that many times the sum of the absolute values, and of
    the squares, of all weights; biases go free. `dropout` is the probability with which each hidden unit of an `MLP` or
    `ArrayMLP` is left out of a step. Raises `ValueError` or `TypeError` for what cannot be.
    """

    loss: Loss
    class_weights: tuple[float, ...] | None = None
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0

    def __post_init__(self) -> None:
        number_at_least(0, "l1", self.l1)
        number_at_least(0, "l2", self.l2)
        number_below_one("dropout", self.dropout)
        if self.class_weights is None:
            return
        if not is_of_classes(self.loss):
            raise ValueError("class_weights are for losses of classes")
        for weight in self.class_weights:
            number_at_least(0, "a class weight", weight)

    def weights_of(self, y: ArrayLike) -> Array | None:
        """Return the weight of each sample, None if all are 1; ValueError for what is no class or has no weight."""
        return None if self.class_weights is None else _weights_of(self.class_weights, y)

    def masks(self, model: Module, samples: int, rng: np.random.Generator) -> list[Array]:
        """Return what the outputs of the hidden units are multiplied by in a step; nothing is drawn without dropout."""
        if not self.dropout:
            return []
        if not isinstance(model, MLP | ArrayMLP):
            raise TypeError(f"dropout is for an MLP or an ArrayMLP, got {type(model).__name__}")
        return [dropout_mask((samples, size), self.dropout, rng) for size in model.hidden_sizes]

    @property
    def has_penalty(self) -> bool:
        """Whether the weights add something to the loss."""
        return bool(self.l1 or self.l2)

    def penalty(self, model: Module) -> Any:
        """Return what the weights add to the loss as a node, None if they add nothing."""
        terms = []
        if self.l1:
            terms.append(self.l1 * added([_total(abs(weight)) for weight in _weights(model)]))
        if self.l2:
            terms.append(self.l2 * added([_total(weight * weight) for weight in _weights(model)]))
        return added(terms) if terms else None


def scaled_class_weights(weights: Sequence[float], y: ArrayLike) -> tuple[float, ...]:
    """Return class weights scaled so that the mean weight of samples of the classes `y` is 1.

    Raises `ValueError` for what are no classes, for a class without a weight, and where no sample is left a weight.

    >>> scaled_class_weights([1.0, 3.0], [0, 0, 0, 1])
    (0.6666666666666666, 2.0)
    """
    taken = _weights_of(weights, y)
    unit = math.ldexp(
        1.0, math.frexp(taken.max(initial=0.0))[1] - 1
    )  # a power of two keeps all digits; no sum overflows
    mean = float(np.mean(taken / unit))
    if not (mean > 0.0 and math.isfinite(mean)):
        raise ValueError(f"wanted class weights that leave some sample a weight above 0, got {list(weights)}")
    return tuple(float(weight) / unit / mean for weight in weights)


def balanced_class_weights(y: ArrayLike, classes: int) -> tuple[float, ...]:
    """Return weights that give every class that occurs the same sum: n / (classes * count), as scikit-learn has them.

    >>> balanced_class_weights([0, 0, 0, 1], 2)
    (0.6666666666666666, 2.0)
    """
    counts = np.bincount(np.asarray(y), minlength=classes)
    return tuple(float(counts.sum() / (classes * count)) if count else 0.0 for count in counts)


def _weights_of(class_weights: Sequence[float], y: ArrayLike) -> Array:
    y = np.asarray(y)
    if y.dtype.kind not in "iu":
        raise ValueError(f"class weights are for classes as integers, got an array of {y.dtype}")
    if y.size and y.max() >= len(class_weights):
        raise ValueError(f"wanted a weight for class {y.max()} too, got {len(class_weights)} class weights")
    return np.take(np.array(class_weights, np.float64), y)


def _weights(model: Module) -> list[Any]:
    """Return the parameters that multiply: all but the biases, which are called `b` or `bias`."""
    return [node for name, node in model.named_parameters() if name.rpartition(".")[2] not in ("b", "bias")]


def _total(node: Any) -> Any:
    return node.sum() if isinstance(node, Tensor) else node
