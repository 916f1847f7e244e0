"""Initial weights, drawn so that signals keep their size from layer to layer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.activation_kinds import is_rectifier
from micrograd_plus.ops import TABLE


def initial_weights(nin: int, nout: int, nonlinearity: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return weights of shape (nin, nout) for a layer that `nonlinearity` follows ("linear" for none).

    Normal with variance 2/nin before rectifiers (He et al., "Delving Deep into Rectifiers", 2015, equation 10), else
    with variance 1/nin (LeCun et al., "Efficient BackProp", 1998, equation 16). Drawn neuron by neuron, so that a layer
    of neurons and a matrix begin alike.
    """
    # Of what goes into a rectifier, about half the mean square comes out.
    variance = (2.0 if nonlinearity != "linear" and is_rectifier(TABLE[nonlinearity]) else 1.0) / nin
    return np.ascontiguousarray(rng.normal(0.0, math.sqrt(variance), (nout, nin)).T)
