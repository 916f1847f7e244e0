"""Rows and functions on arrays of every shape, layout and type: all modes, to second order, say the same.

What is right for one layout of float64 (see the tests against differences, complex numbers and PyTorch) is compared
with the others.
"""

from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np
import pytest

from micrograd_plus.array_ops import ARRAY_TABLE
from micrograd_plus.derivatives import jvp
from micrograd_plus.engine import gradient
from micrograd_plus.ops import TABLE, Op
from micrograd_plus.tensor import Tensor
from tests.array_cases import CASES, Case
from tests.array_cases.case import distinct, keepdims_in_turn
from tests.array_cases.case import weighed as of_case
from tests.cases import each
from tests.row_cases import CASES as STRUCTURAL_CASES
from tests.row_cases import named
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters
from tests.test_tensor_gradients import STRETCHED
from tests.weights import uneven

Shape = tuple[int, ...]
SHAPES: list[tuple[Shape, Shape, Shape]] = [
    *STRETCHED,
    ((3, 2), (3, 2), (3, 2)),
    ((2, 1, 2), (3, 1), (2, 3, 1)),
    ((2, 0), (2, 1), ()),
]
LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "with gaps": lambda x: np.repeat(x[..., None], 2, -1)[..., 0],
    "columns first": lambda x: np.array(x, order="F"),
    "backwards": lambda x: np.flip(np.flip(x).copy()),
    "read only": lambda x: np.broadcast_to(x, (1, *x.shape))[0, ...],
}


def arrays_of(op: Op, shapes: tuple[Shape, ...], rng: np.random.Generator) -> list[np.ndarray]:
    """Return numbers that float32 holds too, without ties."""
    arrays = [np.empty(shape) for shape in shapes[: op.arity]]
    for k, x in enumerate(arrays):
        x.flat[:] = [np.float32(inputs_in_domain(op, rng)[k]) for _ in range(x.size)]
    return arrays


def derived(f: Callable[..., Tensor], arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Return the result of f on leaves that hold `arrays`, its gradient, and the gradient of a sum of that."""
    leaves = [Tensor.leaf(x) for x in arrays]
    y = f(*leaves)
    first = gradient(weighed(y), leaves)
    second = gradient(sum(map(weighed, first)), leaves)
    weighed(y).backward()
    for leaf, slope in zip(leaves, first, strict=True):
        assert leaf.grad is not None
        assert leaf.grad.shape == slope.shape == leaf.shape
        near = 1e-12 if leaf.dtype == np.float64 else 1e-4
        np.testing.assert_allclose(leaf.grad, slope.data, rtol=near, atol=near)
    return [y.data, *[g.data for g in (*first, *second)]]


def weighed(y: Any) -> Any:
    return (y * uneven(y.shape).astype(y.dtype)).sum()


def check_same(results: list[np.ndarray], wanted: list[np.ndarray], case: str) -> None:
    for found, known in zip(results, wanted, strict=True):
        assert found.shape == known.shape, case
        np.testing.assert_allclose(found, known, rtol=1e-12, atol=1e-12, err_msg=case)


def check_single(f: Callable[..., Tensor], arrays: list[np.ndarray], wanted: list[np.ndarray], case: str) -> None:
    """Compare what f gives in float32 with what it gave in float64."""
    for found, known in zip(derived(f, [x.astype(np.float32) for x in arrays]), wanted, strict=True):
        assert (found.dtype, found.shape) == (np.float32, known.shape), case
        size = np.abs(known).max(initial=1.0)
        np.testing.assert_allclose(found, known, rtol=1e-4, atol=1e-5 * size, err_msg=f"{case} float32")


def check_forward_mode(
    f: Callable[..., Tensor], arrays: list[np.ndarray], wanted: list[np.ndarray], rng: np.random.Generator, case: str
) -> None:
    """Compare tangents, and tangents of tangents, with the gradients that `derived` gave."""
    v = tuple(rng.normal(size=x.shape) for x in arrays)
    weights = tuple(uneven(x.shape) for x in arrays)

    def slope(*x: Any) -> Any:
        return jvp(lambda *y: weighed(f(*y)), x, weights)[1]

    first, second = wanted[1 : len(arrays) + 1], wanted[len(arrays) + 1 :]
    for found, slopes, along in (
        (jvp(lambda *y: weighed(f(*y)), tuple(arrays), v)[1], first, v),
        (slope(*arrays), first, weights),
        (jvp(slope, tuple(arrays), v)[1], second, v),
    ):
        known = [by * g for by, g in zip(along, slopes, strict=True)]
        size = sum(float(np.abs(part).sum()) for part in known)
        expected = sum(float(part.sum()) for part in known)
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-12 * max(1.0, size), err_msg=case)


@each("row", ROWS)
def test_layouts_types_and_modes_agree(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    # One layout for each shape: all for each row, and other pairs for other rows.
    for shapes, layout in zip(SHAPES, cycle(rng.permutation(list(LAYOUTS))), strict=False):
        arrays = arrays_of(op, shapes, rng)
        wanted = derived(op, arrays)
        check_same(derived(op, [LAYOUTS[layout](x) for x in arrays]), wanted, f"{row} {shapes} {layout}")
        check_single(op, arrays, wanted, f"{row} {shapes}")
        check_forward_mode(op, arrays, wanted, rng, f"{row} {shapes}")


def check_everything(f: Callable[..., Tensor], inputs: list[np.ndarray], layout: str, case: str) -> None:
    arrays = [x.astype(np.float32).astype(np.float64) for x in inputs]
    wanted = derived(f, arrays)
    check_same(derived(f, [LAYOUTS[layout](x) for x in arrays]), wanted, f"{case} {layout}")
    check_single(f, arrays, wanted, case)
    check_forward_mode(f, arrays, wanted, generator(case), case)


FUNCTIONS = [case for case in keepdims_in_turn(CASES) if case.differentiable and case.function != "astype"]


@pytest.mark.slow
@each("case, layout", list(zip(FUNCTIONS, cycle(LAYOUTS), strict=False)), lambda found: f"{found[0]} {found[1]}")
def test_layouts_types_and_modes_of_functions_agree(case: Case, layout: str) -> None:
    check_everything(lambda *leaves: of_case(case, *leaves), case.inputs(), layout, str(case))


STRUCTURAL = [case for case in STRUCTURAL_CASES if case[0] not in ("astype", "detached")]


@pytest.mark.slow
@each(
    "case, layout", list(zip(STRUCTURAL, cycle(LAYOUTS), strict=False)), lambda found: f"{named(found[0])} {found[1]}"
)
def test_layouts_types_and_modes_of_structural_rows_agree(case: Any, layout: str) -> None:
    row, shapes, parameters = case

    def f(*leaves: Tensor) -> Tensor:
        y = ARRAY_TABLE[row](*leaves, **parameters)
        return y * y + y  # bent, so that there is a second order

    check_everything(f, distinct(shapes), layout, named(case))
