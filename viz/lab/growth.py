"""Figures whose lines grow from frame to frame: descents side by side, each as far as it has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from micrograd_plus.viz.lab.film import gif
from micrograd_plus.viz.lab.surface import Tracks
from micrograd_plus.viz.own_figure import Figure

Array = NDArray[Any]

FRAMES = 40
_SECONDS = 0.12


class Growing(NamedTuple):
    """A line, and when each of its points is reached: ascending numbers, such as steps."""

    line: Line2D
    when: Array


class Clock(NamedTuple):
    """Where the time is told, and in which words."""

    axes: Axes
    told: Callable[[float], str]


def growing_gif(
    figure: Figure, lines: Sequence[Growing], clock: Clock, *, tracks: Tracks | None = None, when: Sequence[Array] = ()
) -> bytes:
    """Return a GIF in which lines grow, and `tracks` whose points are reached at `when`, all at one pace.

    Time runs faster and faster, for most happens at first.
    """
    points = [np.asarray(line.get_xydata()) for line, _ in lines]
    text = _corner(clock.axes)
    last = max(float(times[-1]) for times in (*when, *(growing.when for growing in lines)))
    moments = last * np.linspace(0.0, 1.0, FRAMES) ** 2
    for artist in (*(line for line, _ in lines), *(tracks.artists if tracks else ()), text):
        artist.set_animated(True)

    def draw(k: int) -> None:
        for (line, times), places in zip(lines, points, strict=True):
            line.set_data(*places[: _count(times, moments[k])].T)
        if tracks:
            tracks.show([_count(times, moments[k]) for times in when])
        text.set_text(clock.told(float(moments[k])))

    return gif(figure, draw, FRAMES, _SECONDS)


def _count(when: Array, moment: float) -> int:
    return int(np.searchsorted(when, moment, side="right"))


def _corner(axes: Axes) -> Any:
    box = {"facecolor": "white", "edgecolor": "#b0b0b0", "alpha": 0.85}
    return axes.text(0.02, 0.98, "", transform=axes.transAxes, verticalalignment="top", zorder=9, bbox=box)
