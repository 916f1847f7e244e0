"""Views: which elements of a flat buffer an array shows, by strides, so that what moves no number costs nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]


@dataclass(frozen=True)
class View:
    """Which elements of a flat buffer an array shows: `offset`, `shape` and `strides`, counted in elements."""

    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of elements shown, repeats counted."""
        return math.prod(self.shape)

    @property
    def is_contiguous(self) -> bool:
        """Whether the elements stand one after the other in C order."""
        wanted = 1
        for size, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if size != 1 and stride != wanted:
                return False
            wanted *= size
        return True

    @property
    def repeats(self) -> tuple[int, ...]:
        """The axes along which the same elements are shown again."""
        return tuple(k for k, (n, s) in enumerate(zip(self.shape, self.strides, strict=True)) if s == 0 and n != 1)

    def on(self, flat: Numbers) -> Numbers:
        """Return this view of a flat array."""
        strides = tuple(s * flat.itemsize for s in self.strides)
        if not self.size:
            return np.empty(self.shape, flat.dtype)
        return np.ndarray(self.shape, flat.dtype, flat, self.offset * flat.itemsize, strides)


def whole(shape: Sequence[int]) -> View:
    """Return the view of a whole contiguous array."""
    strides = [1] * len(shape)
    for k in range(len(shape) - 1, 0, -1):
        strides[k - 1] = strides[k] * max(shape[k], 1)
    return View(0, tuple(shape), tuple(strides))


def side_by_side(shapes: Sequence[tuple[int, ...]], axis: int) -> tuple[tuple[int, ...], list[View]]:
    """Return the shape of arrays put one after the other along `axis`, and the view of each in it."""
    axis %= len(shapes[0])
    sizes = [shape[axis] for shape in shapes]
    joined = (*shapes[0][:axis], sum(sizes), *shapes[0][axis + 1 :])
    strides = whole(joined).strides
    starts = accumulate(sizes, initial=0)
    return joined, [View(start * strides[axis], shape, strides) for start, shape in zip(starts, shapes, strict=False)]
