"""Which elements of a flat buffer of parameters one function moves: those that move together, or their blocks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

# Above so many elements, the update goes in blocks whose arrays stay in the second-level cache.
LARGE, BLOCK = 65_536, 32_000
# More runs of parameters than this are moved together with those between them, which are then put back.
_MOST_RUNS = 2


@dataclass
class Piece:
    """Elements `start` to `stop` of a flat buffer of `size` parameters, which begins at `offset` of the states.

    `cohorts` holds the one cohort of all elements or, as an array, that of each; `moved` says which move (None: all).
    Other pieces that move later read the numbers of the cohorts `awaited`, which therefore stay as they are. All that
    move are in one parameter group, `group`.
    """

    name: str
    gradient_name: str
    size: int
    start: int
    stop: int
    offset: int
    cohorts: int | NDArray[np.int64]
    moved: NDArray[np.bool_] | None = None
    awaited: frozenset[int] = frozenset()
    group: int = 0

    @property
    def present(self) -> frozenset[int]:
        """The cohorts that move."""
        if isinstance(self.cohorts, int):
            return frozenset([self.cohorts])
        return frozenset(np.unique(self.cohorts if self.moved is None else self.cohorts[self.moved]).tolist())


def pieces_of(
    name: str, gradient_name: str, offset: int, cohorts: NDArray[np.int64], moved: NDArray[np.bool_]
) -> list[Piece]:
    """Return the pieces in which the elements of a buffer that are `moved` move: runs of one cohort if they are few."""
    codes = np.where(moved, cohorts, -1)
    cuts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    runs = [(a, b) for a, b in pairwise(cuts) if codes[a] >= 0]
    if len(runs) <= _MOST_RUNS or len(codes) > LARGE:
        return [Piece(name, gradient_name, len(codes), a, b, offset, int(codes[a])) for a, b in runs]
    start, stop = runs[0][0], runs[-1][1]
    inside = moved[start:stop]
    mask = None if inside.all() else inside
    return [Piece(name, gradient_name, len(codes), start, stop, offset, cohorts[start:stop], mask)]


def block_size(size: int) -> int:
    """Return the size of blocks into which so many elements are divided: all of one size where that can be.

    >>> block_size(240_000), block_size(65_537)
    (30000, 32000)
    """
    sizes = range(BLOCK * 9 // 8, BLOCK // 2, -1)
    return next((n for n in sizes if size % n == 0), BLOCK)
