"""Positions as views: whatever a view shows is found again, and nothing else is taken for one."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from micrograd_plus.compiler.affine import grid_of, view_of, view_with_holes
from micrograd_plus.compiler.views import View, whole

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def shown(view: View) -> np.ndarray:
    """Return the positions that a view shows, added up one axis after the other."""
    result = np.full(view.shape, view.offset)
    for axis, stride in enumerate(view.strides):
        steps = stride * np.arange(view.shape[axis])
        result += steps.reshape([-1 if k == axis else 1 for k in range(len(view.shape))])
    return result


@st.composite
def moved_arrays(draw: st.DrawFn) -> np.ndarray:
    """Draw what slices, turns, transposes and stretches make of the positions of an array."""
    shape = draw(SIZES)
    table = np.arange(math.prod(shape)).reshape(shape) + draw(st.integers(0, 5))
    keys = [
        slice(None, None, draw(st.sampled_from([1, 1, 2, -1, -2]))) if draw(st.booleans()) else slice(0, max(1, n - 1))
        for n in shape
    ]
    table = table[tuple(keys)].transpose(draw(st.permutations(range(len(shape)))))
    if draw(st.booleans()):
        table = np.broadcast_to(table, (draw(st.integers(2, 3)), *table.shape))
    if draw(st.booleans()):
        table = np.repeat(table[..., None], draw(st.integers(1, 3)), axis=-1)
    return np.array(table)


@given(moved_arrays())
def test_what_moves_an_array_is_a_view(table: np.ndarray) -> None:
    view = view_of(table)
    assert view is not None
    np.testing.assert_array_equal(shown(view), table)


@given(st.data())
def test_a_view_shows_what_it_was_made_of(data: st.DataObject) -> None:
    shape = data.draw(SIZES)
    numbers = data.draw(st.lists(st.integers(0, 12), min_size=math.prod(shape), max_size=math.prod(shape)))
    table = np.array(numbers).reshape(shape)
    view = view_of(table)
    if view is not None:
        np.testing.assert_array_equal(shown(view), table)


@given(moved_arrays(), st.data())
def test_one_other_position_is_noticed(table: np.ndarray, data: st.DataObject) -> None:
    assume(table.size > 2 and table.ndim > 1 and min(table.shape) > 1)
    place = data.draw(st.integers(0, table.size - 1))
    changed = table.copy()
    changed.flat[place] += 1000
    # In two positions or fewer along each axis any number is a stride, but then two axes disagree.
    assert view_of(changed) is None


@pytest.mark.parametrize(
    "overlapping",
    [[[0, 1, 2], [1, 2, 3]], [[0, 2, 4], [2, 4, 6]], [[[0, 1], [1, 2]], [[2, 3], [3, 4]]], [[0, 3], [2, 5], [4, 7]]],
)
def test_windows_that_overlap_are_no_view(overlapping: list[list[int]]) -> None:
    # What is added into a view must meet each element once; 0, 3, 2, 5, 4, 7 does, but strides do not tell.
    assert view_of(np.array(overlapping)) is None


# --- holes ------------------------------------------------------------------------------------------------------------


@given(moved_arrays(), st.data())
def test_holes_may_show_anything_that_there_is(table: np.ndarray, data: st.DataObject) -> None:
    real = np.array(data.draw(st.lists(st.booleans(), min_size=table.size, max_size=table.size))).reshape(table.shape)
    assume(real.any())
    size = int(table.max()) + 1
    view = view_with_holes(np.where(real, table, -1), real, size)
    if view is not None:
        positions = shown(view)
        np.testing.assert_array_equal(positions[real], table[real])
        assert positions.min() >= 0
        assert positions.max() < size


def test_the_lower_triangle_of_a_matrix_is_that_matrix() -> None:
    table = np.arange(25).reshape(5, 5)
    real = np.tri(5, dtype=bool)
    assert view_with_holes(np.where(real, table, -1), real, 25) == whole((5, 5))


def test_a_view_does_not_reach_beyond_the_buffer() -> None:
    # The triangle of a growing sum packed row by row shows other rows' elements in its holes, but not in the last row.
    table, real = np.array([[3, 4], [5, -1]]), np.array([[True, True], [True, False]])
    assert view_with_holes(table, real, 7) == View(3, (2, 2), (2, 1))
    assert view_with_holes(table, real, 6) is None


# --- axes -------------------------------------------------------------------------------------------------------------


@given(SIZES, st.integers(1, 3), st.data())
def test_axes_are_found_again(shape: tuple[int, ...], others: int, data: st.DataObject) -> None:
    rows = [np.arange(math.prod(shape))]
    for _ in range(others):
        strides = [data.draw(st.sampled_from([0, 1, 2, 7])) for _ in shape]
        rows.append(shown(View(0, shape, tuple(strides))).ravel())
    grid = grid_of(np.array(rows))
    assert grid is not None
    assert math.prod(grid) == math.prod(shape)
    for row in rows:
        table = row.reshape(grid)
        steps = [
            int(table[tuple(int(k == axis) for k in range(len(grid)))]) if n > 1 else 0 for axis, n in enumerate(grid)
        ]
        np.testing.assert_array_equal(shown(View(0, grid, tuple(steps))), table)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_axes_that_are_found_show_the_positions(numbers: list[int]) -> None:
    row = np.array(numbers)
    grid = grid_of(row[None])
    if grid is not None:
        assert math.prod(grid) == len(row)
        table = row.reshape(grid)
        steps = [
            int(table[tuple(int(k == axis) for k in range(len(grid)))] - table.flat[0]) if n > 1 else 0
            for axis, n in enumerate(grid)
        ]
        np.testing.assert_array_equal(shown(View(int(row[0]), grid, tuple(steps))), table)


def test_what_has_no_axes_has_none() -> None:
    assert grid_of(np.array([[0, 1, 3, 4, 9, 7]])) is None
    assert grid_of(np.array([[5]])) == (1,)
