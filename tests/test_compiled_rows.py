"""Programs of each elementwise row, on all kinds of input, to second order: what graphs give, on new numbers too."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from micrograd_plus import nn
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.engine import gradient
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each
from tests.sampling import ROWS, generator, inputs_in_domain, with_edge_parameters, with_parameters
from tests.test_shapes_and_types import SHAPES, arrays_of
from tests.weights import uneven

Loss = Callable[..., Any]


def weighed(y: Any) -> Any:
    """Return one number in which each element of a result counts, bent, so that slopes matter."""
    bent = y * y + y
    return (bent * uneven(y.shape).astype(y.dtype)).sum() if isinstance(y, Tensor) else bent


def of_both_orders(op: Callable[..., Any]) -> Loss:
    """Return a function whose gradient is made of first and second derivatives of the row."""

    def loss(*leaves: Any) -> Any:
        y = weighed(op(*leaves))
        return y + sum(map(weighed, gradient(y, leaves)))

    return loss


def require_same(loss: Loss, inputs: Sequence[Sequence[Any]], kind: Any, case: str) -> None:
    """Compare a program that is made of the first inputs with the graph, on each of the inputs."""
    leaves = [kind(x) for x in inputs[0]]
    program = compile(loss(*leaves), parameters=leaves)
    for numbers in inputs:
        others = [kind(x) for x in numbers]
        expected = loss(*others)
        expected.backward()
        for leaf, other in zip(leaves, others, strict=True):
            leaf.data = other.data
        compare([program(), *[x.grad for x in leaves]], [expected.data, *map(grad_of, others)], case)


def grad_of(x: Any) -> Any:
    return x.grad if x.has_grad else np.zeros_like(x.data)


def compare(found: list[Any], known: list[Any], case: str) -> None:
    rounding = max(float(np.finfo(np.asarray(x).dtype).eps) for x in known)
    for ours, theirs in zip(found, known, strict=True):
        finite = np.abs(theirs)[np.isfinite(theirs)]
        size = finite.max(initial=1.0) if np.ndim(theirs) else 1.0
        near = 4096 * rounding
        np.testing.assert_allclose(ours, theirs, rtol=near, atol=near * size, err_msg=case)


@pytest.mark.slow
@each("row", ROWS)
def test_values(row: str) -> None:
    rng = generator(row)
    for op in (TABLE[row], with_parameters(TABLE[row], rng)):
        inputs = [inputs_in_domain(op, rng) for _ in range(3)]
        require_same(of_both_orders(op), inputs, Value, str(op))


@pytest.mark.slow
@each("row", ROWS)
def test_arrays(row: str) -> None:
    rng = generator(row)
    # Half of the shapes for each row, others for other rows; and both types.
    for k, place in enumerate(rng.permutation(len(SHAPES))[::2]):
        shapes = SHAPES[place]
        op = with_parameters(TABLE[row], rng)
        inputs = [arrays_of(op, shapes, rng) for _ in range(2)]
        dtype = np.float32 if k % 3 == 0 else np.float64
        require_same(of_both_orders(op), inputs, lambda x, t=dtype: Tensor(x, t), f"{op} {shapes} {dtype}")


@pytest.mark.slow
@each("row", ROWS)
def test_batches(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    ones = [nn.parameter(1.0) for _ in range(op.arity)]
    rows = [inputs_in_domain(op, rng) for _ in range(4)]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    loss = of_both_orders(op)

    def of_sample(*x: Any) -> Any:
        return loss(*[number * one for number, one in zip(x, ones, strict=True)])

    program = compile(of_sample, *rows[0], batch=True, parameters=ones)
    found = [program(*columns), *[one.grad for one in ones]]
    for one in ones:
        one.zero_grad()
    expected = sum(of_sample(*map(Value, x)) for x in rows) / len(rows)
    expected.backward()
    compare(found, [expected.data, *map(grad_of, ones)], str(op))


@pytest.mark.slow
@each("row", [row for row in ROWS if TABLE[row].parameters])
@np.errstate(all="ignore")
def test_parameters_at_their_edges(row: str) -> None:
    rng = generator(row)
    for op in with_edge_parameters(TABLE[row]):
        inputs = [[np.array([*inputs_in_domain(op, rng), 0.0, 1.0, -2.0])] for _ in range(2)]
        require_same(of_both_orders(op), inputs, Tensor, str(op))
        require_same(of_both_orders(op), [[x] for x in inputs[0][0].tolist()], Value, str(op))


def test_nothing() -> None:
    for leaf in (Tensor(np.empty(0)), Tensor(np.empty((2, 0)))):
        for loss in (abs(leaf).sum(), (leaf * leaf * uneven(leaf.shape)).sum()):
            assert compile(loss, parameters=[leaf])() == 0.0
            assert leaf.grad is not None
            assert leaf.grad.shape == leaf.shape
