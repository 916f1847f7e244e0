"""Whether an array of positions is affine, a base plus a stride for each axis, so that a view shows it uncopied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.compiler.views import View

Ints = NDArray[np.int64]
_MOST_AXES = 6


def view_of(table: Ints) -> View | None:
    """Return the view that shows `table`, positions in a flat array, or None if it is not affine.

    Nor if it shows an element at places that differ by more than a stride of 0: what is added into a view must meet
    each element once.

    >>> view_of(np.array([[4, 6], [5, 7]]))
    View(offset=4, shape=(2, 2), strides=(1, 2))
    """
    offset = int(table.flat[0])
    strides = _strides(table)
    wanted = np.full(table.shape, offset, np.int64)
    for axis, stride in enumerate(strides):
        wanted += (stride * np.arange(table.shape[axis])).reshape([-1 if k == axis else 1 for k in range(table.ndim)])
    return View(offset, table.shape, strides) if (wanted == table).all() and _is_apart(table.shape, strides) else None


def _is_apart(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    reach = 0
    for stride, size in sorted((abs(s), n) for s, n in zip(strides, shape, strict=True) if s and n > 1):
        if stride <= reach:
            return False
        reach += stride * (size - 1)
    return True


def _strides(table: Ints) -> tuple[int, ...]:
    start = int(table.flat[0])
    first = [
        table[tuple(int(k == axis) for k in range(table.ndim))] if n > 1 else start
        for axis, n in enumerate(table.shape)
    ]
    return tuple(int(x) - start for x in first)


def view_with_holes(table: Ints, real: NDArray[np.bool_], size: int) -> View | None:
    """Return the view that shows `table` where `real` holds, and elsewhere any elements of the `size` there are."""
    if real.all():
        return view_of(table)
    at = np.argwhere(real)
    matrix = np.column_stack([np.ones(len(at)), at])
    solution = np.rint(np.linalg.lstsq(matrix, table[real].astype(float), rcond=None)[0]).astype(np.int64)
    offset, strides = int(solution[0]), tuple(int(s) for s in solution[1:])
    if not (offset + at @ np.array(strides, np.int64) == table[real]).all():
        return None
    ends = [0] + [s * (n - 1) for s, n in zip(strides, table.shape, strict=True)]
    low = offset + sum(e for e in ends if e < 0)
    high = offset + sum(e for e in ends if e > 0)
    return View(offset, table.shape, strides) if low >= 0 and high < size and _is_apart(table.shape, strides) else None


def grid_of(positions: Ints) -> tuple[int, ...] | None:
    """Return sizes of axes over which each row of `positions`, shape (rows, n), is affine; their product is n.

    None where there are no such axes, or too many. The innermost axis is found first: how far all rows go on with the
    step that they began with.

    >>> grid_of(np.array([[0, 1, 2, 3, 4, 5], [0, 1, 0, 1, 0, 1]]))
    (3, 2)
    """
    sizes: list[int] = []
    current = positions
    while current.shape[1] > 1:
        n = current.shape[1]
        steps = np.diff(current, axis=1)
        same = (steps == steps[:, :1]).all(axis=0)
        run = n if same.all() else int(np.argmin(same)) + 1
        while n % run:
            run -= 1
        blocks = current.reshape(len(current), n // run, run)
        if run == 1 or len(sizes) == _MOST_AXES:
            return None
        if not (np.diff(blocks, axis=2) == steps[:, :1, None]).all():
            return None
        sizes.append(run)
        current = blocks[:, :, 0]
    return tuple(reversed(sizes)) or (1,)
