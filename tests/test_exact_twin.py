"""Rounding errors of values and gradients are bounded: floats beside fractions, which have none.

If every operation of a graph rounds its result by at most the share eps, that of node v changes y by |dy/dv| |v| eps at
most, and all together by eps times the sum of these products, but for terms in eps**2 (Higham, "Accuracy and Stability
of Numerical Algorithms", 2002, ch. 3). Sums, products and quotients are right to eps / 2, the powers to eps.
A gradient is a graph too, so the same bound holds for it, and for the second derivative.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_plus.engine import gradient
from micrograd_plus.ops import TABLE, Op
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value, chain_rule
from tests.cases import each
from tests.exact_twin import COMPARISONS, PARAMETERS, TWIN, bound, errors, exact, grown


def check(y: Value, leaves: Sequence[Value]) -> None:
    """Raise an AssertionError unless value, gradient and second derivatives are the exact ones within `bound`."""
    for what, found, error, allowed in errors(y, leaves):
        assert error <= allowed, f"{what}: {found!r} is {float(error):.3g} off"


# --- random expressions -----------------------------------------------------------------------------------------------

numbers = st.floats(0.125, 4.0).flatmap(lambda x: st.sampled_from([x, -x]))
steps = st.tuples(st.sampled_from(sorted(TWIN)), *[st.integers(0, 30)] * 3)


@settings(max_examples=60)
@given(st.lists(numbers, min_size=2, max_size=3), st.lists(steps, min_size=2, max_size=9))
def test_random_expressions_are_right_but_for_rounding(data: list[float], steps: list[Any]) -> None:
    leaves = [*map(Value, data)]
    check(grown(leaves, steps), leaves)


@pytest.mark.slow
@settings(max_examples=500)
@given(st.lists(numbers, min_size=2, max_size=4), st.lists(steps, min_size=2, max_size=12))
def test_many_random_expressions_are_right_but_for_rounding(data: list[float], steps: list[Any]) -> None:
    leaves = [*map(Value, data)]
    check(grown(leaves, steps), leaves)


def test_sums_means_and_products_of_matrices_are_right_but_for_rounding() -> None:
    rng = np.random.default_rng(5)
    a, b = ([[Value(x) for x in row] for row in rng.normal(size=shape)] for shape in ((3, 4), (4, 2)))
    product = [[sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]
    cells = [cell for row in product for cell in row]
    check(sum(cells), [a[0][0], b[3][1]])
    check(sum(cell * cell for cell in cells) / len(cells), [a[0][0], a[2][3], b[3][1]])
    arrays = [Tensor([[x.data for x in row] for row in m]) for m in (a, b)]
    of_arrays = ((arrays[0] @ arrays[1]) ** 2).mean()
    of_arrays.backward()
    y = sum(cell * cell for cell in cells) / len(cells)
    assert abs(Fraction(of_arrays.item()) - exact(y, a[0][0])[0]) <= bound(y)
    for nodes, array in zip((a, b), arrays, strict=True):
        assert array.grad is not None
        for x, found in zip(chain.from_iterable(nodes), array.grad.flat, strict=True):
            [slope] = gradient(y, [x])
            assert abs(Fraction(float(found)) - exact(y, x)[1]) <= bound(slope)


# --- each row, and each row broken ------------------------------------------------------------------------------------

POINTS = (1.7, 0.6, -1.3)


def simple(op: Op) -> tuple[Value, list[Value]]:
    leaves = [*map(Value, POINTS[: op.arity])]
    # Not op(*leaves, **op.parameters), which asks for the row anew: the one that a test has broken is meant.
    return leaves[0].apply(op, leaves) * 3.0 + leaves[0], leaves


def bound_rows() -> list[Op]:
    return [TABLE[row].bind((), parameters) for row in sorted(TWIN) for parameters in PARAMETERS.get(row, [{}])]


@each("op", bound_rows())
def test_each_row_is_right_but_for_rounding(op: Op) -> None:
    check(*simple(op))


def off(x: Any) -> Any:
    return x * (1 + 1e-12)


def off_function(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *x: off(function(*x))


def slopes_to_break() -> list[tuple[Op, int]]:
    """Return rows and which slope: not 0, nor that of a row that selects, which is but a mask."""
    steep = [op for op in bound_rows() if not op.selects]
    return [(op, k) for op in steep for k, slope in enumerate(op.slopes) if slope and op.parameters.get("n") != 0.0]


def test_a_slope_that_is_off_by_a_millionth_of_a_millionth_is_noticed() -> None:
    broken = slopes_to_break()
    assert {op.name for op, _ in broken} > {"add", "sub", "mul", "div", "neg", "power", "square", "reciprocal", "abs"}
    for op, k in broken:
        right, rule = op.slopes, op.backward
        slope = right[k]
        op.slopes = (*right[:k], off_function(slope) if callable(slope) else off(slope), *right[k + 1 :])
        op.backward = chain_rule(op)
        try:
            with pytest.raises(AssertionError, match="order 1"):
                check(*simple(op))
        finally:
            op.slopes, op.backward = right, rule
        check(*simple(op))


@each("op", [op for op in bound_rows() if op.name not in COMPARISONS])
def test_a_value_that_is_off_by_a_millionth_of_a_millionth_is_noticed(op: Op) -> None:
    right = op.on_floats
    op.on_floats = off_function(right)
    try:
        y, leaves = simple(op)
    finally:
        op.on_floats = right
    if op(*POINTS[: op.arity], **op.parameters) != 0.0:
        with pytest.raises(AssertionError, match="order 0"):
            check(y, leaves)
