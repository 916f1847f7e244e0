"""`w -= lr * w.grad`: a leaf changes under no_grad(), else the name stands for a new node."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, no_grad
from micrograd_plus.engine import PARAMETER

IN_PLACE = [
    (operator.iadd, operator.add),
    (operator.isub, operator.sub),
    (operator.imul, operator.mul),
    (operator.itruediv, operator.truediv),
    (operator.ifloordiv, operator.floordiv),
    (operator.imod, operator.mod),
    (operator.ipow, operator.pow),
]
each_operator = pytest.mark.parametrize(("in_place", "infix"), IN_PLACE)
SQUARE = np.array([[1.5, 2.0], [3.0, 0.5]])


def leaves() -> list[Any]:
    return [Value(2.5), Tensor(SQUARE), Tensor(SQUARE, dtype=np.float32), Value.leaf(2.5, PARAMETER)]


@each_operator
def test_a_leaf_changes_under_no_grad(in_place: Callable[..., Any], infix: Callable[..., Any]) -> None:
    for leaf in leaves():
        for other in (2.0, Value(3.0) if isinstance(leaf, Value) else np.array([2.0, 0.5])):
            kind, before, expected = leaf.op, leaf.data, infix(leaf, other).data
            with no_grad():
                changed = in_place(leaf, other)
            assert changed is leaf
            assert leaf.op is kind
            assert np.asarray(leaf.data).dtype == np.asarray(before).dtype
            np.testing.assert_allclose(leaf.data, expected, rtol=1e-6)


def test_a_matrix_changes_under_no_grad() -> None:
    w = same = Tensor(SQUARE)
    with no_grad():
        w @= SQUARE
    np.testing.assert_array_equal(same.data, SQUARE @ SQUARE)


@each_operator
def test_a_recorded_node_is_a_new_one(in_place: Callable[..., Any], infix: Callable[..., Any]) -> None:
    for leaf in leaves()[:3]:
        before = np.array(leaf.data)
        made = in_place(leaf, 2.0)
        assert made.inputs[0] is leaf
        np.testing.assert_array_equal(leaf.data, before)
        np.testing.assert_array_equal(made.data, infix(leaf, 2.0).data)
        with (
            no_grad(),
            pytest.raises(RuntimeError, match=r"= under no_grad\(\) on a node that was computed: only a leaf"),
        ):
            in_place(made, 2.0)


@each_operator
def test_a_parameter_is_not_left_as_it_is_in_silence(in_place: Callable[..., Any], infix: Callable[..., Any]) -> None:
    for parameter in (Value.leaf(2.5, PARAMETER), Tensor.leaf(SQUARE, PARAMETER)):
        with pytest.raises(RuntimeError, match="= on a parameter while the graph is recorded: write it under no_grad"):
            in_place(parameter, 2.0)


def test_a_shape_that_does_not_fit_is_refused() -> None:
    w = Tensor([1.0, 2.0])
    with no_grad(), pytest.raises(ValueError, match=r"wanted data of shape \(2,\), got \(2, 2\)"):
        w -= SQUARE
    assert w.data.tolist() == [1.0, 2.0]


def test_what_was_computed_before_is_out_of_date() -> None:
    w = Tensor([1.0, 2.0], label="w")
    loss = (w * w).sum()
    with no_grad():
        w -= 1.0
    with pytest.raises(RuntimeError, match="'w' changed"):
        loss.backward()
