"""Networks of single numbers, as in micrograd: every weight is a `Value` that one can look at."""

from __future__ import annotations

import random
from collections.abc import Sequence
from operator import mul
from typing import Any

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.nn.activation_names import activation_named, written
from micrograd_plus.nn.initial import initial_weights
from micrograd_plus.nn.leaves import parameter
from micrograd_plus.nn.module import Module
from micrograd_plus.seeding import Rng, as_generator


class Neuron(Module):
    """A weighted sum of `nin` inputs plus a bias, then an activation unless `nonlin` is False.

    `activation` is the name of an operation of one input. Without `rng` the weights come from Python's global `random`,
    uniform between -1 and 1 and in micrograd's order, so that a notebook with a seed repeats; with it they are normal
    with the variance that suits the activation. Raises `ValueError` for another number of inputs when called.

    >>> neuron = Neuron(2, activation="tanh", rng=0)
    >>> neuron
    TanhNeuron(2)
    >>> [p.label for p in neuron.parameters()]
    ['w1', 'w2', 'b']
    """

    def __init__(self, nin: int, nonlin: bool = True, *, activation: str = "relu", rng: Rng | None = None) -> None:
        nin = integer_at_least(1, "nin", nin)
        self.nonlin = nonlin
        self.activation = activation_named(activation).name
        if rng is None:
            weights = [random.uniform(-1, 1) for _ in range(nin)]
        else:
            weights = initial_weights(nin, 1, activation if nonlin else "linear", as_generator(rng))[:, 0].tolist()
        self.w = [parameter(weight, f"w{k}") for k, weight in enumerate(weights, 1)]
        self.b = parameter(0.0, "b")

    def forward(self, x: Sequence[Any]) -> Any:
        """Return one Value for `nin` inputs, Values or numbers."""
        if len(x) != len(self.w):
            raise ValueError(f"a neuron of {len(self.w)} inputs was given {len(x)}")
        total = sum(map(mul, self.w, x), self.b)
        return getattr(total, self.activation)() if self.nonlin else total

    def __repr__(self) -> str:
        return f"{written(self.activation) if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons with the same `nin` inputs; other arguments as for `Neuron`. One output comes without a list."""

    def __init__(
        self, nin: int, nout: int, nonlin: bool = True, *, activation: str = "relu", rng: Rng | None = None
    ) -> None:
        rng = None if rng is None else as_generator(rng)
        nout = integer_at_least(1, "nout", nout)
        self.neurons = [Neuron(nin, nonlin, activation=activation, rng=rng) for _ in range(nout)]

    def forward(self, x: Sequence[Any]) -> Any:
        """Return a list of `nout` Values, or the Value itself if `nout` is 1."""
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"
