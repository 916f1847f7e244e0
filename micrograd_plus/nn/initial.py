"""Initial weights, drawn so that signals keep their size from layer to layer; and PyTorch's, by their names.

All are of shape (nin, nout), for a layer of nin inputs and nout units. They are drawn unit by unit, so that a layer of
neurons and a matrix begin alike. `rng` is a `numpy.random.Generator` or a seed. A layer takes each of these functions
as its `init`, and any other of the same arguments.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.activation_kinds import is_rectifier
from micrograd_plus.nn.activation_names import activation_named
from micrograd_plus.nn.gain import gain
from micrograd_plus.ops import TABLE
from micrograd_plus.seeding import Rng, as_generator

Weights = NDArray[np.float64]
Initialiser = Callable[..., Weights]  # (nin, nout, *, rng) -> weights of shape (nin, nout)


def initial_weights(nin: int, nout: int, nonlinearity: str, rng: Rng) -> Weights:
    """Return what layers begin with by default, if `nonlinearity` follows them ("linear" for none).

    Normal with variance 2/nin before rectifiers (He et al., "Delving Deep into Rectifiers", 2015, equation 10), else
    with variance 1/nin (LeCun et al., "Efficient BackProp", 1998, equation 16).
    """
    return normal(nin, nout, initial_std(nin, nonlinearity), rng=rng)


def initial_std(nin: int, nonlinearity: str) -> float:
    """Return the standard deviation of `initial_weights`."""
    # Of what goes into a rectifier, about half the mean square comes out.
    return math.sqrt((2.0 if nonlinearity != "linear" and is_rectifier(TABLE[nonlinearity]) else 1.0) / nin)


def normal(nin: int, nout: int, std: float = 1.0, *, rng: Rng) -> Weights:
    """Return normal weights with mean 0."""
    return np.ascontiguousarray(as_generator(rng).normal(0.0, std, (nout, nin)).T)


def uniform(nin: int, nout: int, std: float = 1.0 / math.sqrt(3.0), *, rng: Rng) -> Weights:
    """Return weights uniform around 0, by default between -1 and 1 as in micrograd: the bound is sqrt(3) * std."""
    bound = math.sqrt(3.0) * std
    return np.ascontiguousarray(as_generator(rng).uniform(-bound, bound, (nout, nin)).T)


def zeros(nin: int, nout: int, *, rng: Rng = 0) -> Weights:
    """Return zeros: units that begin alike learn alike, so this is for a layer whose inputs tell them apart."""
    return np.zeros((nin, nout))


def ones(nin: int, nout: int, *, rng: Rng = 0) -> Weights:
    """Return ones."""
    return np.ones((nin, nout))


# --- how layers use them ----------------------------------------------------------------------------------------------


def default_initialiser(nonlinearity: str) -> Initialiser:
    """Return `initial_weights` for the activation that follows; ValueError for a name of none."""
    if nonlinearity != "linear":
        activation_named(nonlinearity)
    return partial(_initial_weights_for, nonlinearity)


def _initial_weights_for(nonlinearity: str, nin: int, nout: int, *, rng: Rng) -> Weights:
    return initial_weights(nin, nout, nonlinearity, rng)


def drawn_weights(init: Initialiser, nin: int, nout: int, *, rng: Rng) -> Weights:
    """Return what `init` draws; ValueError for another shape than (nin, nout)."""
    weights = np.asarray(init(nin, nout, rng=as_generator(rng)), np.float64)
    if weights.shape != (nin, nout):
        raise ValueError(f"init was asked for weights of shape {(nin, nout)} and gave shape {weights.shape}")
    return weights


def convolution_weights(init: Initialiser, shape: tuple[int, ...], *, rng: Rng) -> Weights:
    """Return kernels of `shape` (O, C, h, w), with PyTorch's fans: C * h * w numbers come in, O * h * w are reached.

    `init` draws for as many units as are reached, of which there are only O.
    """
    kernels, channels, *kernel = shape
    area = math.prod(kernel)
    drawn = drawn_weights(init, channels * area, kernels * area, rng=rng)
    return np.ascontiguousarray(drawn[:, :kernels].T).reshape(shape)


# --- PyTorch's names --------------------------------------------------------------------------------------------------


def xavier_std(nin: int, nout: int) -> float:
    """Return sqrt(2 / (nin + nout)), for which signals forward and gradients backward change alike.

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), equation 12.
    """
    return math.sqrt(2.0 / (nin + nout))


def xavier_normal(nin: int, nout: int, *, rng: Rng) -> Weights:
    """Return normal weights with the standard deviation `xavier_std`."""
    return normal(nin, nout, xavier_std(nin, nout), rng=rng)


def xavier_uniform(nin: int, nout: int, *, rng: Rng) -> Weights:
    """Return weights uniform between plus and minus sqrt(6 / (nin + nout)), Glorot and Bengio's equation 16."""
    return uniform(nin, nout, xavier_std(nin, nout), rng=rng)


def kaiming_std(nin: int, nonlinearity: str = "relu") -> float:
    """Return gain / sqrt(nin), which keeps the size of signals that go through `nonlinearity`; see `gain`.

    He et al., "Delving Deep into Rectifiers" (2015), equation 10; PyTorch's `mode="fan_in"`.
    """
    return gain(nonlinearity) / math.sqrt(nin)


def kaiming_normal(nin: int, nout: int, nonlinearity: str = "relu", *, rng: Rng) -> Weights:
    """Return normal weights with the standard deviation `kaiming_std`."""
    return normal(nin, nout, kaiming_std(nin, nonlinearity), rng=rng)


def kaiming_uniform(nin: int, nout: int, nonlinearity: str = "relu", *, rng: Rng) -> Weights:
    """Return weights uniform between plus and minus sqrt(3) * `kaiming_std`."""
    return uniform(nin, nout, kaiming_std(nin, nonlinearity), rng=rng)


# --- by the names of their authors ------------------------------------------------------------------------------------

glorot_normal, glorot_uniform = xavier_normal, xavier_uniform
he_normal, he_uniform = kaiming_normal, kaiming_uniform
