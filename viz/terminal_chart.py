"""A small line chart as text for a terminal, in braille dots: cheap enough to be drawn anew some times a second.

Lines are told apart without colour: the first is solid, the others are ever thinner dots, and each has its name and
last number at its right end. Who has colours finds in each `Piece` whose line it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.notation import short

LEAST_WIDTH, LEAST_HEIGHT = 40, 5

_NO_DOTS = 0x2800  # the braille sign without dots; a blank is written in its place, as some fonts show its eight holes
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # of a braille sign, by row and column
_TOO_LARGE = 1e300  # for sums of many to be finite
_LEAST_COLUMNS = 8
_NUMBER = 8  # columns for a number, whatever it is, so that the plot keeps its place while they change

Array = NDArray[np.float64]
Numbers = Sequence[float | None] | Array


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in one row of a chart, and the name of the line it shows or belongs to."""

    text: str
    line: str | None = None


def can_be_written(encoding: str | None) -> bool:
    """Tell whether an encoding, such as that of `sys.stdout`, has the signs of a chart.

    >>> can_be_written("utf-8"), can_be_written("latin-1")
    (True, False)
    """
    try:
        f"{chr(_NO_DOTS)}│┤└─".encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def chart(
    lines: Mapping[str, Numbers], width: int = 80, height: int = 12, *, log: bool = False, epochs: int | None = None
) -> list[str]:
    """Return the rows of a chart of lines over epochs, at most `width` columns wide and `height` rows high.

    Each line has a number for every epoch from the first. Where there are more epochs than columns of dots, each column
    shows the mean of its epochs. Numbers that are missing (None), nan or infinite, and with `log` those of at most 0,
    leave a gap. The axis ends at `epochs` if that is more than there are numbers. Raises `ValueError` for a chart that
    is too small (see `LEAST_WIDTH` and `LEAST_HEIGHT`) and where there is no room for the names of the lines.

    >>> print("\\n".join(chart({"loss": [4.0, 3.0, 2.0, 1.0, 1.0]}, 40, 6)))
           4 ┤⠑⠢⢄
             │   ⠉⠢⢄
         2.5 ┤      ⠉⠒⢄⡀
           1 ┤         ⠈⠢⢄⣀⣀⣀⣀ loss 1
             └────────────────
              1    epoch     5
    """
    rows = pieces(lines, width, height, log=log, epochs=epochs)
    return ["".join(piece.text for piece in row).rstrip() for row in rows]


def pieces(
    lines: Mapping[str, Numbers], width: int = 80, height: int = 12, *, log: bool = False, epochs: int | None = None
) -> list[list[Piece]]:
    """Return the rows of `chart` in pieces, each of which belongs to one line or to none: to be coloured."""
    integer_at_least(LEAST_WIDTH, "width", width)
    integer_at_least(LEAST_HEIGHT, "height", height)
    rows = height - 2  # without the axis and its numbers
    if len(lines) > rows:
        raise ValueError(f"wanted at most {rows} lines for {height} rows, got {len(lines)}")
    numbers = {name: _scaled(values, log=log) for name, values in lines.items()}
    last = max([epochs or 1, *(len(values) for values in numbers.values())])
    columns = width - (_NUMBER + 2) - (max(map(len, lines), default=0) + _NUMBER + 2)
    if columns < _LEAST_COLUMNS:
        raise ValueError(f"the names of the lines leave {columns} of {width} columns: want at least {_LEAST_COLUMNS}")
    means = {name: _means(values, last, 2 * columns) for name, values in numbers.items()}
    finite = np.concatenate([[], *(of_one[np.isfinite(of_one)] for of_one in means.values())])
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (np.nan, np.nan)
    heights = [_rows(of_one, low, high, 4 * rows) for of_one in means.values()]
    dots = [_dots(of_one, 4 * rows, every=k + 1) for k, of_one in enumerate(heights)]
    ends = _ends(numbers, low, high, rows, log=log)
    marks = {0: high, rows // 2: (low + high) / 2.0, rows - 1: low} if high > low else {rows // 2: high}
    drawn = []
    for row in range(rows):
        mark = _number(marks[row], log=log) if row in marks and finite.size else ""
        plot = _plot_row([of_one[4 * row : 4 * row + 4] for of_one in dots], list(lines))
        end = [Piece(f" {ends[row][1]}", ends[row][0])] if row in ends else []
        drawn.append([Piece(f"{mark:>{_NUMBER}} {'┤' if mark else '│'}"), *plot, *end])
    drawn.append([Piece(f"{'':{_NUMBER}} └{'─' * columns}")])
    drawn.append([Piece(f"{'':{_NUMBER + 2}}{_epoch_axis(last, columns)}")])
    return drawn


def _scaled(values: Numbers, *, log: bool) -> Array:
    """Return numbers as they are drawn, nan where there is nothing to draw."""
    numbers = np.array(values, dtype=np.float64)  # None becomes nan
    numbers[~(np.abs(numbers) < _TOO_LARGE)] = np.nan
    if log:
        numbers[~(numbers > 0.0)] = np.nan
        numbers = np.log10(numbers)
    return numbers


def _means(numbers: Array, last: int, columns: int) -> Array:
    """Return the height of a line in each column of dots: means of what falls into it, or between its neighbours."""
    places = np.arange(len(numbers)) * (columns - 1) / max(1, last - 1)
    places = np.minimum(np.round(places).astype(int), columns - 1)
    is_finite = np.isfinite(numbers)
    counts = np.bincount(places[is_finite], minlength=columns)
    sums = np.bincount(places[is_finite], numbers[is_finite], minlength=columns)
    means = np.full(columns, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    known = np.unique(places)  # a column with epochs that are all missing is a gap
    if known.size:
        between = np.interp(np.arange(columns), known, means[known], right=np.nan)
        means = np.where(counts > 0, means, between)
    return means


def _rows(means: Array, low: float, high: float, rows: int) -> Array:
    """Return the row of dots of each column, from the top; nan where there is none."""
    share = (high - means) / (high - low) if high > low else means * 0.0 + 0.5
    return np.round(share * (rows - 1))


def _dots(rows: Array, count: int, every: int) -> NDArray[np.bool_]:
    """Return where dots are: all along the line, or in one of `every` so many columns."""
    dots = np.zeros((count, len(rows)), dtype=bool)
    before = np.nan
    for column, row in enumerate(rows.tolist()):
        if np.isfinite(row) and (column % every == 0 or not np.isfinite(before)):  # a lone number has a dot anyhow
            at = int(row)
            dots[at, column] = True
            if every == 1 and np.isfinite(before):  # a steep line has no holes
                upper, lower = sorted((int(before), at))
                dots[upper + 1 : lower, column] = True
        before = row
    return dots


def _ends(numbers: Mapping[str, Array], low: float, high: float, rows: int, *, log: bool) -> dict[int, tuple[str, str]]:
    """Return by row the name of the line that ends there, and what is written: as near as there is room."""
    wanted = []
    for name, values in numbers.items():
        finite = values[np.isfinite(values)]
        if finite.size:
            row = int(_rows(np.clip(finite[-1:], low, high), low, high, 4 * rows)[0]) // 4
            wanted.append((row, name, f"{name} {_number(float(finite[-1]), log=log)}"))
    ends: dict[int, tuple[str, str]] = {}
    for row, name, text in sorted(wanted):
        free = min(set(range(rows)) - set(ends), key=lambda k: (abs(k - row), -k))
        ends[free] = name, text
    return ends


def _number(x: float, *, log: bool) -> str:
    texts = [short(10.0**x if log else x, digits) for digits in (3, 2, 1)]
    return next((text for text in texts if len(text) <= _NUMBER), texts[-1])


def _epoch_axis(last: int, columns: int) -> str:
    right = str(last)
    return f"1{'epoch':^{columns - 1 - len(right)}}{right}" if last > 1 else "epoch 1"


def _plot_row(dots: Sequence[NDArray[np.bool_]], names: Sequence[str]) -> Iterator[Piece]:
    """Yield the signs of four rows of dots of all lines; a sign with dots of several lines is that of the last."""
    if not dots:
        return
    signs = np.array([(of_one.reshape(4, -1, 2) * _DOTS[:, None, :]).sum(axis=(0, 2)) for of_one in dots])
    texts = [chr(_NO_DOTS | bits) if bits else " " for bits in np.bitwise_or.reduce(signs, axis=0).tolist()]
    lines = [next((k for k in reversed(range(len(names))) if column[k]), None) for column in signs.T.tolist()]
    for line, cells in groupby(zip(lines, texts, strict=True), key=lambda cell: cell[0]):
        yield Piece("".join(text for _, text in cells), None if line is None else names[line])
