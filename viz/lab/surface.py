"""Paths of descents on the loss: contours over a plane, or the curve of a loss of one parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from micrograd_plus.lab.plane import Landscape
from micrograd_plus.lab.run import Run
from micrograd_plus.notation import short
from micrograd_plus.texts import shortened
from micrograd_plus.viz.colour import INK
from micrograd_plus.viz.plots import look

Array = NDArray[Any]

_LEVELS = 14
_DECADES = 4.0  # of heights above the lowest that contours show at most
_MARKED = 40  # steps of a path that are marked; of more, some


class Track(NamedTuple):
    """A path to draw, shape (steps + 1, n): its label, the losses along it, and whether it is cut where it leaves."""

    label: str
    path: Array
    losses: Array
    diverges: bool = False


def track_of(label: str, run: Run) -> Track:
    """Return the track of a run, which is cut where it leaves if it diverges."""
    return Track(label, run.path, run.losses, run.diverged_at is not None)


def draw_surface(axes: Axes, found: Landscape) -> None:
    """Draw the loss as contours, the darker the higher, or as a curve; the axes tell how much of the paths they show.

    Contours are at equal ratios of the height above the lowest place in the window.
    """
    plane = found.plane
    if len(found.axes) == 1:
        axes.plot(found.axes[0], found.losses, color=INK, linewidth=1.2)
        axes.set(ylabel="loss", xlim=found.window[0])
        axes.grid(alpha=0.3)
    else:
        _draw_contours(axes, found)
        axes.set(xlim=found.window[0], ylim=found.window[1])
        axes.yaxis.label.set(text=shortened(plane.names[1], 50), parse_math=False)
    share = "" if len(found.plane.origin) <= 2 else f"\n{plane.explained:.1%} of the paths' spread is in this plane"
    axes.xaxis.label.set(text=shortened(plane.names[0], 50) + share, parse_math=False)


def draw_tracks(axes: Axes, found: Landscape, tracks: Sequence[Track]) -> Tracks:
    """Draw paths with marks at steps, the start and the ends; a path that diverges ends in an arrow at the edge."""
    drawn = Tracks(axes, found, tracks)
    start = drawn.places[0][0]
    axes.scatter(start[0], start[1], marker="o", s=70, color="white", edgecolors=INK, zorder=6, label="start")
    return drawn


class Tracks:
    """Paths that are drawn on a landscape, whole at first; `show` lets an animation show their beginnings."""

    def __init__(self, axes: Axes, found: Landscape, tracks: Sequence[Track]) -> None:
        self.places = [_places(found, track.path, track.losses) for track in tracks]
        self._leaving = [
            _leaving(axes, places) if track.diverges else None
            for places, track in zip(self.places, tracks, strict=True)
        ]
        self._lines = [_line(axes, places, k, tracks[k].label) for k, places in enumerate(self.places)]
        self._ends = [_end(axes, k) for k in range(len(tracks))]
        self._arrows = [
            None if leaving is None else _arrow(axes, places[leaving], places[leaving + 1], look(k)["color"])
            for k, (places, leaving) in enumerate(zip(self.places, self._leaving, strict=True))
        ]
        self.show([len(places) for places in self.places])

    @property
    def artists(self) -> list[Artist]:
        """What changes from frame to frame."""
        return [*self._lines, *self._ends, *(arrow for arrow in self._arrows if arrow is not None)]

    def show(self, counts: Sequence[int]) -> None:
        """Show so many points of each path, counted from the start, which is one of them."""
        for k, count in enumerate(counts):
            leaving, arrow = self._leaving[k], self._arrows[k]
            has_left = leaving is not None and count > leaving + 1
            shown = self.places[k][: leaving + 1 if has_left and leaving is not None else max(count, 1)]
            self._lines[k].set_data(shown[:, 0], shown[:, 1])
            self._ends[k].set_data(shown[-1:, 0], shown[-1:, 1])
            self._ends[k].set_visible(not has_left)
            if arrow is not None:
                arrow.set_visible(has_left)


# --- parts ------------------------------------------------------------------------------------------------------------


def _places(found: Landscape, path: Array, losses: Array) -> Array:
    """Return where the points of a path are drawn, shape (m, 2); along a line the loss is the height."""
    finite = np.isfinite(path).all(axis=1) & (np.isfinite(losses) | (len(found.axes) == 2))
    end = len(path) if finite.all() else int(np.argmin(finite))
    coordinates = found.plane.coordinates(path[:end])
    return coordinates if len(found.axes) == 2 else np.column_stack([coordinates, losses[:end]])


def _draw_contours(axes: Axes, found: Landscape) -> None:
    losses = np.where(np.isfinite(found.losses), found.losses, np.nan)
    if not np.isfinite(losses).any():
        return
    lowest = np.nanmin(losses)
    heights = losses - lowest
    top = np.nanmax(heights)
    if top <= 0.0:
        return
    bottom = max(top * 10.0**-_DECADES, float(np.nanquantile(heights, 0.02)), 1e-300)
    levels = lowest + np.geomspace(bottom, max(top, 1.0001 * bottom), _LEVELS)
    levels = np.unique(np.concatenate([[lowest], levels]))
    shades = [str(shade) for shade in np.linspace(0.99, 0.74, len(levels) - 1)]
    axes.contourf(*found.axes, losses, levels=levels, colors=shades)
    lines = axes.contour(*found.axes, losses, levels=levels[1:-1], colors="#8a8a8a", linewidths=0.7, linestyles="solid")
    axes.clabel(
        lines, levels=list(levels[1:-1:3]), fontsize=7, colors="#505050", fmt=FuncFormatter(lambda x, _: short(x, 3))
    )


def _line(axes: Axes, places: Array, k: int, label: str) -> Line2D:
    every = max(1, -(-len(places) // _MARKED))
    edge: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.4}
    [line] = axes.plot([], [], linewidth=1.5, markersize=4.5, markevery=every, zorder=4, **edge, **look(k))
    line.set_label(shortened(label, 40))
    return line


def _end(axes: Axes, k: int) -> Line2D:
    [end] = axes.plot([], [], linestyle="", markersize=10.0, markeredgecolor=INK, zorder=5, **look(k))
    return end


def _leaving(axes: Axes, places: Array) -> int | None:
    """Return the last step before a path leaves the window for the first time, None if it stays."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    inside = (left <= places[:, 0]) & (places[:, 0] <= right) & (low <= places[:, 1]) & (places[:, 1] <= high)
    return None if inside.all() else max(int(np.argmin(inside)) - 1, 0)


def _arrow(axes: Axes, start: Array, end: Array, colour: str) -> Any:
    """Draw an arrow from a place in the window to its edge, towards a place outside."""
    low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
    step = end - start
    with np.errstate(all="ignore"):
        shares = np.where(step > 0.0, (high - start) / step, np.where(step < 0.0, (low - start) / step, np.inf))
    tip = start + step * min(float(shares.min()), 1.0)
    arrow = {
        "arrowstyle": "-|>",
        "color": colour,
        "linewidth": 1.5,
        "shrinkA": 0.0,
        "shrinkB": 0.0,
        "mutation_scale": 16,
    }
    return axes.annotate("", xy=tuple(tip), xytext=tuple(start), arrowprops=arrow, zorder=5)
