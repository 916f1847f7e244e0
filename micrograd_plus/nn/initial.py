"""Initial weights, drawn so that signals keep their size from layer to layer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

# What these let through has about half the mean square of what comes in; another row of the table starts as linear.
_RECTIFIERS = ("relu", "leaky_relu", "elu", "silu", "gelu", "softplus")


def initial_weights(nin: int, nout: int, nonlinearity: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return weights of shape (nin, nout) for a layer that `nonlinearity` follows ("linear" for none).

    Normal with variance 2/nin before rectifiers (He et al., "Delving Deep into Rectifiers", 2015, equation 10), else
    with variance 1/nin (LeCun et al., "Efficient BackProp", 1998, equation 16). Drawn neuron by neuron, so that a layer
    of neurons and a matrix begin alike.
    """
    variance = (2.0 if nonlinearity in _RECTIFIERS else 1.0) / nin
    return np.ascontiguousarray(rng.normal(0.0, math.sqrt(variance), (nout, nin)).T)
