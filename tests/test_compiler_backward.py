"""The chain rule on the arrays of a program gives what `backward()` gives, for every row of both tables."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus.array_ops import ARRAY_TABLE, broadcast_to, index, mean, reshape, total, transpose
from micrograd_plus.compiler.arrays import ACCUMULATE, Array, Builder
from micrograd_plus.compiler.backward import gradients
from micrograd_plus.compiler.views import View
from micrograd_plus.ops import TABLE, Op
from micrograd_plus.tensor import Tensor
from tests.array_cases.case import Shape, distinct, in_turn
from tests.cases import each
from tests.compiled_values import running
from tests.row_cases import CASES, Case, named
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters
from tests.weights import uneven

# Shapes of up to three inputs that NumPy stretches to each other.
STRETCHED: list[list[Shape]] = [
    [(), (), ()],
    [(3,), (3,), (3,)],
    [(2, 3), (2, 3), (2, 3)],
    [(2, 3), (), (3,)],
    [(), (2, 3), (2, 1)],
    [(3,), (2, 1), ()],
    [(2, 1), (1, 3), (1,)],
    [(4, 1, 3), (2, 1), (1, 2, 1)],
    [(1, 1), (1,), ()],
    [(2, 0), (1,), ()],
]


def weighed(out: Any, extend: Any) -> Any:
    """Return one number in which each element of a result has a weight of its own; bent, so that slopes matter."""
    return extend((out * out + out) * (uneven(out.shape) if out.shape else 0.5))


def whole_sum(x: Any) -> Any:
    return total(x, axis=None, keepdims=False) if x.shape else x


def require_same(op: Op, parameters: dict[str, Any], numbers: list[np.ndarray], dtype: Any = np.float64) -> None:
    """Compare loss and gradients of an operation as a program with those of Tensors."""
    tensors = [Tensor(x, dtype=dtype) for x in numbers]
    loss = weighed(op(*tensors, **parameters), whole_sum)
    loss.backward()
    builder = Builder()
    stored = [builder.stored(f"input{k}", x.shape, dtype) for k, x in enumerate(numbers)]
    root = weighed(op(*stored, **parameters), whole_sum)
    program = running(root, stored, stored)
    for k, x in enumerate(numbers):
        program.buffers[f"input{k}"][...] = x
    rtol, atol = (1e-12, 1e-13) if dtype is np.float64 else (2e-4, 1e-4)
    for _ in range(2):  # the second run must not meet what the first left
        np.testing.assert_allclose(program(), float(loss.data), rtol=rtol, atol=atol)
        for k, (tensor, x) in enumerate(zip(tensors, numbers, strict=True)):
            found = program.buffers[f"d_input{k}"]
            assert found.shape == tensor.shape
            assert found.dtype == dtype
            expected = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad
            np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol, err_msg=program.source)
            np.testing.assert_array_equal(program.buffers[f"input{k}"], x.astype(dtype))


def test_a_sum_of_narrow_numbers_stays_narrow_beside_a_number() -> None:
    x = Builder().stored("x", (3,), np.float32)
    assert TABLE["mul"](whole_sum(x), 3.3).dtype == np.float32


@each("shapes", STRETCHED, repr)
@each("row", ROWS)
def test_elementwise_rows_give_the_gradients_of_tensors(row: str, shapes: list[Shape]) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    shapes = shapes[: op.arity]
    numbers = [np.empty(shape) for shape in shapes]
    for k, x in enumerate(numbers):
        for place in np.ndindex(*x.shape):
            x[place] = inputs_in_domain(op, rng)[k]
    require_same(op, {}, numbers)


@each("case", in_turn(CASES, lambda case: case), named)
def test_structural_rows_give_the_gradients_of_tensors(case: Case) -> None:
    row, shapes, parameters = case
    require_same(ARRAY_TABLE[row], parameters, distinct(shapes))


@each("row", sorted(ARRAY_TABLE))
def test_structural_rows_stay_float32(row: str) -> None:
    for name, shapes, parameters in [case for case in CASES if case[0] == row][::5]:
        require_same(ARRAY_TABLE[name], parameters, distinct(shapes), np.float32)


@each("row", ROWS)
def test_elementwise_rows_stay_float32(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    numbers = [np.array([inputs_in_domain(op, rng)[k] for _ in range(4)]) for k in range(op.arity)]
    require_same(op, {}, numbers, np.float32)


@pytest.mark.parametrize("power", [-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.7, 2.0, 3.0, 4.0])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_every_kind_of_power(power: float, shape: Shape) -> None:
    require_same(TABLE["power"].bind([power]), {}, [np.linspace(0.3, 2.0, int(np.prod(shape))).reshape(shape)])


# --- where contributions come together --------------------------------------------------------------------------------


def gradient_of(root: Array, wanted: Array, numbers: np.ndarray) -> np.ndarray:
    program = running(root, [wanted], [wanted])
    program.buffers[wanted.name][...] = numbers
    program()
    return program.buffers[f"d_{wanted.name}"]


def test_overlapping_views_add_their_shares_into_the_base() -> None:
    p = Builder().stored("p", (6,), np.float64)
    root = whole_sum(p[0:4] * p[2:6]) + whole_sum(p[::2]) + whole_sum(p * 3.0)
    x = np.arange(6.0)
    expected = 3.0 + np.array([1.0, 0, 1, 0, 1, 0])
    expected[0:4] += x[2:6]
    expected[2:6] += x[0:4]
    np.testing.assert_allclose(gradient_of(root, p, x), expected)


@pytest.mark.parametrize("count", [1, 5])
def test_a_number_that_was_stretched_is_counted(count: int) -> None:
    p = Builder().stored("p", (2,), np.float64)
    alone = p[0]
    root = whole_sum(alone + np.zeros(count)) + mean(p[1] * np.ones((2, count)), axis=None, keepdims=False)
    np.testing.assert_allclose(gradient_of(root, p, np.ones(2)), [count, 1.0])


def test_a_view_that_repeats_elements_sums_over_them() -> None:
    builder = Builder()
    p = builder.stored("p", (3,), np.float64)
    shown = builder.shown(p, View(2, (4, 2), (0, -1)))
    weights = np.arange(8.0).reshape(4, 2)
    np.testing.assert_allclose(gradient_of(whole_sum(shown * weights), p, np.ones(3)), [0.0, 16.0, 12.0])


def test_views_of_views_of_a_number_come_back_as_a_number() -> None:
    p = Builder().stored("p", (3,), np.float64)
    number = p[1] * p[1]
    root = whole_sum(reshape(number, shape=(1, 1)) @ reshape(p, shape=(1, 3)))
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(gradient_of(root, p, x), [4.0, 4.0 + 2 * 2.0 * 6.0, 4.0])


def test_what_is_not_read_has_no_gradient() -> None:
    builder = Builder()
    p, q = (builder.stored(name, (2,), np.float64) for name in "pq")
    assert set(gradients(whole_sum(p * p), [p, q])) == {p}


def test_a_gradient_has_the_shape_of_its_array_though_it_is_one_number() -> None:
    builder = Builder()
    p, q = builder.stored("p", (2, 3), np.float64), builder.stored("q", (), np.float64)
    by = gradients(whole_sum(p) * q, [p, q])
    assert by[p].shape == (2, 3)
    assert by[q].shape == ()


def test_parts_of_a_buffer_are_collected_in_one_accumulation() -> None:
    p = Builder().stored("p", (6,), np.float64)
    by = gradients(whole_sum(p[:3].tanh()) + whole_sum(p[3:].exp()), [p])[p]
    assert by.op is ACCUMULATE
    assert [view.offset for view in by.views] in ([0, 3], [3, 0])


def test_a_gradient_through_many_moves() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    require_moved = [
        lambda a: transpose(reshape(a, shape=(6, 4)), axes=(1, 0))[1:3, ::2],
        lambda a: broadcast_to(a[:, 1:2], shape=(2, 3, 4)) * a,
        lambda a: index(reshape(a, shape=(-1,)), key=np.array([[3, 3], [0, 23]])),
        lambda a: reshape(transpose(a, axes=(2, 0, 1)), shape=(8, 3))[::-1] @ a[0],
    ]
    for move in require_moved:
        tensor = Tensor(x)
        weighed(move(tensor), whole_sum).backward()
        p = Builder().stored("p", x.shape, np.float64)
        np.testing.assert_allclose(gradient_of(weighed(move(p), whole_sum), p, x), tensor.grad, rtol=1e-12, atol=1e-13)
