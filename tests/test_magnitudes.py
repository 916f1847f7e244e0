"""The root mean square: exact where squares would overflow, and itself where numbers are none."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.magnitudes import root_mean_square


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=9), st.integers(-300, 290))
def test_it_grows_with_its_numbers_whatever_their_size(numbers: list[float], power: int) -> None:
    array = np.round(numbers, 3)
    expected = math.sqrt(np.mean(array**2)) * 10.0**power
    assert root_mean_square(array * 10.0**power) == pytest.approx(expected, rel=1e-9, abs=1e-306)


def test_weights_count_numbers_more_than_once() -> None:
    assert root_mean_square([1.0, 5.0], np.array([0.75, 0.25])) == pytest.approx(root_mean_square([1, 1, 1, 5]))


def test_of_none_and_of_what_is_not_finite() -> None:
    assert root_mean_square([]) == root_mean_square([0.0, -0.0]) == 0.0
    assert root_mean_square([1.0, -math.inf]) == math.inf
    assert math.isnan(root_mean_square([1.0, math.nan]))
