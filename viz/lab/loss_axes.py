"""Axes of losses: their scale, and the loss that runs are compared at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.lab.problem import LARGEST
from micrograd_plus.notation import short
from micrograd_plus.viz.plots import falls_far

Array = NDArray[Any]

# The line of what runs are compared with.
COMPARED: dict[str, Any] = {"color": "#404040", "linewidth": 1.0, "linestyle": (0, (5, 3)), "zorder": 1}

_DECADES = 7.0  # below the first loss: what is lower is lower in any case


def _is_drawn(losses: Array) -> Array:
    return np.asarray(np.abs(losses) <= LARGEST)


class LossScale:
    """How losses of runs that begin at `start` are drawn: by logarithms where they are positive and fall far.

    Where some are not positive, their heights above the lowest of all are drawn instead. What rises far above the start
    leaves the picture.
    """

    def __init__(self, losses: Iterable[Array], start: float) -> None:
        values = np.concatenate([[start], *losses])
        values = values[_is_drawn(values)]
        self.lowest, self.start = float(values.min()), start
        self.is_height = self.lowest <= 0.0 and self.lowest < start
        self.is_log = self.is_height or falls_far(values[values <= start])
        self._base = self.lowest if self.is_height else 0.0
        self._floor = max((start - self._base) * 10.0**-_DECADES, 0.0 if self.is_height else self.lowest)
        self.is_log = self.is_log and self._floor > 0.0  # which is none of floats for the smallest of losses

    def plot(self, axes: Axes, x: ArrayLike, losses: Array, **style: Any) -> Line2D:
        """Draw losses over x; those that are not finite, or beyond 1e300, are left out."""
        (line,) = axes.plot(x, np.where(_is_drawn(losses), self._height(losses), np.nan), **style)
        return line

    def finish(self, axes: Axes, name: str = "loss", *, level: float | None = None) -> None:
        """Name and scale the axis, and draw the loss that runs are compared at, if it is on it, as a dashed line."""
        axes.set_ylabel(f"{name}, above the lowest ({short(self.lowest, 3)})" if self.is_height else name)
        low, start = float(self._height(self.lowest)), self.start - self._base
        if self.is_log:
            room = (start / low) ** 0.08
            axes.set(yscale="log", ylim=(low / room, start * room**2))
        else:
            room = 0.06 * (start - low) or 0.1 * abs(start) or 1.0
            axes.set_ylim(low - room, start + 3.0 * room)
        axes.grid(alpha=0.3)
        if level is not None:
            self._draw_level(axes, level)

    def _height(self, losses: ArrayLike) -> Array:
        heights = np.asarray(losses, dtype=np.float64) - self._base
        return np.maximum(heights, self._floor) if self.is_log else heights

    def _draw_level(self, axes: Axes, level: float) -> None:
        height = float(self._height(level))
        if level < self.lowest or height > axes.get_ylim()[1]:
            return
        axes.axhline(height, **COMPARED)
        axes.annotate(
            short(level),
            (1.0, height),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            verticalalignment="center",
            fontsize=8,
        )
