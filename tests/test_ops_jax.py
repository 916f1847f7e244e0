"""Rows on arrays are those of JAX, to second order, where it is installed."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus.engine import gradient
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from tests.cases import each
from tests.in_jax import jax_or_skip, second_order
from tests.sampling import ROWS, generator, with_parameters
from tests.test_shapes_and_types import arrays_of
from tests.weights import uneven

# Of more shapes JAX would compile more functions, which is what takes time; PyTorch is asked for all, and programs and
# modes are compared on them.
STRETCHED = ((2, 1), (1, 3), (2, 3))


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
    jax = jax_or_skip()
    function = in_jax(jax, row)
    assert function is not None
    op = with_parameters(TABLE[row], rng := generator(row))
    inputs = arrays_of(op, STRETCHED, rng)
    along = [uneven(x.shape) for x in inputs]

    def total(f: Any, *x: Any) -> Any:
        y = f(*x)
        return ((y * y + y) * uneven(y.shape)).sum(), y

    def theirs(*x: Any) -> Any:
        return total(lambda *x: function(*x, *op.parameters.values()), *x)

    y, first, second = second_order(jax, theirs, inputs, along)
    leaves = [*map(Tensor, inputs)]
    loss, ours = total(op, *leaves)
    found = gradient(loss, leaves)
    bent = gradient(sum((g * v).sum() for g, v in zip(found, along, strict=True)), leaves)
    np.testing.assert_allclose(ours.data, y, rtol=1e-13, atol=1e-13)
    for a, b in zip((*found, *bent), (*first, *second), strict=True):
        assert a.shape == b.shape
        size = float(np.abs(b).max())
        np.testing.assert_allclose(a.data, b, rtol=1e-10, atol=1e-12 * size, err_msg=row)
