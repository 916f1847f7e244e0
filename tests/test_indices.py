"""Indices of Tensors, beyond the cases of the rows that take elements and put them back."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus import array_ops
from micrograd_plus.tensor import Tensor
from tests.row_cases import with_loops
from tests.weights import uneven


def test_elements_taken_twice_get_both_gradients() -> None:
    x = Tensor([1.0, 2.0, 3.0])
    x[np.array([0, 2, 0])].backward(np.array([1.0, 10.0, 100.0]))
    assert x.grad is not None
    assert x.grad.tolist() == [101.0, 0.0, 10.0]


def test_indices_on_either_side_of_a_slice() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    for key in (
        ([0, 1, 0], slice(None), [1, 1, 1]),
        (0, slice(1, None), np.array([[3, 3]])),
        (..., np.array([0, 2]), None, np.array([[1], [1]])),
        (np.array([True, False]), slice(None, None, 2), [2, 2]),
        (slice(None), np.arange(12).reshape(3, 4) % 3 == 0),
        (np.array(1), np.array(0)),
    ):
        upstream = uneven(x[key].shape)
        leaf = Tensor(x)
        leaf[key].backward(upstream)
        np.testing.assert_array_equal(leaf[key].data, x[key], err_msg=str(key))
        np.testing.assert_allclose(leaf.grad, with_loops("scatter", upstream, x.shape, key), rtol=1e-15, atol=1e-15)


def test_many_gradients_of_one_element_are_added_with_the_precision_of_float64() -> None:
    x, count, share = Tensor([1.0], dtype=np.float32), 2000, np.float32(0.1)
    x[np.zeros(count, int)].backward(np.full(count, share))
    assert x.grad is not None
    one_by_one = np.add.accumulate(np.full(count, share))[-1]
    assert x.grad[0] == np.float32(count * float(share)) != one_by_one


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [3, 600])
def test_elements_taken_many_times_get_all_gradients(count: int, dtype: type) -> None:
    """Few and many are added in different ways, of which none may round whole numbers."""
    rng = np.random.default_rng(0)
    some, others = rng.integers(-4, 4, count), rng.integers(0, 3, count)
    for shape, key in (
        ((4,), some),
        ((4, 3), some),
        ((4, 3, 2), some.reshape(-1, 3)),
        ((4, 3), (some, others)),
        ((3, 4), (slice(None), some)),
        ((4, 3), some.tolist()),
    ):
        upstream = rng.integers(-9, 9, np.empty(shape)[key].shape).astype(dtype)
        expected = np.zeros(shape, dtype)
        np.add.at(expected, key, upstream)
        found = array_ops.scatter(upstream, key=key, shape=shape)
        np.testing.assert_array_equal(found, expected, strict=True)


@pytest.mark.parametrize("dtype", np.typecodes["AllInteger"])
@pytest.mark.parametrize("width", [1, 16])
def test_an_index_may_be_of_any_integers(dtype: str, width: int) -> None:
    """They may be too short for the number of elements of what is taken from, and for its number of rows."""
    for rows, least in ((100, 0), (300, 0), (100, -100)):
        if least < 0 and np.dtype(dtype).kind == "u":
            continue
        table = Tensor(np.zeros((rows, width)))
        key = np.random.default_rng(0).integers(least, 100, 500).astype(dtype)
        table[key].backward(uneven((500, width)))
        np.testing.assert_allclose(
            table.grad, with_loops("scatter", uneven((500, width)), table.shape, key), rtol=1e-12
        )


def test_an_index_is_kept_as_it_was() -> None:
    x, rows = Tensor(np.ones((3, 2))), np.array([0, 0])
    y = x[rows]
    rows[:] = 2
    y.backward(np.ones((2, 2)))
    assert x.grad is not None
    assert x.grad.tolist() == [[2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]


def test_indices_that_are_equal_in_python_are_not_mixed_up() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    for _ in range(2):  # what the first round has set up must not mislead the second
        for key in (1, True, np.int64(1), (1, 0), (True, 0), (1, False), ((0, 1), 1), ((False, True), 1)):
            np.testing.assert_array_equal(x[key].data, x.data[key])
        for key in (1.0, (1.0, 0), slice(1.0)):
            with pytest.raises((IndexError, TypeError)):
                x[key]


def test_a_wrong_parameter_does_not_spoil_the_right_one_that_equals_it() -> None:
    for axis in (0, 1, (0, 1), 0):
        wrong = tuple(map(float, axis)) if isinstance(axis, tuple) else float(axis)
        with pytest.raises(TypeError):
            Tensor(np.ones((2, 3))).sum(axis=wrong)
        np.testing.assert_array_equal(Tensor(np.ones((2, 3))).sum(axis=axis).data, np.ones((2, 3)).sum(axis=axis))


def test_the_same_plain_parameters_give_the_same_operation() -> None:
    x = Tensor(np.ones((2, 3)))
    for make in (lambda: x.sum(axis=1), lambda: x.sum(axis=(0, 1)), lambda: x[1], lambda: x.reshape(3, 2)):
        assert make().op is make().op
    assert x.sum(axis=0).op is not x.sum(axis=1).op


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (0, "x[0]"),
        ((1, slice(None, None, 2)), "x[1, ::2]"),
        ((slice(1, 2), None, ...), "x[1:2, None, ...]"),
        (np.array([0, 1]), "x[int64(2,)]"),
        (np.array([True, False]), "x[bool(2,)]"),
        ((), "x[()]"),
    ],
)
def test_an_index_is_shown_as_it_is_written(key: Any, written: str) -> None:
    op = array_ops.index.with_parameters(key=key)
    assert op.python.format("x", **op.shown_parameters()) == written


def test_the_row_itself_takes_a_list() -> None:
    x = Tensor(np.arange(4.0))
    taken = array_ops.index(x, key=[2, 0, 2])
    taken.sum().backward()
    np.testing.assert_array_equal(taken.data, [2.0, 0.0, 2.0])
    np.testing.assert_array_equal(x.grad, [1.0, 0.0, 2.0, 0.0])
