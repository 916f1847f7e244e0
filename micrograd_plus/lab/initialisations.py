"""The initial weights that the lab compares, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from micrograd_plus.nn import initial
from micrograd_plus.suggestions import require_known

SMALL = 0.01


class Layer(NamedTuple):
    """A layer to draw weights for: inputs, units, the activations that its inputs come from and its outputs go to.

    Activations are told by name; "linear" stands for none, as before the first layer and after the last.
    """

    nin: int
    nout: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Initialisation:
    """A way to draw initial weights with mean 0: what it is in words, and the standard deviation for a layer."""

    name: str
    text: str
    std: Callable[[Layer], float]
    is_uniform: bool = False

    def weights(self, layer: Layer, rng: np.random.Generator) -> initial.Weights:
        """Return weights of shape (nin, nout)."""
        draw = initial.uniform if self.is_uniform else initial.normal
        return draw(layer.nin, layer.nout, self.std(layer), rng=rng)


def _xavier(layer: Layer) -> float:
    return initial.xavier_std(layer.nin, layer.nout)


def _kaiming(layer: Layer) -> float:
    return initial.kaiming_std(layer.nin, layer.before)


def _default(layer: Layer) -> float:
    return initial.initial_std(layer.nin, layer.after)


INITIALISATIONS = {
    row.name: row
    for row in (
        Initialisation("zeros", "all weights 0", lambda _: 0.0),
        Initialisation("small", f"normal, standard deviation {SMALL}", lambda _: SMALL),
        Initialisation("normal", "normal, standard deviation 1", lambda _: 1.0),
        Initialisation("uniform", "uniform from -1 to 1, as micrograd", lambda _: 3.0**-0.5, is_uniform=True),
        Initialisation("xavier_normal", "Glorot: normal, variance 2 / (nin + nout)", _xavier),
        Initialisation("xavier_uniform", "Glorot: uniform, that variance", _xavier, is_uniform=True),
        Initialisation("kaiming_normal", "He: normal, variance gain^2 / nin", _kaiming),
        Initialisation("kaiming_uniform", "He: uniform, that variance", _kaiming, is_uniform=True),
        Initialisation(
            "default", "micrograd_plus.nn: normal, variance 2 / nin before rectifiers, else 1 / nin", _default
        ),
    )
}


def initialisation_named(name: str) -> Initialisation:
    """Return the initialisation of that name; ValueError for any other name.

    >>> initialisation_named("zeros").text
    'all weights 0'
    """
    require_known("initialisation", name, INITIALISATIONS)
    return INITIALISATIONS[name]
