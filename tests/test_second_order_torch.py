"""Second derivatives of rows and of functions of arrays, and products with them, are those of PyTorch."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus.engine import gradient
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from tests.array_cases import CASES, Case
from tests.array_cases.case import parts
from tests.cases import each
from tests.sampling import ROWS, generator, with_parameters
from tests.test_shapes_and_types import SHAPES, arrays_of
from tests.torch_rows import in_torch
from tests.weights import uneven

pytestmark = pytest.mark.slow


def second(results: Any, leaves: list[Tensor]) -> list[np.ndarray]:
    """Return the gradient of a sum of the gradient of a sum of squares."""
    y = sum(((out * out * uneven(out.shape)).sum() for out in parts(results)), Tensor(0.0))
    first = gradient(y, leaves)
    return [g.data for g in gradient(sum((g * uneven(g.shape)).sum() for g in first), leaves)]


def second_in_torch(torch: Any, results: Any, leaves: list[Any]) -> list[np.ndarray]:
    def weighed(out: Any) -> Any:
        return torch.tensor(uneven(tuple(out.shape)))

    total = sum((out * out * weighed(out)).sum() for out in parts(results))
    zeros = [np.zeros(tuple(x.shape)) for x in leaves]
    if not total.requires_grad:
        return zeros
    first = torch.autograd.grad(total, leaves, create_graph=True, materialize_grads=True)
    total = sum((g * weighed(g)).sum() for g in first)
    if not total.requires_grad:
        return zeros
    return [g.numpy() for g in torch.autograd.grad(total, leaves, materialize_grads=True)]


def compare(ours: list[np.ndarray], theirs: list[np.ndarray], case: str) -> None:
    for a, b in zip(ours, theirs, strict=True):
        size = np.abs(b).max(initial=1.0)
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12 * size, err_msg=case)


@pytest.mark.parametrize("row", sorted(set(ROWS) - {"heaviside"}))
def test_of_rows_on_arrays(row: str) -> None:
    torch = pytest.importorskip("torch")
    function = in_torch(torch, row)
    rng = generator(row)
    for shapes in SHAPES:
        op = with_parameters(TABLE[row], rng)
        arrays = arrays_of(op, shapes, rng)
        ours, theirs = [*map(Tensor, arrays)], [torch.tensor(x, requires_grad=True) for x in arrays]
        found = second(op(*ours), ours)
        compare(found, second_in_torch(torch, function(*theirs, *op.parameters.values()), theirs), f"{op} {shapes}")


@each("case", [case for case in CASES if case.differentiable and case.torch], str)
def test_of_functions(case: Case) -> None:
    torch = pytest.importorskip("torch")
    assert case.torch is not None
    ours = [Tensor(x) for x in case.inputs()]
    theirs = [torch.tensor(x, requires_grad=True) for x in case.inputs()]
    compare(second(case.of(ours), ours), second_in_torch(torch, case.torch(torch, *theirs), theirs), str(case))
