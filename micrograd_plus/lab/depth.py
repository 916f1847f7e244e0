"""How large signals and gradients are in the layers of a deep network: measured by the engine, foretold by theory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.activation_kinds import can_die, flat_slope
from micrograd_plus.arguments import integer_at_least, number_at_least
from micrograd_plus.engine import LEAF
from micrograd_plus.evaluation import batch_loss
from micrograd_plus.lab.initialisations import Initialisation, Layer
from micrograd_plus.losses import binary_cross_entropy_with_logits
from micrograd_plus.magnitudes import root_mean_square
from micrograd_plus.nn import ArrayMLP, Linear
from micrograd_plus.nn.gain import signal_activation, sizes_after, slope_at
from micrograd_plus.ops import Op
from micrograd_plus.optim import SGD
from micrograd_plus.seeding import as_generator
from micrograd_plus.tensor import Tensor

_MOST_LAYERS = 1000
_MOST_NUMBERS = 2**22  # weights and signals

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class DepthSettings:
    """The network: `depth` hidden layers of `width` units, on `samples` of `width` features; the short training after.

    TypeError or ValueError for numbers that make none.
    """

    depth: int = 10
    width: int = 64
    samples: int = 100
    steps: int = 60
    lr: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("depth", 2), ("width", 2), ("samples", 2), ("steps", 0), ("seed", 0)):
            integer_at_least(least, name, getattr(self, name))
        if self.depth > _MOST_LAYERS:
            raise ValueError(f"depth is at most {_MOST_LAYERS:,}, got {self.depth:,}")
        size = self.depth * self.width * (self.width + self.samples)
        if size > _MOST_NUMBERS:
            raise ValueError(
                f"depth * width * (width + samples) is at most {_MOST_NUMBERS:,}, which fit into memory, got {size:,}"
            )
        number_at_least(0, "lr", self.lr)


@dataclass(frozen=True, slots=True)
class Place:
    """What was measured after one layer, or, as layer 0, at the inputs: arrays of shape (samples, units).

    `gradients` are those of the signal here; `slopes` those of the activation function that gave it, and
    `weight_gradients` those of the layer's weights, neither of which the inputs have.
    """

    signals: Array
    gradients: Array
    slopes: Array | None = None
    weight_gradients: Array | None = None

    @property
    def spread(self) -> float:
        """How far the samples differ: the root mean square of their distances from their mean."""
        with np.errstate(all="ignore"):
            return root_mean_square(self.signals - self.signals.mean(axis=0))

    @property
    def is_symmetric(self) -> bool:
        """Whether all units are the same: they give one number for each sample, and get one gradient."""
        return all(bool((numbers == numbers[:, :1]).all()) for numbers in (self.signals, self.gradients))


@dataclass(frozen=True)
class DeepRun:
    """One network: its places from the inputs to the last hidden layer, and its losses in a short training.

    Signals of size 1 go in at the inputs, gradients of size 1 at the last hidden layer. `foretold` holds the sizes that
    theory gives for both, each of shape (depth + 1,).
    """

    name: str
    op: Op
    initialisation: Initialisation
    settings: DepthSettings
    places: tuple[Place, ...]
    foretold: tuple[Array, Array]
    losses: Array

    @cached_property
    def signal(self) -> Array:
        """The root mean square of the signal at each place, shape (depth + 1,)."""
        return np.array([root_mean_square(place.signals) for place in self.places])

    @cached_property
    def gradient(self) -> Array:
        """The root mean square of the gradient at each place, shape (depth + 1,)."""
        return np.array([root_mean_square(place.gradients) for place in self.places])

    @cached_property
    def spread(self) -> Array:
        """How far the samples differ at each place; see `Place.spread`."""
        return np.array([place.spread for place in self.places])

    @cached_property
    def dead(self) -> Array:
        """The share of units in each layer that give 0 for all samples, if the activation function can die; else 0."""
        is_able = can_die(self.op)
        return np.array([is_able and (place.signals == 0.0).all(axis=0).mean() for place in self.places[1:]], float)

    @cached_property
    def saturated(self) -> Array:
        """The share of each layer's activations where the function is flat, if it saturates; else 0."""
        flat = flat_slope(self.op)
        return np.array([(np.abs(place.slopes) < flat).mean() for place in self.places[1:] if place.slopes is not None])

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield a row of numbers for each place, under `COLUMNS`."""
        for k, place in enumerate(self.places):
            layer: tuple[Any, ...] = (None, None, None)
            if place.weight_gradients is not None:
                layer = (root_mean_square(place.weight_gradients), self.dead[k - 1], self.saturated[k - 1])
            sizes = (self.signal[k], self.foretold[0][k], self.spread[k], self.gradient[k], self.foretold[1][k])
            yield (self.name, k, *map(float, sizes), *layer)


COLUMNS = (
    "name",
    "layer",
    "signal",
    "signal_foretold",
    "spread",
    "gradient",
    "gradient_foretold",
    "weight_gradient",
    "dead",
    "saturated",
)


def compare_initialisations(
    rows: Iterable[Initialisation], activation: str, settings: DepthSettings
) -> Iterator[DeepRun]:
    """Return a run for each way to draw the weights of one network, each made when it is asked for.

    Raises ValueError for an activation that is unknown or not defined for all numbers.
    """
    op = signal_activation(activation)
    return (deep_run(row.name, op, row, settings) for row in rows)


def compare_activations(names: Iterable[str], row: Initialisation, settings: DepthSettings) -> Iterator[DeepRun]:
    """Return a run for each activation function, the weights being drawn in the way that is given; else likewise."""
    ops = [signal_activation(name) for name in names]
    return (deep_run(op.name, op, row, settings) for op in ops)


def deep_run(name: str, op: Op, initialisation: Initialisation, settings: DepthSettings) -> DeepRun:
    """Measure and train one network; the same seed gives the same samples, and the same numbers to make weights of."""
    rng = as_generator(settings.seed)
    X = rng.standard_normal((settings.samples, settings.width))
    gradient = rng.standard_normal(X.shape)
    scores = X @ rng.standard_normal(settings.width)
    y = (scores > np.median(scores)).astype(np.int64)  # two classes of one size, on the two sides of a plane
    network = _network(op, initialisation, settings, rng)
    with np.errstate(all="ignore"):
        places = measure(network, X, gradient)
        losses = _train(network, X, y, settings)
    return DeepRun(name, op, initialisation, settings, places, foretold(op, initialisation, settings), losses)


def measure(network: ArrayMLP, X: Array, gradient: Array) -> tuple[Place, ...]:
    """Send samples forward and `gradient`, of the shape of the last hidden layer's signals, back from there."""
    signals = [Tensor.leaf(X, LEAF)]
    inputs: list[Tensor] = []
    for layer in network.layers[:-1]:
        if isinstance(layer, Linear):
            inputs.append(layer(signals[-1]))
        else:
            signals.append(layer(inputs[-1]))
    signals[-1].backward(gradient)
    places = [Place(signals[0].data, _gradient(signals[0]))]
    for linear, before, after in zip(network.linears, inputs, signals[1:], strict=False):
        slopes = slope_at(network.activation, before.data)
        places.append(Place(after.data, _gradient(after), slopes, _gradient(linear.weight)))
    return tuple(places)


def foretold(op: Op, initialisation: Initialisation, settings: DepthSettings) -> tuple[Array, Array]:
    """Return the sizes of signal and gradient at each place as theory has them, for inputs and weights without number.

    In a layer of n inputs whose weights have the variance v, what goes into the activation function f is normal with
    the mean square n v E[signal^2]; a gradient's mean square is multiplied by n v E[f'^2] on its way back. K. He et
    al., "Delving Deep into Rectifiers" (2015), section 2.2; B. Poole et al., "Exponential expressivity in deep neural
    networks through transient chaos" (2016).
    """
    signal, factors = [1.0], []
    for layer in _layers(op, settings)[:-1]:
        factor = math.sqrt(layer.nin) * initialisation.std(layer)
        after, slope = sizes_after(op, factor * signal[-1])
        signal.append(after)
        factors.append(factor * slope)
    with np.errstate(all="ignore"):
        gradient = np.cumprod([1.0, *reversed(factors)])[::-1]
    return np.array(signal), gradient


# --- parts ------------------------------------------------------------------------------------------------------------


def _network(op: Op, initialisation: Initialisation, settings: DepthSettings, rng: np.random.Generator) -> ArrayMLP:
    network = ArrayMLP(settings.width, [*[settings.width] * settings.depth, 1], activation=op.name, rng=0)
    for linear, layer in zip(network.linears, _layers(op, settings), strict=True):
        linear.weight.data = initialisation.weights(layer, rng)
    return network


def _layers(op: Op, settings: DepthSettings) -> list[Layer]:
    sizes = [settings.width] * (settings.depth + 1) + [1]
    functions = ["linear", *[op.name] * settings.depth, "linear"]
    return [Layer(*size, *around) for size, around in zip(pairwise(sizes), pairwise(functions), strict=True)]


def _train(network: ArrayMLP, X: Array, y: Array, settings: DepthSettings) -> Array:
    """Return the loss before each step and after the last; they end with the first that is not finite."""
    sgd = SGD(network.parameters(), lr=settings.lr)
    losses: list[float] = []
    for _ in range(settings.steps + 1 if settings.steps else 0):
        loss, _ = batch_loss(network, X, y, loss=binary_cross_entropy_with_logits)
        losses.append(float(loss))
        if not math.isfinite(losses[-1]):
            break
        sgd.zero_grad()
        loss.backward()
        sgd.step()
    return np.array(losses)


def _gradient(node: Tensor) -> Array:
    return np.zeros(node.shape) if node.grad is None else node.grad
