"""Rows on arrays are those of JAX, to second order, where it is installed."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus.engine import gradient
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from tests.cases import each
from tests.sampling import ROWS, generator, with_parameters
from tests.test_shapes_and_types import arrays_of

SHAPES = ((2, 1), (1, 3), (2, 3))


def in_jax(jax: Any, row: str) -> Any:
    """Return JAX's function for a row, None where it has none."""
    others = {
        "neg": jax.numpy.negative,
        "power": lambda x, n: x**n,
        "sub": jax.numpy.subtract,
        "mul": jax.numpy.multiply,
        "div": jax.numpy.divide,
        "erf": jax.scipy.special.erf,
        "gelu": lambda x: jax.nn.gelu(x, approximate=False),
        "heaviside": lambda x: jax.numpy.heaviside(x, 0.0),
        "where": lambda condition, a, b: jax.numpy.where(condition != 0, a, b),
    }
    return others.get(row) or getattr(jax.numpy, row, None) or getattr(jax.nn, row, None)


@pytest.mark.slow
@each("row", ROWS)
def test_values_and_both_orders_are_those_of_jax(row: str) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    function = in_jax(jax, row)
    assert function is not None
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    arrays = arrays_of(op, SHAPES, rng)
    weights = np.cos(np.arange(6.0)).reshape(2, 3)

    def total(*x: Any) -> Any:
        y = function(*x, *op.parameters.values())
        return ((y * y + y) * weights[: y.shape[0], : y.shape[1]]).sum()

    def slopes(*x: Any) -> Any:
        first = jax.grad(total, range(op.arity))(*x)
        return sum((g * g).sum() for g in first), first

    second, first = jax.jit(jax.grad(slopes, range(op.arity), has_aux=True))(*arrays)
    leaves = [*map(Tensor, arrays)]
    y = op(*leaves)
    found = gradient(((y * y + y) * weights[: y.shape[0], : y.shape[1]]).sum(), leaves)
    bent = gradient(sum((g * g).sum() for g in found), leaves)
    np.testing.assert_allclose(y.data, function(*arrays, *op.parameters.values()), rtol=1e-13, atol=1e-13)
    for ours, theirs in zip((*found, *bent), (*first, *second), strict=True):
        size = float(np.abs(theirs).max())
        np.testing.assert_allclose(ours.data, theirs, rtol=1e-10, atol=1e-12 * size, err_msg=row)
