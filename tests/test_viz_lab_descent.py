"""Pictures of descents: the tangent has the gradient's slope, and the places are those of the run."""

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from PIL import Image

from micrograd_plus.lab.descent import Descent, descent
from micrograd_plus.lab.problem import formula_problem, surface
from micrograd_plus.viz.lab.descent import MOST_FRAMES, descent_figure, descent_gif
from micrograd_plus.viz.lab.descent_report import descent_report
from micrograd_plus.viz.lab.descent_scene import Scene

DESCENTS: dict[str, Callable[[], Descent]] = {
    "parabola": lambda: descent(formula_problem("x**2 - 3*x", {"x": 4.0}), lrs=[0.02, 0.1, 0.95, 1.5]),
    "bowl": lambda: descent(formula_problem("x**2 + 10*y**2", {"x": 4.0, "y": 1.0}), steps=12),
    "three": lambda: descent(formula_problem("x**2 + 2*y**2 + 5*z**2", {"x": 3.0, "y": 2.0, "z": 1.0}), steps=12),
    "wild": lambda: descent(formula_problem("exp(x**2)", {"x": 3.0}), 1.0),
    "fall": lambda: descent(formula_problem("-x**2", {"x": 3.0}), 1.0),
    "beale": lambda: descent(surface("beale"), steps=5),
}


@cache
def found(name: str) -> Descent:
    return DESCENTS[name]()


def scenes(name: str) -> list[Scene]:
    return [Scene(found(name), walk) for walk in found(name).walks]


def test_the_slope_of_the_tangent_is_the_gradient() -> None:
    for scene in scenes("parabola")[:3]:
        for k, (start, end) in enumerate(scene.slopes):
            x = scene.walk.run.path[k, 0]
            assert (start + end) / 2 == pytest.approx([x, x**2 - 3 * x])
            assert (end[1] - start[1]) / (end[0] - start[0]) == pytest.approx(2 * x - 3)


def test_the_arrow_points_against_the_gradient() -> None:
    for scene in scenes("bowl"):
        for k, (start, end) in enumerate(scene.slopes):
            x, y = scene.walk.run.path[k]
            assert start.tolist() == [x, y]
            against = -np.array([2 * x, 20 * y])
            assert (end - start) / np.linalg.norm(end - start) == pytest.approx(against / np.linalg.norm(against))


def test_steps_on_a_curve_go_across_and_then_to_the_curve() -> None:
    scene = scenes("parabola")[2]
    x0, x1, x2 = scene.walk.run.path[:3, 0]
    loss = found("parabola").problem.losses(np.array([[x0], [x1], [x2]]))
    wanted = [[x0, loss[0]], [x1, loss[0]], [x1, loss[1]], [x2, loss[1]], [x2, loss[2]]]
    assert scene.trail(2) == pytest.approx(np.array(wanted))


@pytest.mark.parametrize("name", DESCENTS)
def test_start_and_minimum_are_in_the_window_and_lines_are_finite(name: str) -> None:
    for scene in scenes(name):
        low, high = np.transpose(scene.window)
        for place in [scene.places[0], *([] if scene.minimum is None else [scene.minimum])]:
            assert ((low < place) & (place < high)).all()
        for line in (scene.slopes, scene.trail(len(scene.places) - 1)):
            assert np.isfinite(line).all()
            assert (np.abs(line - (low + high) / 2) < 21 * (high - low)).all()


def test_a_walk_that_leaves_is_seen_from_farther_away() -> None:
    near, *_, far = scenes("parabola")
    widths = [scene.window[0][1] - scene.window[0][0] for scene in (near, far)]
    assert widths[1] > 2 * widths[0]
    assert far.window[0][0] < far.places[1][0] < far.window[0][1]


def test_both_axes_of_a_surface_have_one_scale() -> None:
    (left, right), (low, high) = scenes("bowl")[0].window
    assert right - left == pytest.approx(high - low)


@pytest.mark.parametrize("name", sorted({*DESCENTS} - {"beale"}))
def test_a_figure_has_a_panel_for_each_rate(name: str) -> None:
    walks, names = found(name).walks, found(name).problem.parameter_names
    figure = descent_figure(found(name))
    figure.canvas.draw()
    assert len(figure.axes) == len(walks)
    for axes, walk in zip(figure.axes, walks, strict=True):
        assert axes.get_title(loc="left").startswith(f"lr {walk.lr:g}: ")
        below = axes.texts[-1].get_text()
        assert below.splitlines()[0] == walk.rule(0, names)[0]
        bounds = axes.texts[-1].get_window_extent()
        assert bounds.y0 >= 0.0
        assert bounds.x1 <= figure.bbox.width


def frames(film: bytes) -> list[Any]:
    with Image.open(io.BytesIO(film)) as image:
        found = []
        for k in range(image.n_frames):
            image.seek(k)
            found.append(np.array(image.convert("RGB")))
    return found


def test_an_animation_has_a_frame_for_each_step_and_the_same_bytes_each_time() -> None:
    found = descent(formula_problem("x**2 - 3*x", {"x": 4.0}), lrs=[0.1], steps=4)
    film = descent_gif(found)
    shown = frames(film)
    assert len(shown) == 5
    assert all((a != b).any() for a, b in zip(shown[1:], shown, strict=False))
    assert film == descent_gif(found)


@pytest.mark.slow
def test_of_many_steps_some_are_shown() -> None:
    found = descent(formula_problem("x**2", {"x": 4.0}), lrs=[0.001], steps=300)
    assert len(frames(descent_gif(found))) == MOST_FRAMES


def test_a_report_has_pictures_verdicts_and_numbers() -> None:
    html = descent_report(found("parabola"), b"\x89PNG", b"GIF89a")
    for text in (
        "lr 0.02: slow but sure",
        "x &lt;- 4 - 0.1 * 5 = 3.5",
        "its curvature is 2",
        "11 more are in descent.csv",
    ):
        assert text in html
    assert html.count("<img") == 2
