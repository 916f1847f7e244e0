"""The scale of losses: logarithms where they fall far, heights above the lowest where some are not positive."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from micrograd_plus.viz.lab.loss_axes import LossScale


def drawn(losses: list[float], level: float | None = None) -> tuple[Axes, np.ndarray]:
    axes = Figure().add_subplot()
    values = np.array(losses)
    scale = LossScale([values], losses[0])
    line = scale.plot(axes, range(len(losses)), values)
    scale.finish(axes, level=level)
    return axes, np.asarray(line.get_ydata())


def test_a_loss_that_falls_far_is_drawn_by_logarithms() -> None:
    axes, heights = drawn([2.0, 0.5, 0.01])
    assert (axes.get_yscale(), axes.get_ylabel()) == ("log", "loss")
    np.testing.assert_allclose(heights, [2.0, 0.5, 0.01])


def test_a_loss_that_falls_little_is_drawn_as_it_is() -> None:
    axes, _ = drawn([2.0, 1.5, 1.0])
    assert axes.get_yscale() == "linear"
    assert axes.get_ylim()[0] < 1.0 < 2.0 < axes.get_ylim()[1]


def test_losses_below_zero_are_drawn_as_heights_above_the_lowest() -> None:
    axes, heights = drawn([4.0, -1.0, -2.25])
    assert (axes.get_yscale(), axes.get_ylabel()) == ("log", "loss, above the lowest (-2.25)")
    np.testing.assert_allclose(heights, [6.25, 1.25, 6.25e-7])


@pytest.mark.parametrize(
    "losses", [[2.0, 1e9], [2.0, np.inf], [0.0, 0.0], [-1.0, np.nan], [1e-320, 0.0], [1e300, -9e307]]
)
def test_where_nothing_falls_the_start_is_in_the_picture(losses: list[float]) -> None:
    axes, _ = drawn(losses)
    low, high = axes.get_ylim()
    assert low < losses[0] < high


def test_what_is_not_finite_is_left_out() -> None:
    _, heights = drawn([2.0, np.inf, 0.1])
    assert np.isnan(heights[1])


def test_the_level_is_a_line_with_its_number() -> None:
    axes, _ = drawn([4.0, -2.25], level=-2.0)
    assert np.unique(axes.lines[-1].get_ydata()).tolist() == [0.25]
    assert [text.get_text() for text in axes.texts] == ["-2"]


@pytest.mark.parametrize("level", [-1e308, -5.0, 1e6, 1e308])
def test_a_level_far_from_all_losses_leaves_the_picture(level: float) -> None:
    axes, _ = drawn([4.0, -2.25], level=level)
    assert (len(axes.lines), len(axes.texts)) == (1, 0)
