"""Why a gradient is what it is: a sum over all paths to the root, each the product of its local derivatives.

What both kinds of paths have in common: `value_paths` finds those on Values, `array_paths` those on Tensors.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from micrograd_plus.engine import Node
from micrograd_plus.steps import Step

MOST_PATHS = 20
COVERED = 0.97  # of the sum of sizes, where the listing ends
MOST_COUNTED = 10**300  # more paths are not counted: in a chain of a million nodes, numbers have a million digits


@dataclass(frozen=True, slots=True)
class Path:
    """One way from a node to the root: the steps that lead up, and `share`, the product of their slopes.

    On Tensors `share` is what arrives at the node by this way: an array of its shape, or of one entry a float.
    """

    steps: Sequence[Step]
    share: Any


@dataclass(frozen=True, slots=True)
class Why:
    """The gradient of `node` as a sum over paths, of which the largest are listed.

    `total` is the sum of all paths, computed from the node upwards and not from the gradients. `count` is the number of
    all paths, `blocked_by` of those with a slope of exactly zero on them, by the symbol of the operation that stops the
    gradient on its way down; 10^300 stands for more than that. `size` is the sum of the sizes of all shares.
    """

    node: Node
    gradient: Any
    total: Any
    count: int
    blocked_by: dict[str, int]
    size: float
    paths: tuple[Path, ...]

    @property
    def blocked(self) -> int:
        """The number of paths that nothing comes through."""
        return sum(self.blocked_by.values())

    @property
    @np.errstate(invalid="ignore")
    def rest(self) -> Any:
        """What all paths that are not listed add up to; nan beside an infinite gradient."""
        shares = [path.share for path in self.paths]
        return self.gradient - (sum_of(shares) if np.ndim(self.gradient) == 0 else sum(shares))

    @property
    def covered(self) -> float:
        """The listed paths' part of `size`, from 0 to 1."""
        return sum_of([size_of(path.share) for path in self.paths]) / self.size if self.size else 1.0


def counted_paths(paths: int) -> int:
    """Return a number of paths, `MOST_COUNTED` if they are more."""
    return paths if paths < MOST_COUNTED else MOST_COUNTED


def size_of(share: Any) -> float:
    """Return the absolute value of a number, the Euclidean norm of an array."""
    return abs(share) if share.__class__ is float else float(np.linalg.norm(share))


def sum_of(numbers: Sequence[float]) -> float:
    """Return the exact sum, rounded once; beside inf and past the largest float, what floats add up to."""
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):
        return sum(numbers)


def largest(strongest_first: Iterable[Path], size: float, most: int) -> tuple[Path, ...]:
    """Return the first paths: at most `most`, or as many as cover 97 % of `size`."""
    listed = []
    covered = 0.0
    for path in islice(strongest_first, most):
        listed.append(path)
        covered += size_of(path.share)
        if covered >= COVERED * size:
            break
    return tuple(listed)
