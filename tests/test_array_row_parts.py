"""What rows of arrays are made of: which of several ways they take, and what they leave as it is."""

import numpy as np
import pytest

from micrograd_plus.array_ops import concatenate
from micrograd_plus.array_ops.indices import _may_repeat
from micrograd_plus.array_ops.margins import count_of_windows, padded
from micrograd_plus.array_ops.pools import _max_pool2d
from micrograd_plus.array_ops.products import _with_rows
from micrograd_plus.array_ops.row import Array


def test_a_row_of_many_inputs_is_made_once_for_each_number_of_them() -> None:
    of_three = concatenate.taking(3)
    assert of_three.arity == 3
    assert concatenate.taking(3) is of_three
    assert of_three.taking(3) is of_three


def test_no_margin_is_no_copy() -> None:
    x = np.ones((2, 3))
    assert padded(x, (0, 0)) is x
    assert padded(x, (1, 0)).shape == (4, 3)
    assert padded(x, (0, 1)).shape == (2, 5)


@pytest.mark.parametrize("kernel", [(4, 1), (1, 4), (9, 9)])
def test_a_kernel_larger_than_the_image_has_no_window(kernel: tuple[int, int]) -> None:
    assert count_of_windows((5, 3, 3), kernel, (1, 1), (0, 0)) == 0
    assert count_of_windows((5, 3, 3), (3, 3), (1, 1), (0, 0)) == 5


def test_only_arrays_of_integers_may_take_an_element_twice() -> None:
    for key in (0, slice(None), None, ..., (slice(1), 0), np.array([True, False]), [True, False]):
        assert not _may_repeat(key)
    for key in (np.array([0, 0]), [0, 0], (slice(None), np.array([1])), (np.array([True]), [1])):
        assert _may_repeat(key)


def test_matrices_are_copied_where_neither_rows_nor_columns_are_contiguous() -> None:
    def shared(x: Array) -> bool:
        return np.shares_memory(_with_rows(x), x)

    stack = np.ones((4, 6, 8))
    assert shared(stack)
    assert shared(stack.mT)
    assert shared(stack[0, ::2, ::2])  # a single matrix
    apart = stack[:, ::2, ::2]
    assert not shared(apart)
    assert not shared(np.ones((2, 4, 6, 8))[..., ::2, ::2])
    np.testing.assert_array_equal(_with_rows(apart), apart)


@pytest.mark.parametrize("kernel", [(1, 1), (1, 2), (2, 2)])
def test_the_largest_stand_in_an_array_of_their_own(kernel: tuple[int, int]) -> None:
    x = np.ones((4, 4))
    assert not np.shares_memory(_max_pool2d(x, kernel, (1, 1), (0, 0)), x)
