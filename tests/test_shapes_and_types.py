"""Every row on arrays of every shape, layout and type: forward, backward, forward mode and second order say the same.

What is right for one layout of float64 (see the tests against differences, complex numbers and PyTorch) is compared
with the others.
"""

from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np

from micrograd_plus.derivatives import jvp
from micrograd_plus.engine import gradient
from micrograd_plus.ops import TABLE, Op
from micrograd_plus.tensor import Tensor
from tests.cases import each
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters
from tests.test_tensor_gradients import STRETCHED

Shape = tuple[int, ...]
SHAPES: list[tuple[Shape, Shape, Shape]] = [
    *STRETCHED,
    ((3, 2), (3, 2), (3, 2)),
    ((2, 1, 2), (3, 1), (2, 3, 1)),
    ((2, 0), (2, 1), ()),
]
LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "with gaps": lambda x: np.repeat(x[..., None], 2, -1)[..., 0],
    "columns first": np.asfortranarray,
    "backwards": lambda x: np.flip(np.flip(x).copy()),
    "read only": lambda x: np.broadcast_to(x, (1, *x.shape))[0],
}


def arrays_of(op: Op, shapes: tuple[Shape, ...], rng: np.random.Generator) -> list[np.ndarray]:
    """Return numbers that float32 holds too, without ties."""
    arrays = [np.empty(shape) for shape in shapes[: op.arity]]
    for k, x in enumerate(arrays):
        x.flat[:] = [np.float32(inputs_in_domain(op, rng)[k]) for _ in range(x.size)]
    return arrays


def derived(op: Op, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Return the row's result on leaves that hold `arrays`, its gradient, and the gradient of a sum of that."""
    leaves = [Tensor.leaf(x) for x in arrays]
    y = op(*leaves)
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
    return (y * np.cos(np.arange(y.size, dtype=y.dtype)).reshape(y.shape)).sum()


@each("row", ROWS)
def test_layouts_types_and_modes_agree(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    # One layout for each shape: all for each row, and other pairs for other rows.
    for shapes, layout in zip(SHAPES, cycle(rng.permutation(list(LAYOUTS))), strict=False):
        arrays = arrays_of(op, shapes, rng)
        wanted = derived(op, arrays)
        for found, known in zip(derived(op, [LAYOUTS[layout](x) for x in arrays]), wanted, strict=True):
            np.testing.assert_allclose(found, known, rtol=1e-12, atol=1e-12, err_msg=f"{row} {shapes} {layout}")
        for found, known in zip(derived(op, [x.astype(np.float32) for x in arrays]), wanted, strict=True):
            assert (found.dtype, found.shape) == (np.float32, known.shape), f"{row} {shapes}"
            size = np.abs(known).max(initial=1.0)
            np.testing.assert_allclose(found, known, rtol=1e-4, atol=1e-5 * size, err_msg=f"{row} {shapes} float32")
        v = [rng.normal(size=x.shape) for x in arrays]
        _, tangent = jvp(lambda *x: weighed(op(*x)), tuple(arrays), tuple(v))
        along = sum(float((slope * by).sum()) for slope, by in zip(wanted[1 : op.arity + 1], v, strict=True))
        np.testing.assert_allclose(tangent, along, rtol=1e-12, atol=1e-12, err_msg=f"{row} {shapes} forward mode")
