"""A record of training: the weights after some of its epochs, from which all that was in the network is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.activation_kinds import can_die
from micrograd_plus.arguments import integer_at_least
from micrograd_plus.evaluation import Loss
from micrograd_plus.named_arrays import arrays_like, taken_from, under
from micrograd_plus.nn import MLP, ArrayMLP, Module
from micrograd_plus.nn.mlp import as_arrays
from micrograd_plus.ops import TABLE
from micrograd_plus.plain_data import each, fields

Array = NDArray[Any]

MOST_FRAMES = 64
MOST_BYTES = 64_000_000
MOST_SAMPLES = 128

_RATIOS = "update_ratios"
_checked = fields({"epochs": each(partial(integer_at_least, 0)), "distance": partial(integer_at_least, 1)})


@dataclass(frozen=True, slots=True)
class Frame:
    """The network after an epoch, 0 for the one before training.

    `state` holds its weights as `ArrayMLP.state_dict()` does. `update_ratios` has for each layer the Euclidean norm of
    the epoch's last step divided by that of the weights and biases before it; nan in frame 0 and where all were zero.
    """

    epoch: int
    state: dict[str, Array]
    update_ratios: tuple[float, ...]


class TrainingRecord:
    """Frames of an `MLP` or `ArrayMLP` in training, an equal number of epochs apart, and always the last epoch.

    `X` and `y` are up to 128 of the training samples, evenly spaced: the batch that activations and gradients are
    computed for. Where there would be more than 64 frames, every second one is dropped; fewer are kept of a network
    whose frames, with their activations, would take more than 64 MB, but never less than two.

    >>> from micrograd_plus import data, losses, optim, train
    >>> X, y = data.moons(100, rng=0)
    >>> model = ArrayMLP(2, [4, 1], rng=0)
    >>> sgd = optim.SGD(model.parameters(), lr=0.1)
    >>> history = train.fit(
    ...     model, X, y, loss=losses.hinge, optimizer=sgd, epochs=99, batch_size=50, rng=0, record=True
    ... )
    >>> [frame.epoch for frame in history.record.frames][-3:]
    [96, 98, 99]
    """

    def __init__(self, model: Module, X: ArrayLike, y: ArrayLike, *, loss: Loss) -> None:
        # A subclass may compute something else.
        if type(model) is not MLP and type(model) is not ArrayMLP:
            raise TypeError(f"wanted an MLP or an ArrayMLP to record, got {type(model).__name__}")
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y)
        if X.shape[:1] != y.shape[:1]:
            raise ValueError(f"wanted a target for each sample, got X and y of shapes {X.shape} and {y.shape}")
        self.model: MLP | ArrayMLP = model
        self.loss = loss
        chosen = np.linspace(0, len(X) - 1, min(len(X), MOST_SAMPLES)).astype(int)
        self.X, self.y = X[chosen], y[chosen]
        first = as_arrays(self.model)
        self.sizes = [first.linears[0].weight.shape[0], *(linear.weight.shape[1] for linear in first.linears)]
        self.activation = first.activation.name
        state = first.state_dict()
        size = sum(array.nbytes for array in state.values()) + 8 * len(chosen) * sum(self.sizes)
        self._most = min(MOST_FRAMES, max(2, MOST_BYTES // size))
        self._distance = 1
        self._last_step: tuple[Sequence[Any], Sequence[Any]] = ((), ())
        self.frames = [Frame(0, state, (np.nan,) * len(self.layer_names))]

    @property
    def layer_names(self) -> list[str]:
        """The names of the layers, as the scopes of an `MLP` have them."""
        return [f"layer{k}" for k in range(1, len(self.sizes))]

    def units_can_die(self, layer: int) -> bool:
        """Tell whether units of a layer, counted from 0, can die as ReLUs do; nothing bends what the last one gives."""
        return layer < len(self.sizes) - 2 and can_die(TABLE[self.activation])

    def weight_and_bias(self, frame: Frame, layer: int) -> tuple[Array, Array]:
        """Return the weight of shape (nin, nout) and the bias of a layer, counted from 0, in a frame."""
        weight, bias = list(frame.state.values())[2 * layer : 2 * layer + 2]
        return weight.T, bias

    def network(self, frame: Frame) -> ArrayMLP:
        """Return a network of arrays with the weights of a frame."""
        network = ArrayMLP(self.sizes[0], self.sizes[1:], activation=self.activation, rng=0)
        network.load_state_dict(frame.state)
        return network

    def step_taken(self, parameters: Sequence[Any], before: Sequence[Any]) -> None:
        """Remember a step of the optimizer: its parameters, and the data that each had before."""
        self._last_step = parameters, before

    def add(self, epoch: int) -> None:
        """Keep a frame of the model as it is after an epoch; they come in order."""
        kept = [frame for frame in self.frames if frame.epoch % self._distance == 0]
        if len(kept) >= self._most:
            self._distance *= 2
            kept = [frame for frame in kept if frame.epoch % self._distance == 0]
        self.frames = [*kept, Frame(epoch, as_arrays(self.model).state_dict(), self._update_ratios())]

    def state(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """Return the frames as arrays by name, and what JSON can hold."""
        arrays: dict[str, Array] = {}
        for k, frame in enumerate(self.frames):
            arrays |= under(str(k), {**frame.state, _RATIOS: np.array(frame.update_ratios)})
        return arrays, {"epochs": [frame.epoch for frame in self.frames], "distance": self._distance}

    def set_state(self, arrays: Mapping[str, Array], plain: Any, epochs: int) -> None:
        """Take the frames that `state()` of a record of the same network returned after so many epochs.

        `TypeError` or `ValueError` for anything else.
        """
        kept = _checked("training.record", plain)
        numbers, distance = kept["epochs"], kept["distance"]
        if numbers != [*range(0, epochs, distance), epochs]:
            raise ValueError(f"training.record has frames every {distance} epochs up to {epochs}, not of {numbers}")
        frames = [taken_from(arrays, str(k)) for k in range(len(numbers))]
        self.frames = [
            self._frame(epoch, frame, f"record/{k}")
            for k, (epoch, frame) in enumerate(zip(numbers, frames, strict=True))
        ]
        self._distance = distance

    def _frame(self, epoch: int, arrays: dict[str, Array], name: str) -> Frame:
        ratios = arrays.pop(_RATIOS, np.zeros(0))
        if ratios.shape != (len(self.layer_names),):
            raise ValueError(f"wanted a number for each of {len(self.layer_names)} layers as {name}/{_RATIOS}")
        return Frame(epoch, arrays_like(self.frames[0].state, arrays, name), tuple(ratios.tolist()))

    def _update_ratios(self) -> tuple[float, ...]:
        before = dict(zip(*self._last_step, strict=True))
        layers = self.model.layers if isinstance(self.model, MLP) else self.model.linears
        return tuple(_update_ratio(layer.parameters(), before) for layer in layers)


def _update_ratio(parameters: Sequence[Any], before: dict[Any, Any]) -> float:
    new = np.concatenate([np.ravel(parameter.data) for parameter in parameters])
    # What the optimizer does not move was the same before.
    old = np.concatenate([np.ravel(before.get(parameter, parameter.data)) for parameter in parameters])
    size = np.linalg.norm(old)
    return float(np.linalg.norm(new - old) / size) if size else float("nan")
