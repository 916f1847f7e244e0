"""Planes through spaces of many parameters: what they show, and what they leave out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from micrograd_plus.lab.plane import in_view, landscape, named_plane, principal_plane

Array = NDArray[np.float64]

NAMES = ("a", "b", "c", "d", "e")
CURVATURES = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def bowl(points: Array) -> Array:
    return 0.5 * (points**2 * CURVATURES[: points.shape[1]]).sum(axis=1)


def descent(lr: float, steps: int = 30, start: Array | None = None) -> Array:
    """Gradient descent on the bowl, in closed form."""
    start = np.ones(5) if start is None else start
    return start * (1.0 - lr * CURVATURES[: len(start)]) ** np.arange(steps + 1)[:, None]


@given(st.integers(0, 10_000), st.integers(3, 7), st.integers(2, 60))
def test_the_principal_plane_explains_as_much_as_the_two_largest_eigenvalues(seed: int, size: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    points, through = rng.normal(size=(count, size)), rng.normal(size=size)
    plane = principal_plane(points, through)
    eigenvalues = np.linalg.eigvalsh((points - through).T @ (points - through))
    assert plane.explained == pytest.approx(eigenvalues[-2:].sum() / eigenvalues.sum())
    assert plane.directions @ plane.directions.T == pytest.approx(np.eye(2), abs=1e-9)


@pytest.mark.parametrize("points", [np.ones((4, 5)), np.outer(np.arange(4.0), CURVATURES) + 1.0])
def test_points_on_a_line_or_at_one_place_have_a_plane_too(points: Array) -> None:
    plane = principal_plane(points, np.ones(5))
    assert plane.directions @ plane.directions.T == pytest.approx(np.eye(2))
    assert plane.points(plane.coordinates(points)) == pytest.approx(points)
    assert plane.explained == pytest.approx(1.0)


def test_the_principal_plane_does_not_depend_on_the_order_of_the_points() -> None:
    points = descent(0.1)
    one, other = principal_plane(points, np.zeros(5)), principal_plane(points[::-1], np.zeros(5))
    assert one.directions == pytest.approx(other.directions)


def test_coordinates_on_a_named_plane_are_the_parameters_themselves() -> None:
    points = np.random.default_rng(0).normal(size=(6, 5))
    plane = named_plane(NAMES, ("d", "b"), points, np.full(5, 7.0))
    assert plane.coordinates(points) == pytest.approx(points[:, [3, 1]])
    assert plane.points([[1.0, 2.0]]) == pytest.approx(np.array([[7.0, 2.0, 7.0, 1.0, 7.0]]))


def test_names_may_have_commas_in_brackets() -> None:
    path = descent(0.1)
    names = ("w[0,0]", "w[0,1]", "w[1,0]", "w[1,1]", "b[0]")
    found = landscape(bowl, names, [path], [bowl(path)], directions="w[0,1], b[0]")
    assert found.plane.names == ("w[0,1]", "b[0]")


@pytest.mark.parametrize(
    ("chosen", "told"),
    [("a,f", "no parameter 'f'"), ("a", "wanted the names of two"), ("a,a", "such as a,b, got 'a,a'")],
)
def test_names_that_make_no_plane_are_told(chosen: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        landscape(bowl, NAMES, [descent(0.1)], [bowl(descent(0.1))], directions=chosen)


def test_the_landscape_holds_the_loss_at_the_places_of_its_axes() -> None:
    path = descent(0.1)
    found = landscape(bowl, NAMES, [path], [bowl(path)], size=7)
    place = np.array([[found.axes[0][2], found.axes[1][5]]])
    assert found.losses.shape == (7, 7)
    assert found.losses[5, 2] == pytest.approx(bowl(found.plane.points(place))[0])
    assert found.plane.coordinates(path[-1:]) == pytest.approx(np.zeros((1, 2)))  # it goes through the lowest place


def test_a_problem_of_two_parameters_is_its_own_plane_and_one_of_one_is_a_line() -> None:
    path = descent(0.1, start=np.array([1.0, 3.0]))
    found = landscape(bowl, ("x", "y"), [path], [bowl(path)])
    assert found.plane.names == ("x", "y")
    assert found.plane.coordinates(path) == pytest.approx(path)
    path = descent(0.1, start=np.array([1.0]))
    found = landscape(bowl, ("x",), [path], [bowl(path)])
    assert found.losses == pytest.approx(0.5 * found.axes[0] ** 2)


def test_the_window_holds_all_paths_that_go_down() -> None:
    paths = [descent(lr) for lr in (0.01, 0.1, 0.39)]
    found = landscape(bowl, NAMES, paths, [bowl(path) for path in paths])
    places = np.concatenate([found.plane.coordinates(path) for path in paths])
    (left, right), (low, high) = found.window
    assert ((left < places[:, 0]) & (places[:, 0] < right) & (low < places[:, 1]) & (places[:, 1] < high)).all()


def test_a_path_that_diverges_does_not_widen_the_window() -> None:
    good, bad = descent(0.1), descent(3.0)
    heights = [bowl(good), bowl(bad)]
    assert in_view([good, bad], heights) == pytest.approx(np.concatenate([good, bad[:1]]))
    bad[20:], heights[1][20:] = np.nan, np.nan
    assert in_view([good, bad], heights) == pytest.approx(np.concatenate([good, bad[:1]]))


def test_if_all_diverge_their_beginning_is_seen() -> None:
    bad, worse = descent(0.6), descent(3.0)
    seen = in_view([bad, worse], [bowl(bad), bowl(worse)])
    reach = 2.0 * np.linalg.norm(bad[1] - bad[0])
    assert 2 <= len(seen) < len(bad)
    assert np.linalg.norm(seen - 1.0, axis=1).max() <= reach


def test_a_fall_without_end_leaves_the_window() -> None:
    falling = np.column_stack([np.ones(200), 0.1 * 1.5 ** np.arange(200)])
    seen = in_view([falling], [-(falling[:, 1] ** 2)])
    assert 5 < len(seen) < 20


def test_the_share_of_what_is_very_far_away_is_known() -> None:
    points = np.array([[0.0, 0.0], [3e200, 4e200]])
    assert named_plane(("a", "b"), ("a", "b"), points, points[0]).explained == 1.0
    assert named_plane(("a", "b", "c"), ("a", "c"), np.c_[points, [0.0, 0.0]], np.zeros(3)).explained == pytest.approx(
        0.36
    )
