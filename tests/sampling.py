"""Points and parameters to try every row of the table at, so that a new row is tested by existing."""

from __future__ import annotations

import zlib
from itertools import combinations_with_replacement

import numpy as np

from micrograd_plus.ops import TABLE, Interval, Op

# Infinite ends of a domain are cut here: beyond, slopes like tanh's are all but zero.
WINDOW = 3.0
# Finite ends and 0, where pieces meet, are kept at this distance: far more than any step of a difference.
MARGIN = 0.05
# Parameters at which formulas often have a case of their own.
EDGE_PARAMETERS = (-400.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 400.0)

ROWS = sorted(TABLE)


def generator(row: str) -> np.random.Generator:
    """Return random numbers that depend on the row's name alone, so that other rows do not change its points."""
    return np.random.default_rng(zlib.crc32(row.encode()))


def inputs_in_domain(op: Op, rng: np.random.Generator) -> list[float]:
    """Return one number for each input, inside the domain."""
    return [_inside(interval, rng) for interval in op.domain]


def with_parameters(op: Op, rng: np.random.Generator) -> Op:
    """Return the row with random parameters, every other time whole numbers, in rising order as `clip` wants them."""
    drawn = np.sort(rng.uniform(-2.0, 3.0, len(op.parameters)))
    return op.bind(np.rint(drawn) if rng.integers(2) else drawn)


def _inside(interval: Interval, rng: np.random.Generator) -> float:
    low, high = interval
    low = low + MARGIN if np.isfinite(low) else -WINDOW
    high = high - MARGIN if np.isfinite(high) else WINDOW
    while abs(x := rng.uniform(low, high)) < MARGIN:
        pass
    return float(x)


def with_edge_parameters(op: Op) -> list[Op]:
    """Return a row with its own parameters and with those of the edges, in rising order as `clip` wants them."""
    if not op.parameters:
        return [op]
    numbers = sorted({*EDGE_PARAMETERS, *op.parameters.values()})
    return [op.bind(chosen) for chosen in combinations_with_replacement(numbers, len(op.parameters))]
