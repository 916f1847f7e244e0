"""Heat maps: an array as a small grid of cells, and what colour and sign each cell has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.notation import short
from micrograd_plus.viz.colour import INK, NAN_FILL, PALE_INK, Scale
from micrograd_plus.viz.picture import NO_GRAD_YET, Box, Flow, Heat, Numbers

MOST_ROWS, MOST_COLUMNS = 12, 16
MOST_MAPS = 100  # in one picture: each can be 400 elements of a file

# Side of a cell in points: the fewer cells, the larger.
_LARGEST, _SMALLEST, _WIDEST_MAP, _LOWEST_MAP = 16, 8, 96, 14

# Greys of data from the most negative to the most positive, as in a Hinton diagram: no gradient has such a colour.
_BLACK, _MIDDLE, _WHITE = 40, 156, 255

NEGATIVE, NOT_A_NUMBER = "-", "x"

Rows = tuple[tuple[float, ...], ...]


def heat_of(data: Any, grad: Any = None) -> Heat | None:
    """Return the cells of an array and, unless it is None, of its gradient; None for a number or an empty array.

    One axis is a row; of several axes, all but the last are folded into the rows. More than 12 x 16 cells are reduced
    by means over equal blocks (those at the end may be smaller).

    >>> heat_of(np.array([1.0, -2.0, 3.0]))
    Heat(data=((1.0, -2.0, 3.0),), grad=(), note='')
    >>> heat_of(np.zeros((4, 5, 40))).note
    'rows: 4 x 5, each cell a mean of 2 x 3'
    """
    array = np.asarray(data, dtype=float)
    if array.ndim == 0 or array.size == 0:
        return None
    rows, columns = array.size // array.shape[-1], array.shape[-1]
    block = -(-rows // MOST_ROWS), -(-columns // MOST_COLUMNS)
    notes = []
    if array.ndim > 2:
        notes.append(f"rows: {' x '.join(map(str, array.shape[:-1]))}")
    if block != (1, 1):
        notes.append(f"each cell a mean of {block[0]} x {block[1]}")
    return Heat(_cells(array, block), () if grad is None else _cells(grad, block), ", ".join(notes))


def _cells(array: Any, block: tuple[int, int]) -> Rows:
    table = np.asarray(array, dtype=float).reshape(-1, np.shape(array)[-1])
    if block != (1, 1):
        with np.errstate(all="ignore"):
            table = _block_sums(table, block) / _block_sums(np.ones_like(table), block)
    return tuple(map(tuple, table.tolist()))


def _block_sums(table: NDArray[Any], block: tuple[int, int]) -> NDArray[Any]:
    for axis in (0, 1):
        table = np.add.reduceat(table, range(0, table.shape[axis], block[axis]), axis=axis)
    return table


# --- what stands in a box ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A square of a heat map; `mark`, in the colour `ink`, tells negative gradients and nan without colours."""

    fill: str
    mark: str = ""
    ink: str = INK


@dataclass(frozen=True, slots=True)
class Panel:
    """One half of a box with heat maps: heading, rows of cells, and the range and mean below."""

    heading: str
    cells: tuple[tuple[Cell, ...], ...]
    lines: tuple[str, ...]

    @property
    def cell_size(self) -> tuple[int, int]:
        """Width and height of a cell in points."""
        rows, columns = len(self.cells), max(map(len, self.cells), default=0)
        side = max(min(_WIDEST_MAP // max(rows, columns, 1), _LARGEST), _SMALLEST)
        return side, max(side, _LOWEST_MAP // max(rows, 1))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the map in points."""
        width, height = self.cell_size
        return (width * len(self.cells[0]), height * len(self.cells)) if self.cells else (0, 0)


def panels(box: Box, scale: Scale) -> list[Panel]:
    """Return what is drawn of the data and of the gradient of a box that has a heat map; `scale` is the gradients'."""
    assert box.heat is not None
    limit = max((abs(x) for row in box.heat.data for x in row if math.isfinite(x)), default=0.0)
    data = tuple(tuple(_data_cell(x, limit) for x in row) for row in box.heat.data)
    found = [Panel("data", data, _range(box.data))]
    if box.heat.grad:
        grad = tuple(tuple(_grad_cell(x, scale) for x in row) for row in box.heat.grad)
        found.append(Panel("grad", grad, _range(box.grad)))
    return found


def title(box: Box) -> str:
    """Return the name and the shape of an array."""
    return box.lines()[0]


def remarks(box: Box) -> list[str]:
    """Return what else is to be said of an array, below its heat maps."""
    assert box.heat is not None
    missing = "" if box.heat.grad or box.flow is Flow.NEVER else NO_GRAD_YET
    return [text for text in (box.heat.note, missing, box.note, "stale" if box.is_stale else "") if text]


def _range(numbers: Numbers | None) -> tuple[str, ...]:
    if numbers is None:
        return ()
    if numbers.low == numbers.high:
        return (f"all {numbers}" if numbers.count > 1 else str(numbers),)
    return (str(numbers), f"mean {short(numbers.mean, 3)}")


def _data_cell(x: float, limit: float) -> Cell:
    if math.isnan(x):
        return Cell(NAN_FILL, NOT_A_NUMBER, PALE_INK)
    strength = max(-1.0, min(x / limit, 1.0)) if limit else float(np.sign(x))
    end = _WHITE if strength > 0.0 else _BLACK
    grey = round(_MIDDLE + (end - _MIDDLE) * abs(strength))
    return Cell(f"#{grey:02x}{grey:02x}{grey:02x}")


def _grad_cell(x: float, scale: Scale) -> Cell:
    if math.isnan(x):
        return Cell(NAN_FILL, NOT_A_NUMBER, PALE_INK)
    return Cell(scale.fill(x), NEGATIVE if x < 0.0 else "")
