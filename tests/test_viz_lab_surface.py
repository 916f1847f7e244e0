"""Pictures of paths on the loss: contours, marks, legends, and arrows where a path leaves."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from numpy.typing import NDArray

from micrograd_plus.lab.plane import Landscape, landscape
from micrograd_plus.viz import plots
from micrograd_plus.viz.lab.surface import Track, draw_surface, draw_tracks

Array = NDArray[np.float64]


def bowl(points: Array) -> Array:
    return (points**2).sum(axis=1)


def track(lr: float, start: tuple[float, ...], *, steps: int = 12) -> Track:
    path = np.array(start) * (1.0 - 2.0 * lr) ** np.arange(steps + 1)[:, None]
    return Track(f"lr {lr:g}", path, bowl(path), diverges=lr > 1.0)


def scene(lrs: tuple[float, ...], start: tuple[float, ...]) -> tuple[Landscape, list[Track]]:
    tracks = [track(lr, start) for lr in lrs]
    names = ("x", "y", "z")[: len(start)]
    return landscape(bowl, names, [t.path for t in tracks], [t.losses for t in tracks]), tracks


def drawn(found: Landscape, tracks: list[Track]) -> Axes:
    axes = Figure().add_subplot()
    draw_surface(axes, found)
    draw_tracks(axes, found, tracks)
    return axes


def png(axes: Axes) -> bytes:
    assert isinstance(axes.figure, Figure)
    return plots.png(axes.figure, 50)


@pytest.mark.parametrize("start", [(1.0,), (1.0, -2.0), (1.0, -2.0, 3.0)])
def test_each_path_and_the_start_have_a_name_for_the_legend(start: tuple[float, ...]) -> None:
    axes = drawn(*scene((0.1, 0.9), start))
    assert axes.get_legend_handles_labels()[1] == ["lr 0.1", "lr 0.9", "start"]
    assert png(axes).startswith(b"\x89PNG")


def test_the_axes_say_how_much_of_the_paths_a_plane_holds() -> None:
    rng = np.random.default_rng(0)
    path = rng.normal(size=(40, 6))
    found = landscape(bowl, tuple("uvwxyz"), [path], [bowl(path)])
    label = drawn(found, [Track("walk", path, bowl(path))]).get_xlabel()
    assert f"{found.plane.explained:.1%} of the paths' spread" in label
    assert found.plane.explained < 0.9


def test_a_path_that_diverges_ends_in_an_arrow_at_the_edge() -> None:
    found, tracks = scene((0.1, 1.5), (1.0, -2.0))
    axes = drawn(found, tracks)
    [arrow] = [child for child in axes.get_children() if isinstance(child, Annotation)]
    (left, right), (low, high) = found.window
    x, y = arrow.xy
    assert min(x - left, right - x, y - low, high - y) == pytest.approx(0.0, abs=1e-9)


def test_the_beginnings_of_paths_are_shown() -> None:
    found, (good, bad) = scene((0.1, 1.5), (1.0, -2.0))
    axes = Figure().add_subplot()
    draw_surface(axes, found)
    tracks = draw_tracks(axes, found, [good, bad])
    good_line, bad_line, *_, arrow = tracks.artists
    assert isinstance(good_line, Line2D)
    assert isinstance(bad_line, Line2D)
    tracks.show([4, 1])
    assert good_line.get_xydata() == pytest.approx(good.path[:4])
    assert bad_line.get_xydata() == pytest.approx(bad.path[:1])
    assert not arrow.get_visible()
    tracks.show([13, 13])
    assert good_line.get_xydata() == pytest.approx(good.path)
    assert arrow.get_visible()


def test_contours_are_closer_in_value_near_the_lowest_place() -> None:
    found, _ = scene((0.1,), (1.0, -2.0))
    axes = Figure().add_subplot()
    draw_surface(axes, found)
    levels = axes.collections[0].levels
    assert (np.diff(levels)[1:] > np.diff(levels)[:-1]).mean() > 0.8


@pytest.mark.parametrize("losses", [np.ones((5, 5)), np.full((5, 5), np.nan)])
def test_a_flat_or_unknown_surface_is_drawn_without_contours(losses: Array) -> None:
    found, tracks = scene((0.1,), (1.0, -2.0))
    axes_of = tuple(np.linspace(*side, 5) for side in found.window)
    assert png(drawn(Landscape(found.plane, axes_of, losses), tracks)).startswith(b"\x89PNG")
