"""Heat maps: each cell is the mean of its block, and every element counts once."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import Tensor
from micrograd_plus.viz.colour import Scale
from micrograd_plus.viz.from_graph import picture_of
from micrograd_plus.viz.heat import MOST_COLUMNS, MOST_MAPS, MOST_ROWS, heat_of, panels, remarks
from micrograd_plus.viz.picture import Box

SHAPES = st.lists(st.integers(1, 40), min_size=1, max_size=3).map(tuple)


def box_of(data: object, grad: object = None) -> Box:
    """Return the box of a leaf."""
    x = Tensor(data, label="x")
    if grad is not None:
        x.grad = np.asarray(grad, dtype=float)
    [box] = picture_of(x).boxes
    return replace(box, heat=heat_of(x.data, x.grad))


def grey(x: float, others: list[float]) -> int:
    """Return how bright the cell of `x` is in the map of `x` and others."""
    fill = panels(box_of([x, *others]), Scale())[0].cells[0][0].fill
    red, green, blue = (int(fill[k : k + 2], 16) for k in (1, 3, 5))
    assert red == green == blue
    return red


def test_a_small_array_has_a_cell_for_each_element() -> None:
    heat = heat_of([[1.0, -2.0], [0.0, 4.0], [5.0, 6.0]], [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    assert heat is not None
    assert heat.data == ((1.0, -2.0), (0.0, 4.0), (5.0, 6.0))
    assert heat.grad == ((0.1, 0.2), (0.3, 0.4), (0.5, 0.6))
    assert heat.note == ""


@given(SHAPES, st.integers(0, 2**32 - 1))
def test_each_cell_is_the_mean_of_its_block(shape: tuple[int, ...], seed: int) -> None:
    array = np.random.default_rng(seed).normal(size=shape)
    heat = heat_of(array, -2.0 * array)
    assert heat is not None
    table = array.reshape(math.prod(shape[:-1]), shape[-1])
    rows, columns = len(heat.data), len(heat.data[0])
    assert rows <= MOST_ROWS
    assert columns <= MOST_COLUMNS
    height, width = math.ceil(len(table) / MOST_ROWS), math.ceil(shape[-1] / MOST_COLUMNS)
    assert (f"a mean of {height} x {width}" in heat.note) == ((height, width) != (1, 1))
    assert ("rows: " in heat.note) == (len(shape) > 2)
    for i in range(rows):
        for j in range(columns):
            block = table[i * height : (i + 1) * height, j * width : (j + 1) * width]
            assert heat.data[i][j] == pytest.approx(block.mean(), abs=1e-12)
            assert heat.grad[i][j] == pytest.approx(-2.0 * block.mean(), abs=1e-12)


def test_every_element_counts_once() -> None:
    array = np.random.default_rng(1).normal(size=(24, 32))  # two by two, so that all blocks are of one size
    heat = heat_of(array)
    assert heat is not None
    assert np.mean(heat.data) == pytest.approx(array.mean())


@pytest.mark.parametrize("nothing", [3.0, np.array(3.0), np.zeros((0, 3)), np.zeros((3, 0))])
def test_numbers_and_empty_arrays_have_none(nothing: object) -> None:
    assert heat_of(nothing, nothing) is None


def test_nan_stays_in_its_block() -> None:
    array = np.ones((24, 4))
    array[5, 2] = np.nan
    heat = heat_of(array)
    assert heat is not None
    assert [[math.isnan(x) for x in row].index(True) for row in heat.data if np.isnan(row).any()] == [2]
    assert math.isnan(heat.data[2][2])  # two rows to a cell


def test_infinities_of_both_signs_are_no_warning() -> None:
    heat = heat_of(np.array([[np.inf, -np.inf]] * 2 + [[1e308, 1e308]] * 22))
    assert heat is not None
    assert heat.data[0] == (np.inf, -np.inf)


def test_data_gets_brighter_with_its_value_around_a_middle_grey() -> None:
    values = [-2.0, -1.0, 0.0, 0.5, 2.0]
    greys = [grey(x, values) for x in values]
    assert greys == sorted(set(greys))
    assert greys[2] == grey(0.0, [0.0])
    # Also where all values have one sign.
    assert grey(1.0, [1.0, 1.0]) == grey(2.0, values)
    assert grey(np.inf, values) == grey(2.0, values)
    assert grey(-np.inf, values) == grey(-2.0, values)


def test_gradients_have_the_colours_of_the_scale_and_negative_ones_a_mark() -> None:
    grad = [3.0, -0.2, 0.0, np.nan]
    scale = Scale.of(grad)
    cells = panels(box_of([1.0, 2.0, -3.0, np.nan], grad), scale)[1].cells[0]
    assert [cell.fill for cell in cells] == [scale.fill(x) for x in grad]
    assert [cell.mark for cell in cells] == ["", "-", "", "x"]


def test_no_data_looks_as_a_gradient_does() -> None:
    scale = Scale(1.0)
    colours = {scale.fill(x) for x in (*np.linspace(-1.0, 1.0, 99),)}
    data = {cell.fill for cell in panels(box_of(np.linspace(-1.0, 1.0, 16)), scale)[0].cells[0]}
    assert not colours & data


def test_numbers_below_the_maps() -> None:
    data, grad = panels(box_of([1.0, -2.0, 4.0], [0.5, 0.5, 0.5]), Scale())
    assert data.lines == ("-2 .. 4", "mean 1")
    assert grad.lines == ("all 0.5",)


def test_what_is_missing_is_said() -> None:
    pending = box_of([1.0, 2.0])
    assert [panel.heading for panel in panels(pending, Scale())] == ["data"]
    assert remarks(pending) == ["no grad yet"]
    constant = (Tensor([1.0, 2.0]) * np.array([3.0, 4.0])).inputs[1]
    [box] = picture_of(constant).boxes
    assert remarks(replace(box, heat=heat_of(constant.data))) == []
    assert remarks(replace(pending, is_stale=True)) == ["no grad yet", "stale"]


@given(SHAPES)
def test_maps_are_small_and_cells_large_enough_to_see(shape: tuple[int, ...]) -> None:
    panel = panels(box_of(np.zeros(shape)), Scale())[0]
    assert max(panel.size) <= 128
    assert min(panel.cell_size) >= 8
    assert panel.size[1] >= 12


@pytest.mark.parametrize("others", [0, 1])
def test_large_pictures_have_no_maps(others: int) -> None:
    y = Tensor([1.0, 2.0], label="x")
    for _ in range(MOST_MAPS - 1 + others):
        y = y.tanh()
    boxes = picture_of(y, "full").boxes
    assert len(boxes) == MOST_MAPS + others
    assert {box.heat is None for box in boxes} == {bool(others)}
