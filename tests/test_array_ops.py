"""Structural operations: every row is checked over a table of shapes and parameters, also empty and single ones."""

import pickle
from itertools import islice
from typing import Any

import numpy as np
import pytest

from micrograd_plus.array_ops import ARRAY_TABLE
from micrograd_plus.array_ops.row import ArrayOp
from micrograd_plus.checks import check_gradients
from micrograd_plus.engine import gradient
from micrograd_plus.tensor import Tensor
from tests.array_cases.case import distinct, in_turn
from tests.array_cases.graphs import cases_in_turn, nodes_to_order_2
from tests.cases import each
from tests.row_cases import CASES, IN_NUMPY, Case, first_hits, named
from tests.weights import uneven


def test_every_row_has_cases_or_is_reached_by_those_of_functions() -> None:
    assert {row for row, _, _ in CASES} == IN_NUMPY.keys()
    missing = ARRAY_TABLE.keys() - IN_NUMPY.keys()
    for case in cases_in_turn():
        if not missing:
            break
        missing -= {node.op.name for node in nodes_to_order_2(case)}
    assert not missing


@each("row", sorted(IN_NUMPY.keys() - {"detached"}))  # from which nothing comes back
def test_a_row_says_that_it_is_linear_in_each_input_if_it_is(row: str) -> None:
    """Its tangent is the row of a tangent; any other is found in a longer way."""
    cases = [(distinct(shapes), parameters) for name, shapes, parameters in CASES if name == row]
    assert ARRAY_TABLE[row].linear == all(is_linear(ARRAY_TABLE[row].with_parameters(**how), x) for x, how in cases)


def test_the_rows_that_functions_reach_say_that_they_are_linear_if_they_are() -> None:
    reached, bent = set(), set()
    for case in islice(cases_in_turn(), 0, None, 3):
        for node in nodes_to_order_2(case):
            name = node.op.name
            if isinstance(node.op, ArrayOp):
                reached.add(name)
                if name not in bent and not is_linear(node.op, [input.data for input in node.inputs]):
                    bent.add(name)
    assert reached - bent == {name for name in reached if ARRAY_TABLE[name].linear}


def is_linear(op: Any, inputs: list[Any]) -> bool:
    """Tell whether an operation gives sums for sums in each of its inputs."""
    for k, x in enumerate(inputs):
        other = np.linspace(-2.0, 3.0, x.size, dtype=x.dtype).reshape(x.shape) ** 3
        of_x, of_other, of_sum = (op.on_arrays(*inputs[:k], y, *inputs[k + 1 :]) for y in (x, other, x + other))
        if not np.allclose(of_sum, of_x + of_other, rtol=1e-3, atol=1e-3, equal_nan=True):  # some are of float32
            return False
    return True


@each("case", CASES, named)
def test_rows_are_pickled_by_name_and_written(case: Case) -> None:
    row, shapes, parameters = case
    inputs = distinct(shapes)
    op = ARRAY_TABLE[row](*map(Tensor, inputs), **parameters).op
    stored = pickle.loads(pickle.dumps(op))  # noqa: S301 - made here
    assert str(stored) == str(op)
    np.testing.assert_array_equal(stored.on_arrays(*inputs), op.on_arrays(*inputs))


@each("case", CASES, named)
def test_results_are_those_of_numpy(case: Case) -> None:
    row, shapes, parameters = case
    inputs = distinct(shapes)
    expected = np.asarray(IN_NUMPY[row](*inputs, **parameters))
    on_arrays = np.asarray(ARRAY_TABLE[row](*inputs, **parameters))
    on_tensors = ARRAY_TABLE[row](*map(Tensor, inputs), **parameters)
    assert isinstance(on_tensors, Tensor)
    for result in (on_arrays, on_tensors.data):
        assert result.shape == expected.shape
        # Sums of at most twelve numbers below 8, in any order.
        np.testing.assert_allclose(result, expected, rtol=1e-14, atol=1e-14)


@each("case", [case for case in in_turn(CASES, lambda case: case) if case[0] != "detached"], named)
def test_gradients_are_what_differences_say(case: Case) -> None:
    row, shapes, parameters = case

    def weighed(*inputs: Tensor) -> Tensor:
        out = ARRAY_TABLE[row](*inputs, **parameters)
        return ((out * out + out) * uneven(out.shape)).sum()  # bent, so that there is a second order

    check_gradients(weighed, *distinct(shapes))


@each("case", CASES, named)
def test_backward_and_gradient_agree_and_have_the_shape_of_the_input(case: Case) -> None:
    row, shapes, parameters = case
    inputs = [Tensor(x) for x in distinct(shapes)]
    y = (ARRAY_TABLE[row](*inputs, **parameters) ** 2).sum()
    y.backward()
    for x, slope in zip(inputs, gradient(y, inputs), strict=True):
        assert x.grad is not None
        assert x.grad.shape == slope.shape == x.shape
        np.testing.assert_array_equal(x.grad, slope.data)


@each("case", [case for case in CASES if case[0] != "astype"], named)
def test_float32_stays_float32(case: Case) -> None:
    row, shapes, parameters = case
    inputs = [Tensor(x, dtype=np.float32) for x in distinct(shapes)]
    y = ARRAY_TABLE[row](*inputs, **parameters)
    z = (y * y).sum()
    z.backward()
    first = gradient(z, inputs)
    second = gradient(sum((g * g).sum() for g in first), inputs)
    assert {node.dtype for node in (y, z, *first, *second)} == {np.dtype(np.float32)}
    assert {x.grad.dtype for x in inputs if x.grad is not None} == {np.dtype(np.float32)}


@pytest.mark.parametrize("axis", [0, 1, (0, 1), (1, 0), None])
def test_of_equal_extremes_the_first_is_told(axis: Any) -> None:
    x = np.random.default_rng(0).integers(0, 3, (4, 5)).astype(float)
    top = x.max(axis=axis)
    found = ARRAY_TABLE["first_extreme"](x, top, axis=axis)
    np.testing.assert_array_equal(found, first_hits(x, top, axis))
    assert found.sum() == top.size
    np.testing.assert_array_equal(found, ARRAY_TABLE["first_extreme"](x, x.max(axis=axis, keepdims=True), axis=axis))


def test_the_same_parameters_give_the_same_row() -> None:
    joining, total = ARRAY_TABLE["concatenate"], ARRAY_TABLE["sum"]
    assert total.with_parameters(axis=(0, 1), keepdims=False) is total.with_parameters(axis=(0, 1), keepdims=False)
    assert joining.with_parameters(axis=0).taking(3) is joining.with_parameters(axis=0).taking(3)


def test_nothing_comes_back_through_what_is_detached() -> None:
    x = Tensor([1.0, -2.0, 3.0])
    y = (ARRAY_TABLE["detached"](x) * x).sum()
    [slope] = gradient(y, [x])
    y.backward()
    assert x.grad is not None
    assert x.grad.tolist() == slope.data.tolist() == [1.0, -2.0, 3.0]


# --- what is chosen, and what cannot overflow -------------------------------------------------------------------------


@pytest.mark.parametrize("row", ["max", "min"])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1), (1, 0), ()])
def test_of_several_extremes_the_first_gets_the_gradient(row: str, axis: Any) -> None:
    extreme = 7.0 if row == "max" else -7.0
    x = Tensor([[0.0, extreme, 1.0], [extreme, extreme, 0.5]])
    getattr(x, row)(axis=axis).sum().backward()
    firsts = {
        None: [[0, 1, 0], [0, 0, 0]],
        (0, 1): [[0, 1, 0], [0, 0, 0]],
        (1, 0): [[0, 0, 0], [1, 0, 0]],  # down the columns first
        0: [[0, 1, 1], [1, 0, 0]] if row == "max" else [[0, 1, 0], [1, 0, 1]],
        1: [[0, 1, 0], [1, 0, 0]],
        (): [[1, 1, 1], [1, 1, 1]],
    }
    assert x.grad is not None
    assert x.grad.tolist() == firsts[axis]


@pytest.mark.parametrize("size", [1000.0, -1000.0])
def test_exponentials_do_not_overflow(size: float) -> None:
    x = Tensor([size, size - np.log(3.0), 0.0 if size < 0 else -size])
    shares = np.array([0.75, 0.25, 0.0]) if size > 0 else np.array([0.0, 0.0, 1.0])
    np.testing.assert_allclose(x.softmax().data, shares, rtol=1e-12)
    top = size + np.log(4.0 / 3.0) if size > 0 else 0.0
    np.testing.assert_allclose(x.logsumexp().data, top, rtol=1e-15)
    np.testing.assert_allclose(x.log_softmax().data, x.data - top, rtol=1e-12)
    for y, slope in ((x.logsumexp(), shares), (x.log_softmax()[0], np.array([1.0, 0.0, 0.0]) - shares)):
        x.zero_grad()
        y.backward()
        np.testing.assert_allclose(x.grad, slope, rtol=1e-12, atol=1e-300)


def test_minus_infinity_takes_no_share() -> None:
    x = Tensor([[0.0, -np.inf, np.log(3.0)], [-np.inf, -np.inf, 5.0]])
    shares = np.array([[0.25, 0.0, 0.75], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(x.softmax().data, shares, rtol=1e-15)
    np.testing.assert_allclose(x.logsumexp(axis=1).data, [np.log(4.0), 5.0], rtol=1e-15)
    x.logsumexp(axis=1).sum().backward()
    np.testing.assert_allclose(x.grad, shares, rtol=1e-15)
    x.zero_grad()
    x.softmax().backward(np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))
    np.testing.assert_allclose(x.grad, [[0.1875, 0.0, -0.1875], [0.0, 0.0, 0.0]], rtol=1e-15)


def test_infinite_rows_follow_ieee_754() -> None:
    x = np.array([[-np.inf, -np.inf], [np.inf, 0.0], [np.inf, np.inf]])
    assert Tensor(x).logsumexp(axis=1).data.tolist() == [-np.inf, np.inf, np.inf]
    assert np.isnan(Tensor([np.nan, 0.0]).logsumexp().data)
    assert Tensor(np.zeros((2, 0))).logsumexp(axis=1).data.tolist() == [-np.inf, -np.inf]
