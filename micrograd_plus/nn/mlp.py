"""The multi-layer perceptron, of numbers (`MLP`) and of arrays (`ArrayMLP`), and the way from each to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, zip_longest
from typing import Any

import numpy as np

from micrograd_plus.arguments import described, integer_at_least
from micrograd_plus.engine import CONSTANT
from micrograd_plus.nn.activation_names import activation_named
from micrograd_plus.nn.array import Linear, Sequential
from micrograd_plus.nn.module import Module
from micrograd_plus.nn.scalar import Layer
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.value import Value


class MLP(Module):
    """Layers of neurons, the last one without activation, called on one sample; arguments as micrograd's.

    `nouts` holds the number of neurons of each layer. `activation` and `rng` as for `Neuron`. Called with `masks`, a
    list of numbers for each hidden layer, the outputs of hidden neurons are multiplied by these, as dropout does.

    >>> MLP(2, [2, 1])
    MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]
    """

    def __init__(self, nin: int, nouts: Sequence[int], *, activation: str = "relu", rng: Rng | None = None) -> None:
        rng = None if rng is None else as_generator(rng)
        sizes = layer_sizes(nin, nouts)
        self.layers = [
            Layer(fan_in, fan_out, nonlin=k < len(sizes) - 1, activation=activation, rng=rng)
            for k, (fan_in, fan_out) in enumerate(pairwise(sizes), 1)
        ]

    def forward(self, x: Sequence[Any], masks: Sequence[Any] = ()) -> Any:
        """Return the outputs for one sample, a list of Values, or the Value itself if there is one."""
        # One node per input, rather than one per input of every neuron.
        x = [value if isinstance(value, Value) else _input(value, f"x{k}") for k, value in enumerate(x, 1)]
        for layer, mask in zip_longest(self.layers, masks):
            x = layer(x if isinstance(x, list) else [x])  # a layer of one neuron gives no list
            if mask is not None:
                x = [output * kept for output, kept in zip(x if isinstance(x, list) else [x], mask, strict=True)]
        return x

    @property
    def hidden_sizes(self) -> list[int]:
        """The numbers of neurons of the hidden layers."""
        return [len(layer.neurons) for layer in self.layers[:-1]]

    def to_numpy(self) -> ArrayMLP:
        """Return the network of arrays with the same weights."""
        first = self.layers[0].neurons[0]
        sizes = [len(first.w), *(len(layer.neurons) for layer in self.layers)]
        twin = ArrayMLP(sizes[0], sizes[1:], activation=first.activation, rng=0)
        for linear, layer in zip(twin.linears, self.layers, strict=True):
            linear.weight.data = np.array([[w.data for w in neuron.w] for neuron in layer.neurons]).T.copy()
            linear.bias.data = np.array([neuron.b.data for neuron in layer.neurons])
        return twin

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


class ArrayMLP(Sequential):
    """The same network on arrays, called on samples of shape (n, nin); gives shape (n, nouts[-1]).

    With the same seed it begins with the weights of `MLP`. `masks` as there, of shape (n, units) each.

    >>> ArrayMLP(2, [16, 1], activation="tanh", rng=0)
    ArrayMLP with 65 parameters
      Linear(2, 16) with 48 parameters
      tanh
      Linear(16, 1) with 17 parameters
    """

    def __init__(self, nin: int, nouts: Sequence[int], *, activation: str = "relu", rng: Rng) -> None:
        rng = as_generator(rng)
        self.activation = activation_named(activation)
        *hidden, last = pairwise(layer_sizes(nin, nouts))
        layers: list[Callable[[Any], Any]] = []
        for fan_in, fan_out in hidden:
            layers += [Linear(fan_in, fan_out, nonlinearity=activation, rng=rng), self.activation]
        super().__init__(*layers, Linear(*last, rng=rng))

    def forward(self, x: Any, masks: Sequence[Any] = ()) -> Any:
        """Return the outputs for samples."""
        if not masks:
            return super().forward(x)
        waiting = iter(masks)
        for layer in self.layers:
            x = layer(x)
            if layer is self.activation:
                x = x * next(waiting)
        return x

    @property
    def hidden_sizes(self) -> list[int]:
        """The numbers of units of the hidden layers."""
        return [linear.weight.shape[1] for linear in self.linears[:-1]]

    @property
    def linears(self) -> list[Linear]:
        """The layers that hold parameters."""
        return [layer for layer in self.layers if isinstance(layer, Linear)]

    def to_scalar(self) -> MLP:
        """Return the network of neurons with the same weights."""
        sizes = [linear.weight.shape for linear in self.linears]
        twin = MLP(sizes[0][0], [nout for _, nout in sizes], activation=self.activation.name, rng=0)
        for layer, linear in zip(twin.layers, self.linears, strict=True):
            for neuron, weights, bias in zip(layer.neurons, linear.weight.data.T, linear.bias.data, strict=True):
                neuron.b.data = bias
                for w, weight in zip(neuron.w, weights, strict=True):
                    w.data = weight
        return twin


def as_arrays(model: MLP | ArrayMLP) -> ArrayMLP:
    """Return the network itself if it is one of arrays, else the one with the same weights."""
    return model.to_numpy() if isinstance(model, MLP) else model


def layer_sizes(nin: int, nouts: Sequence[int]) -> list[int]:
    """Return the numbers of inputs, of neurons in each layer; TypeError or ValueError for what is none."""
    try:
        nouts = list(nouts)
    except TypeError:
        raise TypeError(f"nouts is a list with each layer's number of neurons, not {described(nouts)}") from None
    if not nouts:
        raise ValueError("nouts is empty: want each layer's number of neurons")
    return [integer_at_least(1, "nin", nin), *(integer_at_least(1, "a layer's number of neurons", n) for n in nouts)]


def _input(number: Any, label: str) -> Value:
    node = Value.leaf(number, CONSTANT)
    node.label = label
    return node
