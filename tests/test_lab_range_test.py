"""The learning-rate range test and what it suggests."""

import numpy as np
import pytest

from micrograd_plus import data
from micrograd_plus.lab.problem import formula_problem, surface, training_problem
from micrograd_plus.lab.range_test import range_test, smooth, steepest

RATES = np.geomspace(1e-4, 10.0, 101)


def curve(middle: float, width: float = 0.5) -> np.ndarray:
    """Losses that fall from 1 to 0, fastest at a rate."""
    return 1.0 / (1.0 + np.exp(np.log(RATES / middle) / width))


def test_rates_grow_at_equal_ratios_between_the_ends() -> None:
    found = range_test(surface("ravine"), lowest=1e-6, highest=1e-3, steps=31)
    assert found.lrs == pytest.approx(np.geomspace(1e-6, 1e-3, 31))


def test_the_losses_are_those_of_descent_with_these_rates() -> None:
    found = range_test(formula_problem("x**2", {"x": 3.0}), lowest=1e-3, highest=0.5, steps=20)
    assert found.losses == pytest.approx((3.0 * np.cumprod(1.0 - 2.0 * found.lrs)) ** 2, abs=1e-12)


@pytest.mark.parametrize("middle", [0.01, 0.1, 1.0])
def test_the_suggestion_is_where_the_loss_falls_fastest(middle: float) -> None:
    assert steepest(RATES, smooth(curve(middle)), 1.0) == pytest.approx(middle, rel=0.15)


def test_a_first_rise_and_what_comes_after_the_lowest_loss_do_not_mislead() -> None:
    losses = curve(0.1)
    losses[:40] += np.hanning(40)  # falls faster than the curve, but back to the start only
    losses[80:] = [5.0, 9.0, 2.0, *np.linspace(30.0, 90.0, 18)]
    assert steepest(RATES, smooth(losses), 1.0) == pytest.approx(0.1, rel=0.15)


def test_noise_moves_the_suggestion_little() -> None:
    losses = curve(0.1, 1.0) + np.random.default_rng(0).normal(size=101) * 0.01
    assert steepest(RATES, smooth(losses), 1.0) == pytest.approx(0.1, rel=2.0)


def test_a_loss_that_only_rises_suggests_nothing() -> None:
    assert steepest(RATES, RATES + 1.0, 1.0) is None
    assert range_test(surface("ravine"), lowest=1.0, highest=10.0, steps=20).suggestion is None


def test_smoothing_leaves_straight_lines_as_they_are() -> None:
    line = np.linspace(3.0, -1.0, 20)
    assert smooth(line) == pytest.approx(line)


def test_the_test_ends_when_the_loss_is_far_above_the_start() -> None:
    found = range_test(surface("ravine"), lowest=1e-4, highest=100.0)
    assert len(found.lrs) == len(found.losses) < 100
    assert found.losses[:-2].max() <= 5.0 * surface("ravine").loss()


def test_the_suggestion_for_a_network_trains_it() -> None:
    problem = training_problem(data.load("moons", rng=0))
    found = range_test(problem)
    assert found.suggestion is not None
    assert 0.01 < found.suggestion < 3.0


def test_with_batches_the_seed_decides() -> None:
    problem = training_problem(data.load("moons", rng=0))
    one, same, other = (range_test(problem, steps=20, batch_size=10, rng=seed).losses.tolist() for seed in (1, 1, 2))
    assert one == same
    assert one != other


@pytest.mark.parametrize(("lowest", "highest"), [(0.0, 1.0), (1.0, 1.0), (1.0, np.inf)])
def test_rates_that_make_no_range_are_refused(lowest: float, highest: float) -> None:
    with pytest.raises(ValueError, match="0 < lowest < highest"):
        range_test(surface("ravine"), lowest=lowest, highest=highest)
