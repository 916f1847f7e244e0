"""Initial weights, drawn so that signals keep their size from layer to layer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.ops import TABLE


def initial_weights(nin: int, nout: int, nonlinearity: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return weights of shape (nin, nout) for a layer that `nonlinearity` follows ("linear" for none).

    Normal with variance 2/nin before rectifiers (He et al., "Delving Deep into Rectifiers", 2015, equation 10), else
    with variance 1/nin (LeCun et al., "Efficient BackProp", 1998, equation 16). Drawn neuron by neuron, so that a layer
    of neurons and a matrix begin alike.
    """
    variance = (2.0 if _is_rectifier(nonlinearity) else 1.0) / nin
    return np.ascontiguousarray(rng.normal(0.0, math.sqrt(variance), (nout, nin)).T)


def _is_rectifier(nonlinearity: str) -> bool:
    """Tell whether an operation passes large numbers on and next to nothing of negative ones, as relu does.

    What comes out has about half the mean square of what comes in.
    """
    if nonlinearity == "linear":
        return False
    op, large = TABLE[nonlinearity], 100.0
    return math.isclose(op(large), large) and abs(op(-large)) < 0.1 * large
