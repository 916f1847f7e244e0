"""What an activation function does to the size of a signal, computed from its row of the table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.magnitudes import root_mean_square
from micrograd_plus.nn.activation_names import activation_named
from micrograd_plus.ops import REAL, Op

Array = NDArray[np.floating[Any]]

# Standard normal numbers and their weights in a mean. A fine grid rather than Gauss-Hermite points, which lie too far
# apart for kinks and for the steep step that tanh is to large numbers; none is 0, where relu and sign jump.
_NORMAL = (np.arange(-5000, 5000) + 0.5) * 0.002
_WEIGHTS = np.exp(-0.5 * _NORMAL**2)
_WEIGHTS /= _WEIGHTS.sum()


def signal_activation(name: str) -> Op:
    """Return the operation of one input called `name` if it takes all numbers, as layers give them; else ValueError."""
    op = activation_named(name)
    if op.domain != (REAL,):
        low, high = op.domain[0]
        raise ValueError(f"{name} is defined from {low:.3g} to {high:.3g}: a layer gives it all numbers")
    return op


def sizes_after(op: Op, size: float) -> tuple[float, float]:
    """Return the root mean squares of what an operation gives, and of its slope, for normal numbers of a given size.

    The numbers have mean 0 and standard deviation `size`.

    >>> from micrograd_plus.ops import relu
    >>> [round(number**2, 9) for number in sizes_after(relu, 2.0)]
    [2.0, 0.5]
    """
    x = size * _NORMAL
    with np.errstate(all="ignore"):
        return root_mean_square(op(x), _WEIGHTS), root_mean_square(slope_at(op, x), _WEIGHTS)


def slope_at(op: Op, x: Array) -> Array:
    """Return the slope of an operation of one input at each number of an array."""
    slope = op.slopes[0]
    return np.broadcast_to(slope(op(x), x) if callable(slope) else slope, x.shape).astype(np.float64)


def gain(nonlinearity: str) -> float:
    """Return what weights are multiplied by so that signals keep their size through an activation: 1 for "linear".

    It is 1 / sqrt(E[f(z)^2]) for z normal with mean 0 and variance 1. For relu and leaky_relu that is PyTorch's
    `calculate_gain`, from He et al., "Delving Deep into Rectifiers" (2015); for tanh and sigmoid PyTorch names 5/3 and
    1 by hand. Raises ValueError for a function that is not defined for all numbers, or that gives 0 or inf.

    >>> round(gain("relu") ** 2, 9), round(gain("tanh"), 3)
    (2.0, 1.593)
    """
    if nonlinearity == "linear":
        return 1.0
    after, _ = sizes_after(signal_activation(nonlinearity), 1.0)
    if not 0.0 < after < np.inf:
        raise ValueError(f"{nonlinearity} has no gain: numbers of size 1 come out with size {after}")
    return 1.0 / after
