"""The heat map of a sweep: the mean validation accuracy of every setting, a panel for two of the settings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from micrograd_plus.lab.grid import values_of
from micrograd_plus.lab.sweep_table import Row, in_words, named, shown, varying
from micrograd_plus.viz.own_figure import Figure

MOST_PANELS = 12

# Gets darker from end to end, so that it can be read in grey; its palest blue can be told from paper.
_MAP = ListedColormap(colormaps["Blues"](np.linspace(0.08, 1.0, 256)))
_CELL = (0.92, 0.62)  # inches
_COLUMNS_ACROSS = 9  # cells beside each other in all panels of a row, before the next row begins


def heat_map(rows: Sequence[Row]) -> Figure:
    """Return a figure of the mean validation accuracy of rows: over the learning rate and the batch size if they vary.

    Each cell has the mean in percent and the spread over the seeds below it; where runs diverged or failed it says how
    many. Settings beyond two make panels, at most `MOST_PANELS`, those with the best rows.
    """
    names = varying(row.settings for row in rows) or ["lr"]
    x, y, others = names[0], names[1] if len(names) > 1 else None, names[2:]
    settings = [row.settings for row in rows]
    columns, lines = values_of(x, settings), values_of(y, settings) if y else [None]
    panels = _panels(rows, others)
    across = max(1, min(len(panels), _COLUMNS_ACROSS // len(columns)))
    down = math.ceil(len(panels) / across)
    figure = Figure(
        figsize=(
            max(6.0, 2.0 + across * (0.5 + _CELL[0] * len(columns))),  # the title needs its room
            0.95 + down * (0.65 + _CELL[1] * len(lines)),
        ),
        layout="constrained",
    )
    grid = figure.subplots(down, across, squeeze=False)
    image = None
    for place, axes in enumerate(grid.flat):
        if place >= len(panels):
            axes.set_axis_off()
            continue
        title, of_panel = panels[place]
        image = _draw(axes, _cells(of_panel, x, columns, y, lines), _limits(rows))
        axes.set_title(title, fontsize=10)
        axes.set_xticks(range(len(columns)), list(map(shown, columns)))
        axes.set_yticks(range(len(lines)), list(map(shown, lines)) if y else [""])
        axes.set_xlabel(in_words(x) if place + across >= len(panels) else "")
        axes.set_ylabel(in_words(y) if y and place % across == 0 else "")
    figure.suptitle("Validation accuracy in %" + _over_seeds(rows), fontsize=11)
    if image is not None:
        bar = figure.colorbar(image, ax=grid, shrink=0.9, aspect=18 * down, format="{x:.1f}")
        bar.outline.set_visible(False)
    return figure


def _panels(rows: Sequence[Row], others: Sequence[str]) -> list[tuple[str, list[Row]]]:
    """Return a title and the rows of each panel, sorted by the settings `others`; those with the best rows only."""
    values = {name: values_of(name, [row.settings for row in rows]) for name in others}
    of_panel: dict[tuple[int, ...], list[Row]] = {}
    for row in rows:
        place = tuple(values[name].index(getattr(row.settings, name)) for name in others)
        of_panel.setdefault(place, []).append(row)
    kept = [of_panel[place] for place in sorted(list(of_panel)[:MOST_PANELS])]
    return [(", ".join(named(name, getattr(rows[0].settings, name)) for name in others), rows) for rows in kept]


def _cells(
    rows: Sequence[Row], x: str, columns: Sequence[Any], y: str | None, lines: Sequence[Any]
) -> list[list[Row | None]]:
    """Return rows by their values of the settings x and y, in the order of these values; None where there is no row."""
    cells: list[list[Row | None]] = [[None for _ in columns] for _ in lines]
    for row in rows:
        line = lines.index(getattr(row.settings, y)) if y else 0
        cells[line][columns.index(getattr(row.settings, x))] = row
    return cells


def _over_seeds(rows: Sequence[Row]) -> str:
    seeds = max(len(row.runs) for row in rows)
    return f": mean ± standard deviation over {seeds} seeds" if seeds > 1 else ""


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the accuracies in percent that have the palest and the darkest colour."""
    values = [100.0 * row.accuracy for row in rows if row.accuracy is not None] or [100.0]
    low, high = min(values), max(values)
    return (low, high) if high - low >= 1.0 else (high - 1.0, high)


def _draw(axes: Axes, cells: Sequence[Sequence[Row | None]], limits: tuple[float, float]) -> AxesImage:
    accuracies = np.array(
        [[math.nan if row is None or row.accuracy is None else 100.0 * row.accuracy for row in line] for line in cells]
    )
    image = axes.imshow(np.ma.masked_invalid(accuracies), cmap=_MAP, vmin=limits[0], vmax=limits[1], aspect="auto")
    for (line, column), accuracy in np.ndenumerate(accuracies):
        row = cells[line][column]
        if row is not None:
            if math.isnan(accuracy):
                box = Rectangle((column - 0.5, line - 0.5), 1, 1, facecolor="#eeeeee", edgecolor="#bbbbbb", hatch="///")
                axes.add_patch(box)
            is_dark = not math.isnan(accuracy) and accuracy > limits[0] + 0.55 * (limits[1] - limits[0])
            _write(axes, column, line, row, "white" if is_dark else "black")
    axes.set_xticks(np.arange(0.5, accuracies.shape[1] - 1), minor=True)
    axes.set_yticks(np.arange(0.5, accuracies.shape[0] - 1), minor=True)
    axes.grid(which="minor", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    return image


def _write(axes: Axes, x: int, y: int, row: Row, colour: str) -> None:
    """Write the mean into a cell, and below it how sure it is."""
    if row.accuracy is None:
        axes.text(x, y, _loss_of_runs(row), ha="center", va="center", fontsize=8, color=colour)
        return
    below = "" if row.spread is None else f"± {100 * row.spread:.1f}"
    if row.lost:
        below = f"{row.lost} of {len(row.runs)} lost"
    axes.text(x, y - (0.1 if below else 0.0), f"{100 * row.accuracy:.1f}", ha="center", va="center", color=colour)
    axes.text(x, y + 0.23, below, ha="center", va="center", fontsize=7.5, color=colour)


def _loss_of_runs(row: Row) -> str:
    return "diverged" if all(run.outcome == "diverged" for run in row.runs) else "failed"
