"""Views as Python writes them: the text gives the very elements, whatever the view."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

from micrograd_plus.compiler.view_text import view_text
from micrograd_plus.compiler.views import View, whole

SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def evaluated(text: str, buffer: np.ndarray) -> np.ndarray:
    found: np.ndarray = eval(text, {"buffer": buffer, "as_strided": as_strided})  # noqa: S307 - the text under test
    return found


def view_of_array(array: np.ndarray, buffer: np.ndarray) -> View:
    """Return what a view made by NumPy shows of a flat buffer."""
    offset = array.__array_interface__["data"][0] - buffer.__array_interface__["data"][0]
    return View(offset // buffer.itemsize, array.shape, tuple(s // buffer.itemsize for s in array.strides))


@st.composite
def moved_views(draw: st.DrawFn) -> tuple[tuple[int, ...], View]:
    """Draw the shape of a buffer and what reshapes, slices, turns and transposes show of it."""
    shape = draw(SHAPES)
    size = math.prod(shape)
    buffer = np.arange(float(size))
    first = draw(st.integers(0, size - 1))
    part = buffer[first : draw(st.integers(first + 1, size))]
    divisors = [n for n in range(1, part.size + 1) if part.size % n == 0]
    table = buffer.reshape(shape) if draw(st.booleans()) else part.reshape(draw(st.sampled_from(divisors)), -1)
    keys = []
    for n in table.shape:
        low = draw(st.integers(0, n - 1))
        kept = slice(low, draw(st.integers(low + 1, n)), draw(st.sampled_from([1, 1, 2])))
        keys.append(draw(st.sampled_from([slice(None), slice(None), kept, slice(None, None, -1), low])))
    table = table[(*keys, ...)]
    table = table.transpose(draw(st.permutations(range(table.ndim))))
    if draw(st.booleans()):
        table = np.expand_dims(table, draw(st.integers(0, table.ndim)))
    return shape, view_of_array(table, buffer)


def require_text(shape: tuple[int, ...], view: View) -> None:
    buffer = np.arange(100.0, 100.0 + math.prod(shape)).reshape(shape)
    found = evaluated(view_text("buffer", shape, view), buffer)
    np.testing.assert_array_equal(found, view.on(buffer.reshape(-1)))
    found[...] = 7.0  # a view, not a copy
    assert np.count_nonzero(buffer == 7.0) == len(set(view.on(np.arange(buffer.size)).ravel().tolist()))


@given(moved_views())
def test_the_text_gives_the_very_elements(drawn: tuple[tuple[int, ...], View]) -> None:
    require_text(*drawn)


@given(SHAPES, st.data())
def test_any_strides_can_be_written(shape: tuple[int, ...], data: st.DataObject) -> None:
    size = math.prod(shape)
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    strides = [data.draw(st.integers(1, 4)) for _ in sizes]
    reach = sum(s * (n - 1) for s, n in zip(strides, sizes, strict=True))
    if reach < size:
        offset = data.draw(st.integers(0, size - 1 - reach))
        require_text(shape, View(offset, tuple(sizes), tuple(strides)))


@given(moved_views(), st.integers(2, 3), st.integers(0, 3))
def test_axes_that_repeat_have_size_one(drawn: tuple[tuple[int, ...], View], count: int, axis: int) -> None:
    shape, view = drawn
    axis %= len(view.shape) + 1
    repeated = View(
        view.offset,
        (*view.shape[:axis], count, *view.shape[axis:]),
        (*view.strides[:axis], 0, *view.strides[axis:]),
    )
    buffer = np.arange(float(math.prod(shape))).reshape(shape)
    found = evaluated(view_text("buffer", shape, repeated), buffer)
    assert found.shape[axis] == 1
    np.testing.assert_array_equal(np.broadcast_to(found, repeated.shape), repeated.on(buffer.reshape(-1)))


@pytest.mark.parametrize(
    ("shape", "view", "text"),
    [
        ((20,), View(8, (3, 4), (4, 1)), "p[8:20].reshape(3, 4)"),
        ((20,), View(8, (4, 3), (1, 4)), "p[8:20].reshape(3, 4).T"),
        ((20,), View(4, (5,), (1,)), "p[4:9]"),
        ((20,), View(0, (10,), (2,)), "p[::2]"),
        ((3, 4), View(0, (4, 3), (1, 4)), "p.T"),
        ((3, 4), View(1, (3,), (4,)), "p[:, 1]"),
        ((3, 4), View(4, (4,), (1,)), "p[1]"),
        ((3, 4), View(0, (12,), (1,)), "p.reshape(-1)"),
        ((3,), View(0, (3, 1), (1, 0)), "p[:, None]"),
        ((2, 3, 4), View(0, (2, 4, 3), (12, 1, 4)), "p.transpose(0, 2, 1)"),
    ],
)
def test_what_is_written_often_reads_well(shape: tuple[int, ...], view: View, text: str) -> None:
    assert view_text("p", shape, view) == text


def test_strides_are_written_where_nothing_shorter_says_it() -> None:
    # A view that runs backwards.
    text = view_text("p", (6,), View(4, (3, 2), (-2, 1)))
    assert re.fullmatch(r"as_strided\(p\[4:\], \(3, 2\), \(-2 \* p\.itemsize, 1 \* p\.itemsize\)\)", text)


@given(SHAPES)
def test_the_whole_buffer_is_its_name(shape: tuple[int, ...]) -> None:
    text = view_text("p", shape, whole(shape))
    assert text == "p" or 1 in shape
