"""Two directions through a space of many parameters, and the loss on the plane that they span."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.lab.problem import Problem
from micrograd_plus.lab.run import Run
from micrograd_plus.lab.surfaces import Window
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.texts import printable

Array = NDArray[Any]

PCA = "pca"

_COMMA = re.compile(r",(?![^\[]*\])")  # not one inside of weight[0,1]
_MARGIN = 0.15  # of a window, around what it shows
_CLOSEST = 1e-12  # of where a window is: numbers in a narrower one are too few
_THIN = 1e-3  # a window whose sides differ more than this shows a line; it is made half as wide as it is long
_FAST = 30.0  # times the first step; a path whose steps grow beyond that up to its end falls without end


@dataclass(frozen=True, slots=True)
class Plane:
    """The points `origin + a * directions[0] + b * directions[1]`; for a loss of one parameter a line.

    `directions` is of shape (2, n) or (1, n), its rows orthonormal. `names` are for the axes; `explained` is the share
    of the points' squared distances from one another that lies within the plane, from 0 to 1.
    """

    origin: Array
    directions: Array
    names: tuple[str, ...]
    explained: float

    def coordinates(self, points: ArrayLike) -> Array:
        """Return where points of shape (m, n) are seen on the plane, shape (m, 2)."""
        found: Array = (np.asarray(points, float) - self.origin) @ self.directions.T
        return found

    def points(self, coordinates: ArrayLike) -> Array:
        """Return the points of the plane at coordinates of shape (m, 2), shape (m, n)."""
        found: Array = self.origin + np.asarray(coordinates, float) @ self.directions
        return found


@dataclass(frozen=True, slots=True)
class Landscape:
    """The loss on a plane: `axes` holds the places along each direction, `losses[j, i]` is at (axes[0][i], axes[1][j]).

    Along a line `losses` is of one dimension.
    """

    plane: Plane
    axes: tuple[Array, ...]
    losses: Array

    @property
    def window(self) -> Window:
        """From where to where each axis goes."""
        return tuple((float(axis[0]), float(axis[-1])) for axis in self.axes)


def landscape(
    losses: Callable[[Array], Array],
    names: Sequence[str],
    paths: Sequence[Array],
    heights: Sequence[Array],
    *,
    directions: str = PCA,
    window: Window | None = None,
    size: int = 61,
) -> Landscape:
    """Return the loss on a plane that shows several paths from one start.

    `losses` takes points of shape (m, n) to losses of shape (m,), `names` are those of the n parameters; each path is
    of shape (steps + 1, n) and its `heights`, the losses along it, of shape (steps + 1,). `directions` is "pca" or the
    names of two parameters, as "x,y" or "weight[0,0],weight[0,1]"; the other parameters are then as they are at the
    lowest place that was reached, through which the plane goes. A problem of two parameters is its own plane. `window`
    is what is shown, if not where the paths are; `size` the number of places along an axis. Raises ValueError for names
    that are not there.
    """
    points = in_view(paths, heights)
    lowest = _lowest(paths, heights)
    if directions != PCA:
        plane = named_plane(names, _named(directions), points, lowest)
    elif len(names) <= 2:
        plane = named_plane(names, names, points, lowest)
    else:
        plane = principal_plane(points, lowest)
    sides = window or _around(plane.coordinates(points))
    axes = tuple(np.linspace(low, high, size if len(sides) == 2 else 8 * size) for low, high in sides)
    grid = np.stack(np.meshgrid(*axes), axis=-1)
    with np.errstate(all="ignore"):
        found = losses(plane.points(grid.reshape(-1, len(axes))))
    return Landscape(plane, axes, found.reshape(grid.shape[:-1]))


def landscape_of_runs(
    problem: Problem, runs: Sequence[Run], *, directions: str = PCA, window: Window | None = None, size: int = 61
) -> Landscape:
    """Return the loss of a problem on a plane that shows the paths of runs; all else as for `landscape`."""
    paths, heights = [run.path for run in runs], [run.losses for run in runs]
    return landscape(
        problem.losses, problem.parameter_names, paths, heights, directions=directions, window=window, size=size
    )


def require_directions(names: Sequence[str], directions: str) -> None:
    """Raise ValueError unless `directions` are, of a problem with parameters of these names, what `landscape` takes."""
    if directions != PCA:
        _require_axes(names, _named(directions))


def principal_plane(points: ArrayLike, through: ArrayLike) -> Plane:
    """Return the plane through a point in which points of shape (m, n) lie best: their first two principal components.

    Each direction is turned so that its largest element is positive. With fewer components than two, the axes that are
    least along them fill up. H. Li et al., "Visualizing the Loss Landscape of Neural Nets" (2018), section 7.2.
    """
    points, origin = np.asarray(points, float), np.array(through, dtype=float)
    away = points - origin
    sizes, rows = _svd(away)
    count = int((sizes > 1e-12 * sizes.max(initial=0.0)).sum()) if sizes.any() else 0
    directions = rows[: min(count, 2)]
    while len(directions) < 2:
        axis = np.eye(origin.size)[np.argmin((directions**2).sum(axis=0))]
        axis = axis - directions.T @ (directions @ axis)
        directions = np.vstack([directions, axis / np.linalg.norm(axis)])
    largest = directions[np.arange(2), np.abs(directions).argmax(axis=1)]
    directions = directions * np.sign(largest)[:, None]
    return Plane(
        origin, directions, ("first principal component", "second principal component"), _share(away, directions)
    )


def named_plane(names: Sequence[str], chosen: Sequence[str], points: ArrayLike, through: ArrayLike) -> Plane:
    """Return the plane of two parameters, or the line of one, on which all others are as at a point.

    Coordinates are the parameters' own numbers. Raises ValueError for a name that is not among `names`.
    """
    _require_axes(names, chosen)
    columns = [list(names).index(name) for name in chosen]
    directions = np.eye(len(names))[columns]
    origin = np.array(through, dtype=float)
    explained = _share(np.asarray(points, float) - origin, directions)
    origin[columns] = 0.0
    return Plane(origin, directions, tuple(chosen), explained)


def in_view(paths: Sequence[Array], heights: Sequence[Array]) -> Array:
    """Return those points of the paths, shape (m, n), that a picture is to show whole.

    A point is in view where the loss is not above the start's, or which is no farther from the start than twice the
    shortest first step: what diverges leaves the picture, and if all do, how they begin is seen. Of a path that falls
    faster and faster up to its end, the beginning is in view.
    """
    start = paths[0][0]
    distances = [_lengths(path - start) for path in paths]
    first = [found[1] for found in distances if len(found) > 1 and np.isfinite(found[1])]
    near = 2.0 * min(first, default=0.0)
    return np.concatenate(
        [
            path[np.isfinite(distance) & ((_is_slow(path) & (height <= height[0])) | (distance <= near))]
            for path, height, distance in zip(paths, heights, distances, strict=True)
        ]
    )


# --- parts ------------------------------------------------------------------------------------------------------------


def _named(directions: str) -> list[str]:
    return [name.strip() for name in _COMMA.split(directions)]


def _require_axes(names: Sequence[str], chosen: Sequence[str]) -> None:
    """Raise ValueError unless the chosen are two of the names, or the only one."""
    for name in chosen:
        if name not in names:
            every = f"; the parameters are {', '.join(names[:6])}{', ...' if len(names) > 6 else ''}"
            raise ValueError(f"no parameter {name!r}{did_you_mean(name, names) or printable(every)}")
    if len(set(chosen)) != min(2, len(names)):
        wanted = printable(",".join(names[:2]))
        raise ValueError(f"wanted the names of two parameters such as {wanted}, got {','.join(chosen)!r}")


def _lengths(vectors: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.linalg.norm(vectors, axis=1))


def _is_slow(path: Array) -> Array:
    """Tell for each point of a path whether it comes before its fall without end, if there is one."""
    with np.errstate(all="ignore"):
        steps = _lengths(np.diff(path, axis=0))
    slow = np.ones(len(path), dtype=bool)
    if len(steps) and not steps[-1] < max(steps.max(), _FAST * steps[0]):
        slow[1:] = np.logical_and.accumulate(steps <= _FAST * steps[0])
    return slow


def _lowest(paths: Iterable[Array], heights: Iterable[Array]) -> Array:
    """Return the point where the loss is least."""
    best, place = np.inf, None
    for path, height in zip(paths, heights, strict=True):
        finite = np.where(np.isfinite(height) & np.isfinite(path).all(axis=1), height, np.inf)
        k = int(np.argmin(finite))
        if place is None or finite[k] < best:
            best, place = finite[k], path[k]
    assert place is not None
    return np.asarray(place)


def _svd(away: Array) -> tuple[Array, Array]:
    """Return singular values and right singular vectors of an array of shape (m, n), by its smaller Gram matrix."""
    if len(away) > 4 * away.shape[1]:
        values, vectors = np.linalg.eigh(away.T @ away)
        return np.sqrt(np.maximum(values[::-1], 0.0)), vectors.T[::-1]
    _, sizes, rows = np.linalg.svd(away, full_matrices=False)
    return sizes, rows


def _share(away: Array, directions: Array) -> float:
    """Return which share of the squares of vectors, shape (m, n), is along orthonormal directions; 1 if all are 0."""
    away = away / (float(np.abs(away).max(initial=0.0)) or 1.0)  # the squares of what is far away may overflow
    total = float((away**2).sum())
    return min(float(((away @ directions.T) ** 2).sum()) / total, 1.0) if total else 1.0


def _around(coordinates: Array) -> Window:
    """Return a window with some room around coordinates, shape (m, 2)."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    length = float((high - low).max()) or 1.0
    half = np.where(high - low < _THIN * length, 0.25 * length, 0.5 * (high - low)) * (1.0 + 2.0 * _MARGIN)
    return window_at((low + high) / 2.0, half)


def window_at(middle: Array, half: Array) -> Window:
    """Return the window around a place that goes so far to each side, or as far as numbers there are told apart."""
    half = np.maximum(half, _CLOSEST * np.abs(middle))
    return tuple((float(a), float(b)) for a, b in zip(middle - half, middle + half, strict=True))
