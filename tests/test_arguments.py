"""Checks of arguments take every kind of number and name what is none."""

import numpy as np
import pytest

from micrograd_plus.arguments import described, integer_at_least, number_at_least, positive_number


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_integers_of_python_and_numpy_become_int(value):
    number = integer_at_least(3, "epochs", value)
    assert number == 3
    assert type(number) is int


@pytest.mark.parametrize("value", [True, 3.0, np.float64(3), "3", None, np.array([3])])
def test_anything_else_is_a_type_error_that_names_both(value):
    with pytest.raises(TypeError, match=f"epochs is an integer, not {type(value).__name__}"):
        integer_at_least(1, "epochs", value)


def test_too_small_is_a_value_error():
    with pytest.raises(ValueError, match="epochs is at least 1, not -2"):
        integer_at_least(1, "epochs", -2)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int64(2)])
def test_real_numbers_of_python_and_numpy_become_float(value):
    number = number_at_least(2, "lr", value)
    assert number == 2.0
    assert type(number) is float


@pytest.mark.parametrize("value", [True, "2", None, 2j, np.array(2.0)])
def test_what_is_no_number_is_a_type_error(value):
    with pytest.raises(TypeError, match=f"lr is a number, not {type(value).__name__}"):
        number_at_least(0, "lr", value)


@pytest.mark.parametrize("value", [-1e-9, float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_too_small_or_not_finite_is_a_value_error(value):
    with pytest.raises(ValueError, match=f"lr is a finite number of at least 0, not {value}"):
        number_at_least(0, "lr", value)


def test_described_fits_a_line() -> None:
    text = described(np.zeros((50, 50)))
    assert text.startswith("an array: array([[0., 0., ")
    assert len(text) < 80
    assert "\n" not in text


@pytest.mark.parametrize("value", [0, -0.0, -1.0, float("inf"), float("nan"), np.float64(0)])
def test_what_is_not_positive_or_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="lr is a finite number above 0, not "):
        positive_number("lr", value)


@pytest.mark.parametrize("value", [True, "1", None, np.ones(1)])
def test_a_positive_number_is_a_number(value):
    with pytest.raises(TypeError, match=f"lr is a number, not {type(value).__name__}"):
        positive_number("lr", value)
    assert positive_number("lr", np.float32(0.5)) == 0.5
