import numpy as np
import pytest

from micrograd_plus.arguments import integer_at_least


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
