"""Where the walks of a descent are in a picture: on a curve over one variable, else on a plane with contours."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.lab.descent import Descent, Walk
from micrograd_plus.lab.plane import in_view, landscape_of_runs, window_at
from micrograd_plus.lab.surfaces import Window
from micrograd_plus.notation import short

Array = NDArray[Any]

_MARGIN = 0.12
_MOST_UNEQUAL = 8.0  # sides of a window that are farther apart are not brought to one scale
_FIRST, _ZOOM = 5, 8.0  # places of a walk that leaves that are seen, unless they are so many times as far away
_FAR = 20.0  # windows
_REACH = 0.16  # of the picture's width and height: half a tangent, and a gradient's arrow


class Scene:
    """A picture's window and the places in it; `is_curve` tells that the loss is the height, over one variable.

    All walks are seen through one window, but those that leave: of each a few steps are seen, from farther away.
    """

    def __init__(self, descent: Descent, walk: Walk) -> None:
        self.descent = descent
        self.walk = walk
        self.is_curve = descent.problem.size == 1
        runs = [walk.run for walk in descent.walks]
        self._paths, self._heights = [run.path for run in runs], [run.losses for run in runs]
        self.landscape = landscape_of_runs(
            descent.problem, runs, window=self._window(), size=61 if self.is_curve else 121
        )

    @cached_property
    def window(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """From where to where the picture goes, across and up."""
        if not self.is_curve:
            across, up = self.landscape.window
            return across, up
        [across] = self.landscape.window
        seen = self._shown()
        curve = self.landscape.losses[np.isfinite(self.landscape.losses)]
        heights = np.concatenate([self.descent.problem.losses(seen), curve.min(keepdims=True)])
        low, high = float(heights.min()), float(heights.max())
        room = _MARGIN * ((high - low) or abs(high) or 1.0)
        return across, (low - room, high + 2.0 * room)

    @cached_property
    def places(self) -> Array:
        """The places of the walk, shape (k, 2)."""
        return self._seen(self.walk.run.path, self.walk.run.losses)

    @cached_property
    def targets(self) -> Array:
        """Where each step leads, shape (steps, 2): on a curve at the height it comes from."""
        run, updates = self.walk.run, self.walk.updates
        return self._seen(run.path[: len(updates)] - updates, run.losses[: len(updates)])

    def trail(self, step: int) -> Array:
        """Return the line of the first steps, shape (points, 2), with one that ends where there is no finite loss.

        On a curve a step goes across, by the update, and then to the curve. What is far outside is brought nearer.
        """
        places, targets = self.places, self.targets
        line = places[: step + 1]
        if self.is_curve:
            line = np.empty((2 * step + 1, 2))
            line[::2], line[1::2] = places[: step + 1], targets[:step]
        if step == len(places) - 1 and len(targets) == len(places):
            line = np.vstack([line, targets[-1:]])
        return self.nearer(line)

    @cached_property
    def slopes(self) -> Array:
        """A line for each place, shape (k, 2, 2): of a curve the tangent, else an arrow straight downhill."""
        places = self.places
        across, up = (high - low for low, high in self.window)
        if self.is_curve:
            directions = np.column_stack([np.ones(len(places)), self.walk.slopes[:, 0]])
        else:
            directions = -(self.walk.slopes @ self.landscape.plane.directions.T)
        with np.errstate(all="ignore"):
            lengths = np.hypot(directions[:, 0] / across, directions[:, 1] / up)[:, None]
            halves = np.where(lengths > 0.0, _REACH * directions / lengths, 0.0)
        ends = np.stack([places - halves if self.is_curve else places, places + halves], axis=1)
        return self.nearer(ends)

    def state(self, k: int) -> str:
        """Return loss and slope after step k in words, and whether that is outside the window."""
        run, slope = self.walk.run, self.walk.slopes[k]
        numbers = ", ".join(map(short, slope.tolist()))
        low, high = np.transpose(self.window)
        is_outside = ((self.places[k] < low) | (self.places[k] > high)).any()
        text = f"loss {short(float(run.losses[k]))}, slope {numbers if len(slope) == 1 else f'({numbers})'}"
        return f"{text}: outside the picture" if is_outside else text

    @property
    def minimum(self) -> Array | None:
        """The minimum, shape (2,)."""
        lowest = self.descent.minimum
        return None if lowest is None else self._seen(lowest[None], np.array([self.descent.problem.loss(lowest)]))[0]

    def _seen(self, path: Array, losses: Array) -> Array:
        coordinates = self.landscape.plane.coordinates(path)
        return np.column_stack([coordinates, losses]) if self.is_curve else coordinates

    def nearer(self, points: Array) -> Array:
        """Return points that are within some windows of this one: matplotlib and browsers fail at what is too far."""
        low, high = np.transpose(self.window)
        with np.errstate(all="ignore"):
            return np.clip(points, low - _FAR * (high - low), high + _FAR * (high - low))

    def _shown(self) -> Array:
        """Return the points, shape (m, n), that are to be seen."""
        seen = in_view(self._paths, self._heights)
        if self.descent.kind(self.walk) != "leaves":
            return seen
        distances = np.linalg.norm(self.walk.run.path[:_FIRST] - self.walk.run.path[0], axis=1)
        lowest = self.descent.minimum
        size = float(np.linalg.norm(np.ptp(seen if lowest is None else np.vstack([seen, lowest]), axis=0))) or 1.0
        return np.vstack([seen, self.walk.run.path[:_FIRST][distances < _ZOOM * size]])

    def _window(self) -> Window | None:
        """Return a window around what is to be seen, and both sides of the valley; None if it is left to the plane."""
        problem = self.descent.problem
        if problem.size > 2:
            return None
        if problem.window is not None:
            return problem.window
        seen, lowest = self._shown(), self.descent.minimum
        if lowest is not None:
            seen = np.vstack([seen, lowest, lowest - 0.6 * (problem.start - lowest)])
        low, high = seen.min(axis=0), seen.max(axis=0)
        sides = high - low
        longest = float(sides.max()) or 1.0
        if longest < _MOST_UNEQUAL * sides.min() or not sides.min():  # to one scale: downhill is across the contours
            sides = np.full(len(sides), longest)
        return window_at((low + high) / 2.0, sides * (0.5 + _MARGIN))
