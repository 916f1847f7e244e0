"""What goes on in the layers of a recorded network: activations, gradients, dead ReLUs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.context import no_grad
from micrograd_plus.evaluation import batch_loss
from micrograd_plus.nn import ArrayMLP, Linear
from micrograd_plus.training_record import Frame, TrainingRecord

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class LayerStatistics:
    """One layer in one frame, computed for the samples of the record, the gradients being those of their mean loss.

    `activations` of shape (samples, units) are what the layer hands on, after its activation function;
    `weight_grad` of shape (inputs, units) and `bias_grad` of shape (units,) belong to its parameters.
    """

    activations: Array
    weight_grad: Array
    bias_grad: Array

    @property
    def gradients(self) -> Array:
        """The gradients of weights and biases, in a row."""
        return np.concatenate([self.weight_grad.ravel(), self.bias_grad])

    @property
    def dead(self) -> Array:
        """Which units, shape (units,), give exactly 0 for every sample: of ReLUs, those that no gradient comes through.

        Such a unit is called dead (Lu et al., "Dying ReLU and Initialization", 2019) as no step moves its weights,
        unless other inputs wake it.
        """
        return np.asarray((self.activations == 0.0).all(axis=0))


def layer_statistics(record: TrainingRecord, frame: Frame) -> tuple[LayerStatistics, ...]:
    """Return the statistics of each layer in a frame.

    >>> from micrograd_plus import losses
    >>> from micrograd_plus.nn import ArrayMLP
    >>> X, y = np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([0, 1])
    >>> record = TrainingRecord(ArrayMLP(2, [3, 1], rng=0), X, y, loss=losses.hinge)
    >>> hidden, output = layer_statistics(record, record.frames[0])
    >>> hidden.activations.shape, hidden.weight_grad.shape, output.gradients.shape
    ((2, 3), (2, 3), (4,))
    """
    network = record.network(frame)
    loss, _ = batch_loss(network, record.X, record.y, loss=record.loss)
    loss.backward()
    return tuple(
        LayerStatistics(activations, np.asarray(linear.weight.grad), np.asarray(linear.bias.grad))
        for activations, linear in zip(_activations(network, record.X), network.linears, strict=True)
    )


@dataclass(frozen=True, slots=True)
class LayerHistory:
    """The statistics of all layers in all frames of a record: `frames[k][layer]`, after epoch `epochs[k]`."""

    record: TrainingRecord
    frames: tuple[tuple[LayerStatistics, ...], ...]

    @classmethod
    def of(cls, record: TrainingRecord) -> LayerHistory:
        """Compute the statistics of a record."""
        return cls(record, tuple(layer_statistics(record, frame) for frame in record.frames))

    @property
    def epochs(self) -> list[int]:
        """The number of the epoch that each frame came after, 0 for the one before training."""
        return [frame.epoch for frame in self.record.frames]

    @property
    def update_ratios(self) -> Array:
        """Norm of the step by norm of the weights, shape (frames, layers); see `Frame`."""
        return np.array([frame.update_ratios for frame in self.record.frames])

    @property
    def dead_fractions(self) -> Array:
        """The share of units that are dead, shape (frames, layers)."""
        return np.array([[layer.dead.mean() for layer in layers] for layers in self.frames])


def _activations(network: ArrayMLP, x: Any) -> list[Array]:
    """Return what each layer hands on for samples x."""
    outputs: list[Array] = []
    with no_grad():
        for layer in network.layers:
            x = layer(x)
            if not isinstance(layer, Linear):  # an activation function, which ends its layer
                outputs.pop()
            outputs.append(x.data)
    return outputs
