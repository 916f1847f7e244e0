"""The table of operations. Most tests run over all rows: a new row is tested by existing."""

import itertools
import math
from typing import Any

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import ops
from micrograd_plus.checks import check_gradients
from micrograd_plus.engine import gradient
from micrograd_plus.ops import FORMULAS, TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each
from tests.floats import same
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters
from tests.torch_rows import in_torch

EPS = np.finfo(np.float64).eps
INF, NAN = math.inf, math.nan


# --- every row: what it computes --------------------------------------------------------------------------------------


@each("row", ROWS)
def test_numbers_arrays_values_and_tensors_agree(row: str) -> None:
    rng = generator(row)
    for _ in range(20):
        op = with_parameters(TABLE[row], rng)
        x = inputs_in_domain(op, rng)
        expected = op(*x)
        assert type(expected) is float
        assert same(op(*map(Value, x)).data, expected)
        # NumPy's functions and math's are each within 4 units in the last place; a formula adds up a few of them.
        near = {"rtol": 32 * EPS, "atol": 8 * EPS}
        np.testing.assert_allclose(op(*map(np.array, x)), expected, **near)
        np.testing.assert_allclose(op(*map(Tensor, x)).data, expected, **near)
        np.testing.assert_allclose(op(*[np.full((2, 3), number) for number in x]), np.full((2, 3), expected), **near)


@each("row", ROWS)
def test_the_public_function_is_the_row(row: str) -> None:
    assert getattr(micrograd_plus, row) is TABLE[row]


@each("row", ROWS)
def test_method_and_function_agree(row: str) -> None:
    rng = generator(row)
    op = TABLE[row]
    first, *others = map(Value, inputs_in_domain(op, rng))
    by_method, by_function = getattr(first, row)(*others), op(first, *others)
    assert by_method.data == by_function.data
    assert by_method.op is by_function.op
    assert by_method.inputs == by_function.inputs == (first, *others)
    assert getattr(Value, row).__name__ == row


@each("row", ROWS)
def test_the_python_text_computes_the_row(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    x = inputs_in_domain(op, rng)
    names = "abc"[: op.arity]
    text = op.python.format(*names, **{name: f"({value!r})" for name, value in op.parameters.items()})
    written = eval(text, {**TABLE, **dict(zip(names, x, strict=True))})  # noqa: S307 - the table's own text
    assert float(written) == pytest.approx(op(*x), rel=4 * EPS)


@each("row", ROWS)
def test_latex_takes_the_inputs_and_closes_its_braces(row: str) -> None:
    op = with_parameters(TABLE[row], generator(row))
    marks = [f"<{k}>" for k in range(op.arity)]
    text = op.latex.format(*marks, **{name: str(value) for name, value in op.parameters.items()})
    assert all(text.count(mark) == 1 for mark in marks)
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0


@each("row", ROWS)
def test_float32_stays_float32(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    x = [np.float32(number) for number in inputs_in_domain(op, rng)]
    for inputs in (x, [np.array([number, number]) for number in x], [*map(float, x[:-1]), x[-1]]):
        out = op(*inputs)
        # A comparison of arrays gives booleans, as in NumPy.
        assert out.dtype in ((np.bool, np.float32) if 0.0 in op.slopes else (np.float32,))


COMPARISONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}


@pytest.mark.parametrize("row", sorted(COMPARISONS))
def test_only_inequality_holds_with_nan(row: str) -> None:
    expected = float(row == "not_equal")
    for a, b in ((NAN, 1.0), (1.0, NAN), (NAN, NAN)):
        assert TABLE[row](a, b) == TABLE[row](np.array(a), b) == expected


@each("row", sorted(TABLE.keys() - COMPARISONS - {"where"}))
def test_nan_comes_out_where_it_goes_in(row: str) -> None:
    op = TABLE[row]
    for k in range(op.arity):
        x = inputs_in_domain(op, generator(row))
        x[k] = NAN
        assert math.isnan(op(*x))
        with np.errstate(invalid="ignore"):
            assert np.isnan(op(*map(np.array, x)))


@each("row", sorted(FORMULAS))
def test_what_is_written_in_other_rows_computes_the_same(row: str) -> None:
    op = TABLE[row]
    for x in itertools.product([-INF, -2.0, -0.5, -0.0, 0.0, 0.5, 2.0, INF, NAN], repeat=op.arity):
        written = FORMULAS[row](*map(Value, x), **op.parameters).data
        assert written == pytest.approx(op(*x), rel=32 * EPS, abs=0.0, nan_ok=True)


@each("x", [-INF, -2.0, -0.0, 0.5, INF])
def test_clip_without_bounds_changes_nothing(x: float) -> None:
    assert same(micrograd_plus.clip(x), x)
    assert same(Value(x).clip().data, x)


@each("row", ROWS)
def test_what_is_no_real_number_is_refused(row: str) -> None:
    op = TABLE[row]
    for wrong in ("1", None, 1j, [1.0], np.array(["1"]), np.array([1j]), np.array([None])):
        for k in range(op.arity):
            x: list[Any] = inputs_in_domain(op, generator(row))
            x[k] = wrong
            with pytest.raises(TypeError, match=r"^wanted (a )?real numbers?.*, got "):
                op(*x)


# --- every row: its slopes --------------------------------------------------------------------------------------------


@each("row", ROWS)
def test_slopes_are_what_differences_say(row: str) -> None:
    rng = generator(row)
    for _ in range(10):
        op = with_parameters(TABLE[row], rng)
        check_gradients(op, *inputs_in_domain(op, rng), order=2)


@each("row", ROWS)
def test_slopes_on_arrays_are_what_differences_say(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    columns = [np.array(column) for column in zip(*[inputs_in_domain(op, rng) for _ in range(6)], strict=True)]
    weights = rng.uniform(0.5, 1.5, 6)
    check_gradients(lambda *x: (op(*x) * weights).sum(), *columns, order=2)


def steepest(op: ops.Op, inputs: list[float]) -> float:
    """Return the largest of the row's value and slopes, infinity for nan."""
    x = [Value(number) for number in inputs]
    y = op(*x)
    sizes = [abs(node.data) for node in [y, *gradient(y, x)]]
    return max(INF if math.isnan(size) else size for size in sizes)


@each("row", ROWS)
def test_a_domain_ends_where_the_row_or_its_slope_does(row: str) -> None:
    rng = generator(row)
    drawn = [(op := with_parameters(TABLE[row], rng), inputs_in_domain(op, rng)) for _ in range(20)]
    for k, interval in enumerate(TABLE[row].domain):
        for end in filter(math.isfinite, interval):
            assert max(steepest(op, [*x[:k], end, *x[k + 1 :]]) for op, x in drawn) > 1e12


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS)
def test_value_and_both_orders_agree_with_pytorch(row: str) -> None:
    torch = pytest.importorskip("torch")
    function = in_torch(torch, row)
    rng = generator(row)
    for _ in range(10):
        op = with_parameters(TABLE[row], rng)
        numbers = inputs_in_domain(op, rng)
        x = [Value(number) for number in numbers]
        theirs = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
        y, y_of_theirs = op(*x), function(*theirs, *op.parameters.values())
        near = {"rtol": 64 * EPS, "atol": 64 * EPS}
        np.testing.assert_allclose(y.data, y_of_theirs.item(), **near)
        if not y_of_theirs.requires_grad or row == "heaviside":  # PyTorch has no derivative for either
            assert [g.data for g in gradient(y, x)] == [0.0] * op.arity
            continue
        first = gradient(y, x)
        first_of_theirs = torch.autograd.grad(y_of_theirs, theirs, create_graph=True, materialize_grads=True)
        np.testing.assert_allclose([g.data for g in first], [g.item() for g in first_of_theirs], **near)
        second = gradient(sum(first), x)
        total = sum(first_of_theirs)
        if total.requires_grad:
            of_theirs = torch.autograd.grad(total, theirs, materialize_grads=True)
            # The second derivatives of a product of powers reach some hundreds here.
            np.testing.assert_allclose(
                [g.data for g in second], [g.item() for g in of_theirs], rtol=1024 * EPS, atol=1024 * EPS
            )
        else:
            assert [g.data for g in second] == [0.0] * op.arity


def test_a_plus_in_front_changes_nothing() -> None:
    for x in (Value(2.0), Tensor([2.0])):
        assert +x is x
