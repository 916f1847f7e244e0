"""Kinds of activation functions, told from what their rows compute and not from their names."""

from __future__ import annotations

import math

import numpy as np

from micrograd_plus.ops import REAL, Op

# The part of its steepest slope below which a function is flat. Units near their asymptotes: Glorot and Bengio,
# "Understanding the difficulty of training deep feedforward neural networks" (2010), section 3.
FLAT = 0.05

_LARGE = 100.0
_NEAR = np.linspace(-10.0, 10.0, 2001)
_FAR = np.array([-1e6, 1e6])  # where a function that saturates has long done so


def is_rectifier(op: Op) -> bool:
    """Tell whether an operation passes large numbers on and next to nothing of negative ones, as relu and gelu do."""
    return op.arity == 1 and math.isclose(op(_LARGE), _LARGE) and abs(op(-_LARGE)) < 0.1 * _LARGE


def can_die(op: Op) -> bool:
    """Tell whether an operation is a rectifier that lets no gradient at all through for negative numbers.

    >>> from micrograd_plus.ops import TABLE, clip
    >>> [name for name, op in TABLE.items() if can_die(op)], can_die(clip.bind(named={"min": 0.0}))
    (['relu'], True)
    """
    return op.selects and is_rectifier(op)


def flat_slope(op: Op) -> float:
    """Return the slope, in size, below which a function that saturates is flat; 0 for one that does not saturate.

    It saturates if it becomes flat on both sides, as tanh and sigmoid do.

    >>> from micrograd_plus.ops import TABLE
    >>> {name: round(flat_slope(op), 4) for name, op in TABLE.items() if flat_slope(op)}
    {'arctan': 0.05, 'tanh': 0.05, 'erf': 0.0564, 'sigmoid': 0.0125}
    """
    if op.arity != 1 or op.selects or op.domain != (REAL,):
        return 0.0
    slope = op.slopes[0]
    if not callable(slope):
        return 0.0
    with np.errstate(all="ignore"):
        # Times the distance: what grows for ever, be it like a logarithm, has slopes that fall no faster than 1 / x.
        if not (np.abs(slope(op(_FAR), _FAR) * _FAR) < 1e-3).all():
            return 0.0
        return FLAT * float(np.abs(slope(op(_NEAR), _NEAR)).max())
