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
from tests.weights import uneven

# Numbers, stretched arrays, and nothing, in one function: to compile it is what takes time.
SHAPES = [((), (), ()), ((2, 1), (1, 3), (2, 3)), ((0,), (1,), ())]


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
    inputs = [arrays_of(op, shapes, rng) for shapes in SHAPES]

    def total(x: Any, f: Any) -> Any:
        results = [f(*arrays) for arrays in x]
        return sum(((y * y + y) * uneven(y.shape)).sum() for y in results), results

    def slopes(x: Any) -> Any:
        by, results = jax.grad(total, has_aux=True)(x, lambda *x: function(*x, *op.parameters.values()))
        return sum((g * g).sum() for g in flat(by)), (by, results)

    def flat(nested: Any) -> Any:
        return [x for arrays in nested for x in arrays]

    second, (first, results) = jax.jit(jax.grad(slopes, has_aux=True))(inputs)
    leaves = [[*map(Tensor, arrays)] for arrays in inputs]
    y, values = total(leaves, op)
    found = gradient(y, flat(leaves))
    bent = gradient(sum((g * g).sum() for g in found), flat(leaves))
    for ours, theirs in zip(values, results, strict=True):
        np.testing.assert_allclose(ours.data, theirs, rtol=1e-13, atol=1e-13)
    for ours, theirs in zip((*found, *bent), (*flat(first), *flat(second)), strict=True):
        assert ours.shape == theirs.shape
        size = float(np.abs(theirs).max(initial=0.0))
        np.testing.assert_allclose(ours.data, theirs, rtol=1e-10, atol=1e-12 * size, err_msg=row)
