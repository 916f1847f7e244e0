"""Biases inside products: where they stand behind the weights, and nowhere else."""

import numpy as np
import pytest

from micrograd_plus import compile, nn
from micrograd_plus.array_ops import matmul, reshape
from micrograd_plus.compiler.arrays import Array, Builder, arrays_below
from micrograd_plus.compiler.improving import improved


def layer(bias_at: int, *, transposed: bool) -> tuple[Array, dict[str, np.ndarray]]:
    """Return `tanh(x) @ W + b` of 5 samples, W of shape (3, 4), b from `bias_at` on; or with one feature a row."""
    builder = Builder()
    numbers = np.random.default_rng(0)
    parameters = builder.stored("parameters", (20,), float)
    weights, bias = reshape(parameters[:12], shape=(3, 4)), parameters[bias_at : bias_at + 4]
    x = builder.stored("x", (3, 5) if transposed else (5, 3), float)
    product = weights.mT @ x.tanh() if transposed else x.tanh() @ weights
    root = product + (bias[:, None] if transposed else bias)
    return root, {"parameters": numbers.normal(size=20), "x": numbers.normal(size=x.shape)}


def numbers_of(root: Array, given: dict[str, np.ndarray]) -> np.ndarray:
    found: dict[Array, np.ndarray] = {}
    for array in arrays_below([root]):
        if array.op.name == "stored":
            found[array] = given[array.name]
        elif array.value is not None:
            found[array] = np.asarray(array.value)
        elif array.op.name == "view":
            found[array] = array.window.on(np.ascontiguousarray(found[array.base]).reshape(-1))
        elif array.op.name == "accumulate":
            found[array] = np.zeros(array.shape)
            for view, part in zip(array.views, array.inputs, strict=True):
                view.on(found[array].reshape(-1))[...] += found[part]
        else:
            found[array] = array.op.on_arrays(*[found[i] for i in array.inputs])
    return found[root]


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("bias_at", "joined"), [(12, True), (13, False), (16, False)])
def test_a_bias_behind_the_weights_is_one_more_row(bias_at: int, joined: bool, transposed: bool) -> None:
    root, given = layer(bias_at, transposed=transposed)
    [found] = improved([root])
    assert (found.op is matmul) == joined
    np.testing.assert_allclose(numbers_of(found, given), numbers_of(root, given), rtol=1e-14)


def test_what_would_have_to_be_copied_stays_where_it_is() -> None:
    builder = Builder()
    parameters, x = builder.stored("parameters", (1002,), float), builder.stored("x", (50, 1000), float)
    [found] = improved([x @ parameters[:1000] + parameters[1000]])
    assert found.op is not matmul


def test_what_is_added_to_rows_is_no_bias_of_columns() -> None:
    builder = Builder()
    parameters, x = builder.stored("parameters", (20,), float), builder.stored("x", (4, 3), float)
    for bias, joined in ((parameters[12:16], True), (parameters[12:16][:, None], False)):
        [found] = improved([x.tanh() @ reshape(parameters[:12], shape=(3, 4)) + bias])
        assert (found.op is matmul) == joined


@pytest.mark.parametrize("rows", [(), (1,)])
@pytest.mark.parametrize("larger", [(5, 4), (2, 1, 4)])
def test_what_a_product_is_repeated_for_is_no_bias(rows: tuple[int, ...], larger: tuple[int, ...]) -> None:
    numbers = np.random.default_rng(0)
    x, weights, added = (nn.parameter(numbers.normal(size=shape)) for shape in ((*rows, 3), (3, 4), larger))
    program = compile(lambda: ((x @ weights + added) ** 2).sum(), parameters=[x, weights, added])
    assert program.verify().largest < 1e-12
