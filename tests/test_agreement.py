"""The same program on Values, on Tensors of one number and on batches gives the same numbers and gradients.

How near they must be: NumPy's functions are within 4 units in the last place (its documentation, "Floating point
precision"), and so are the C library's that `math` calls, so each number on the way may differ by 8. What that makes of
the result is, to first order, 8 units times the sum over all numbers on the way of |derivative by it * number|. Where
nothing was rounded differently the bound is loose; for a single operation it is 8 units in the last place.
"""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from micrograd_plus.checks import _sum_of_terms
from micrograd_plus.engine import Node, gradient, graph
from micrograd_plus.ops import TABLE, Op
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each
from tests.exact_twin import TWIN
from tests.programs import QUARTERS, Program, programs
from tests.sampling import ROWS, generator, with_parameters

UNITS = 8 * float(np.finfo(np.float64).eps)
INF, NAN = math.inf, math.nan


def allowed(y: Value) -> float:
    """Return by how much the number may differ; skip points where it is hardly determined at all."""
    bound = UNITS * _sum_of_terms(y)
    assume(bound < 1e-6 * max(1.0, abs(y.data)))
    return bound


def decisions(y: Node) -> list[Any]:
    """Return on which side of zero and of each other the inputs of all operations lie: there are the kinks."""
    found = []
    for node in graph(y):
        numbers = [*(i.data for i in node.inputs), *node.op.parameters.values()]
        found += [np.sign(number) for number in numbers]
        found += [np.sign(a - b) for a, b in itertools.combinations(numbers, 2)]
    return found


def grad_of(x: Tensor) -> Any:
    """Return the gradient, zero where the program did not read `x`."""
    return np.zeros(x.shape) if x.grad is None else x.grad


@given(programs(QUARTERS))
def test_values_and_tensors_of_one_number_agree(program: Program) -> None:
    ours, theirs = [Value(x) for x in program.inputs], [Tensor(x) for x in program.inputs]
    with np.errstate(all="ignore"):
        y, z = program.run(ours), program.run(theirs)
        assume(isinstance(y, Value))
        bounds = [allowed(node) for node in (y, *gradient(y, ours))]
        assume(decisions(y) == decisions(z))
    y.backward()
    z.backward()
    assert z.shape == ()
    assert [x.has_grad for x in ours] == [x.has_grad for x in theirs]
    numbers, others = [y.data, *(x.grad for x in ours)], [z.data, *map(grad_of, theirs)]
    for number, other, bound in zip(numbers, others, bounds, strict=True):
        assert other.item() == pytest.approx(number, rel=0.0, abs=bound)


BATCH = (2, 3)


@settings(max_examples=60)
@given(programs(QUARTERS), st.lists(QUARTERS, min_size=6, max_size=6))
def test_each_element_of_a_batch_is_a_run_on_values(program: Program, numbers: list[float]) -> None:
    inputs = [np.reshape(numbers[:2], (2, 1)), np.array(numbers[2:5]), np.array(numbers[5])][: len(program.inputs)]
    tensors = [Tensor(x) for x in inputs]
    with np.errstate(all="ignore"):
        y = program.run(tensors)
        assume(isinstance(y, Tensor))
        results = np.broadcast_to(y.data, BATCH)
        sides = [np.broadcast_to(side, BATCH) for side in decisions(y)]
        (y + np.zeros(BATCH)).sum().backward()
        expected = [np.zeros(x.shape) for x in inputs]
        bounds = [np.zeros(x.shape) for x in inputs]
        for place in np.ndindex(*BATCH):
            values = [Value(np.broadcast_to(x, BATCH)[place]) for x in inputs]
            one = program.run(values)
            slopes = gradient(one, values)
            assume(decisions(one) == [side[place] for side in sides])
            assert results[place] == pytest.approx(one.data, rel=0.0, abs=allowed(one))
            one.backward()
            for x, total, bound, slope in zip(values, expected, bounds, slopes, strict=True):
                # Where an input was stretched, the gradients of its copies are added up.
                at = tuple(k if size > 1 else 0 for k, size in zip(place[2 - total.ndim :], total.shape, strict=True))
                total[at] += x.grad
                bound[at] += allowed(slope) + 6 * UNITS * abs(x.grad)
    for tensor, total, bound in zip(tensors, expected, bounds, strict=True):
        assert grad_of(tensor).shape == total.shape
        assert (np.abs(grad_of(tensor) - total) <= bound).all()


@given(programs(st.one_of(QUARTERS, st.floats())), st.sampled_from([(), (1,), (2, 3)]))
def test_backward_and_gradient_give_the_same_bits(program: Program, shape: tuple[int, ...]) -> None:
    tensors = [Tensor(np.full(shape, x)) for x in program.inputs]
    with np.errstate(all="ignore"):
        y = program.run(tensors)
        assume(isinstance(y, Tensor))
        total = y.sum()
        total.backward()
        for x, slope in zip(tensors, gradient(total, tensors), strict=True):
            np.testing.assert_array_equal(grad_of(x), slope.data)


EDGES = (0.0, -0.0, 1.0, -1.5, 700.0, 1e-320, -1e200, 1e308, INF, -INF, NAN)


@each("row", ROWS)
def test_every_row_agrees_at_the_edges(row: str) -> None:
    op = with_parameters(TABLE[row], generator(row))
    for numbers in itertools.product(EDGES, repeat=op.arity):
        values, tensors = [Value(x) for x in numbers], [Tensor(x) for x in numbers]
        y = op(*values)
        y.backward()
        with np.errstate(all="ignore"):
            z = op(*tensors)
            z.backward()
        np.testing.assert_allclose(z.data, y.data, rtol=UNITS, atol=1e-320, err_msg=str(numbers))
        for x, t in zip(values, tensors, strict=True):
            np.testing.assert_allclose(t.grad, x.grad, rtol=UNITS, atol=1e-320, err_msg=str(numbers))


# Rows that IEEE 754 rounds rightly, so that there is one answer.
EXACT = sorted((TWIN.keys() | {"sqrt"}) - {"power"})
# Of two zeros NumPy may take either.
EITHER_ZERO = {"maximum", "minimum", "clip"}


@each("row", EXACT)
def test_exact_rows_give_the_same_bits_to_order_2(row: str) -> None:
    op, rng = with_parameters(TABLE[row], generator(row)), generator(row)
    points = [*itertools.product(EDGES, repeat=op.arity), *rng.normal(size=(30, op.arity)).tolist()]
    with np.errstate(all="ignore"):
        for numbers in points:
            ours, theirs = answers(op, Value, numbers), answers(op, Tensor, numbers)
            if row in EITHER_ZERO:
                ours, theirs = ([text.replace("-0x0.0p", "0x0.0p") for text in texts] for texts in (ours, theirs))
            assert ours == theirs, numbers


def answers(op: Op, kind: Any, numbers: Any) -> list[str]:
    """Return result, gradient by backward, first and second derivatives; nan is one number, whatever its sign."""
    x = [kind(number) for number in numbers]
    y = op(*x)
    first = gradient(y, x)
    second = [g for slope in first for g in gradient(slope, x)]
    y.backward()
    # A Value's gradient is added to 0.0, which -0.0 does not change.
    numbers = [*(node.data for node in (y, *first, *second)), *(a.grad + 0.0 for a in x)]
    return [float(number).hex() for number in numbers]


# --- without a margin, or without kinks -------------------------------------------------------------------------------

# What IEEE 754 determines to the last bit, so that ties and kinks are met alike by Python's floats and NumPy's.
EXACT = (
    *("add", "sub", "mul", "div", "neg", "sqrt", "abs", "sign", "heaviside", "relu", "leaky_relu", "clip"),
    *("maximum", "minimum", "where", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
)
SMOOTH = (
    *("add", "sub", "mul", "div", "neg", "power", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan"),
    *("arctan", "sinh", "cosh", "tanh", "erf", "sigmoid", "softplus", "silu", "gelu"),
)


def on_tensors(program: Program, rows: list[list[float]]) -> list[tuple[float, list[float], list[bool]]]:
    """Run a program once on Tensors that hold a column each; return result, gradients and has_grad for each row."""
    inputs = [Tensor(column) for column in zip(*rows, strict=True)]
    with np.errstate(all="ignore"):
        y = program.run(inputs)
        y.backward(np.ones(len(rows)))
    gradients = np.array([x.grad if x.has_grad else np.zeros(len(rows)) for x in inputs])
    return [(y.data[k], gradients[:, k].tolist(), [x.has_grad for x in inputs]) for k in range(len(rows))]


@given(programs(QUARTERS, EXACT))
def test_values_tensors_and_batches_agree_to_the_last_bit(program: Program) -> None:
    rows = [list(program.inputs), [-x for x in program.inputs], [x / 2 + 1 for x in program.inputs]]
    values = [[Value(number) for number in row] for row in rows]
    results = [program.run(inputs) for inputs in values]
    assume(isinstance(results[0], Value))
    for y in results:
        y.backward()
    batched = on_tensors(program, rows)
    for k, (y, inputs) in enumerate(zip(results, values, strict=True)):
        [alone] = on_tensors(program, rows[k : k + 1])
        for data, gradients, has_grad in (batched[k], alone):
            np.testing.assert_array_equal(data, y.data)
            np.testing.assert_array_equal(gradients, [x.grad for x in inputs])
            assert has_grad == [x.has_grad for x in inputs]


@given(programs(QUARTERS, SMOOTH))
def test_values_and_tensors_agree_on_smooth_functions(program: Program) -> None:
    inputs = [Value(number) for number in program.inputs]
    y = program.run(inputs)
    assume(isinstance(y, Value))
    slopes = gradient(y, inputs)
    # To first order, how far functions within 4 units in the last place of each other can lead apart.
    margins = [8 * np.finfo(float).eps * _sum_of_terms(result) for result in (y, *slopes)]
    assume(all(map(math.isfinite, margins)))
    [(data, gradients, _)] = on_tensors(program, [list(program.inputs)])
    for ours, theirs, apart in zip((y.data, *[g.data for g in slopes]), (data, *gradients), margins, strict=True):
        assert ours == pytest.approx(theirs, rel=0.0, abs=apart)
