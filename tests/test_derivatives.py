"""Forward mode against reverse mode: both read the same rows, and must say the same."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given

from micrograd_plus import array_ops
from micrograd_plus.derivatives import Dual
from micrograd_plus.engine import contributions, data_of, gradient, operations
from micrograd_plus.ops import TABLE
from micrograd_plus.value import Value
from tests.cases import each
from tests.programs import QUARTERS, Program, programs
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters

EPS = np.finfo(np.float64).eps


def test_a_cube() -> None:
    y = Dual(3.0, 1.0) ** 3
    assert (y.value, y.tangent) == (27.0, 27.0)
    assert repr(y) == "Dual(value=27.0, tangent=27.0)"


def test_numbers_on_either_side_have_no_tangent() -> None:
    y = 2.0 / Dual(4.0, 1.0) - 1.0
    assert (y.value, y.tangent) == (-0.5, -2.0 / 16.0)


@each("row", ROWS)
def test_first_order_is_what_backward_gives(row: str) -> None:
    rng = generator(row)
    for _ in range(10):
        op = with_parameters(TABLE[row], rng)
        x = inputs_in_domain(op, rng)
        direction = rng.normal(size=op.arity).tolist()
        nodes = [Value(number) for number in x]
        op(*nodes).backward()
        out = op(*map(Dual, x, direction))
        assert out.value == op(*x)
        terms = [node.grad * v for node, v in zip(nodes, direction, strict=True)]
        assert out.tangent == pytest.approx(math.fsum(terms), abs=4 * EPS * sum(map(abs, terms)))


def tangent_of(x: Any) -> float:
    """Return the tangent of a Dual; a number that a row states, such as the slope of a comparison, has none."""
    return x.tangent if isinstance(x, Dual) else 0.0


@each("row", ROWS)
def test_second_order_is_what_gradient_gives(row: str) -> None:
    rng = generator(row)
    for _ in range(10):
        op = with_parameters(TABLE[row], rng)
        x = inputs_in_domain(op, rng)
        v, w = rng.normal(size=(2, op.arity)).tolist()
        nodes = [Value(number) for number in x]
        along = sum(g * a for g, a in zip(gradient(op(*nodes), nodes), v, strict=True))
        expected = sum(g.data * b for g, b in zip(gradient(along, nodes), w, strict=True))
        out = op(*[Dual(Dual(number, a), Dual(b, 0.0)) for number, a, b in zip(x, w, v, strict=True)])
        # Second derivatives here are differences of terms of up to some hundreds.
        assert tangent_of(out.tangent) == pytest.approx(expected, rel=64 * EPS, abs=1024 * EPS)


@each("row", ROWS)
def test_arrays_carry_arrays(row: str) -> None:
    rng = generator(row)
    op = TABLE[row]
    columns = np.array([inputs_in_domain(op, rng) for _ in range(5)]).T
    directions = rng.normal(size=columns.shape)
    out = op(*map(Dual, columns, directions))
    one_by_one = [op(*map(Dual, x, v)) for x, v in zip(columns.T.tolist(), directions.T.tolist(), strict=True)]
    expected = [dual.tangent for dual in one_by_one]
    np.testing.assert_allclose(np.broadcast_to(out.tangent, 5), expected, rtol=64 * EPS, atol=64 * EPS)


def absolute_gradient(y: Value, x: Value) -> float:
    """Return the sum over all paths from `y` to `x` of the absolute product of the slopes."""
    sizes: dict[Any, float] = {y: 1.0}
    for node in reversed(operations(y)):
        for input, slope, _ in contributions(node, 1.0, data_of):
            sizes[input] = sizes.get(input, 0.0) + sizes.get(node, 0.0) * abs(slope)
    return sizes.get(x, 0.0)


@given(programs(QUARTERS))
def test_programs_have_the_gradients_that_backward_gives(program: Program) -> None:
    nodes = [Value(number) for number in program.inputs]
    y = program.run(nodes)
    assume(isinstance(y, Value))
    y.backward()
    sizes = [absolute_gradient(y, node) for node in nodes]
    assume(all(map(math.isfinite, sizes)))
    for k, (node, size) in enumerate(zip(nodes, sizes, strict=True)):
        out = program.run([Dual(number, float(k == j)) for j, number in enumerate(program.inputs)])
        # Each product along a path is rounded at each of its operations, in another order than backward.
        assert out.tangent == pytest.approx(node.grad, rel=0.0, abs=4 * EPS * len(program.steps) * size)


def test_edges_are_ieee_754() -> None:
    y = Dual(0.0, 1.0).log()
    assert (y.value, y.tangent) == (-math.inf, math.inf)
    masked = (-Dual(1.0, 1.0)).relu().sqrt()
    assert masked.value == 0.0


def test_structural_operations_are_refused() -> None:
    with pytest.raises(TypeError, match="'sum' has no slope to carry a tangent through"):
        array_ops.total(Dual(np.ones(3), np.ones(3)), axis=None, keepdims=False)
