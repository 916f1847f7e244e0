"""Where runs settle, and the loss they are compared at."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import data
from micrograd_plus.lab.batch_sizes import compare_batch_sizes
from micrograd_plus.lab.levels import common_level, settled
from micrograd_plus.lab.optimizers import compare_optimizers
from micrograd_plus.lab.problem import surface, training_problem
from micrograd_plus.lab.run import Run


def run_of(losses: Sequence[float], diverged_at: int | None = None) -> Run:
    """Return a run with these losses; where it went does not matter."""
    count = len(losses)
    nothing = np.zeros(count)
    return Run(np.arange(count), np.zeros((count, 1)), np.array(losses), nothing, nothing, nothing[1:], diverged_at)


def test_a_run_settles_at_the_mean_of_its_last_tenth() -> None:
    assert settled(run_of([9.0] * 18 + [1.0, 3.0])) == 2.0
    assert settled(run_of([9.0, 5.0])) == 5.0


def test_a_run_that_diverged_settles_nowhere() -> None:
    assert settled(run_of([9.0, 1.0], diverged_at=1)) == math.inf


def test_most_runs_that_fall_reach_the_level_and_it_is_a_round_number() -> None:
    runs = [run_of([8.0, end]) for end in (0.123, 0.05, 3.0)] + [run_of([8.0, 9.0]), run_of([8.0], diverged_at=1)]
    assert common_level(runs) == 0.13


@pytest.mark.parametrize("size", [5e-324, 1e-320, 1e-310, 1e300])
def test_the_level_is_a_number_where_floats_end(size: float) -> None:
    level = common_level([run_of([8.0 * size, size]), run_of([8.0 * size, 0.5 * size])])
    assert level is not None
    assert 0.5 * size <= level < 8.0 * size


def test_how_many_are_to_reach_it_and_who_counts_can_be_told() -> None:
    runs = [run_of([8.0, end]) for end in (0.123, 0.05, 3.0)]
    assert common_level(runs, share=1.0) == 3.0
    assert common_level(runs, share=1.0, fall=0.9) == 0.13
    assert common_level(runs, fall=1.0) == 0.058  # a thousandth of the fall above the lowest


def test_nobody_is_asked_for_more_than_a_thousandth_of_the_fall() -> None:
    assert common_level([run_of([8.0, 1e-30])]) == 0.008
    assert common_level([run_of([8.0 - 100.0, 1e-30 - 100.0])]) == pytest.approx(-99.992)


def test_the_lowest_loss_may_be_beyond_all_others() -> None:
    ends = [-1e284, -1e200, -2e7, -3.0]
    assert common_level([run_of([-1.0, end]) for end in ends]) == -2e7


def test_there_is_no_level_where_no_run_falls() -> None:
    assert common_level([run_of([1.0, 2.0]), run_of([1.0], diverged_at=1)]) is None


@given(st.floats(-1e3, 1e3), st.lists(st.floats(1e-9, 1e6), min_size=1, max_size=8))
def test_the_level_lies_between_the_lowest_loss_and_the_start(lowest: float, heights: list[float]) -> None:
    start = lowest + max(heights) + 1.0
    runs = [run_of([start, lowest]), *(run_of([start, lowest + height]) for height in heights)]
    level = common_level(runs)
    assert level is not None
    assert lowest < level < start
    assert 2 * sum(run.first_at_most(level) is not None for run in runs) >= len(runs)


@pytest.mark.parametrize("level", [math.nan, math.inf])
def test_a_level_that_no_run_can_be_told_by_is_refused_before_any_runs(level: float) -> None:
    with pytest.raises(ValueError, match="level is a finite loss, not "):
        compare_optimizers(surface("ravine"), ["sgd"], steps=1, rates=[0.01], level=level)
    with pytest.raises(ValueError, match="level is a finite loss, not "):
        compare_batch_sizes(training_problem(data.load("iris")), level=level)
