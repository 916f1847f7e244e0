"""Rows at the edges of mathematics: zeros, infinities, kinks, numbers whose squares overflow."""

import itertools
import math
import warnings
from typing import Any

import numpy as np
import pytest

from micrograd_plus.compiler.compilation import compile
from micrograd_plus.engine import gradient
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each
from tests.sampling import ROWS, generator, inputs_in_domain, with_edge_parameters, with_parameters
from tests.torch_rows import in_torch

EPS = np.finfo(np.float64).eps
INF, NAN = math.inf, math.nan
EDGES = (0.0, -0.0, 1.0, -1.0, 0.25, 2.5, -3.5, 1e-300, -1e-320, 5e-324, 1e200, -1e200, 1e308, -1e308, 1e3, -1e3, INF)
EDGES += (-INF, NAN)
# Of two zeros these take either.
EITHER_ZERO = {"maximum", "minimum", "elu"}


def test_floats_are_what_numpy_gives() -> None:
    for row in ROWS:
        op = TABLE[row]
        for x in itertools.product(EDGES if op.arity < 3 else EDGES[::3], repeat=op.arity):
            found = op(*x)
            with np.errstate(all="ignore"):
                arrays = [op.on_arrays(*map(np.array, x))]
                if op.ufunc:
                    arrays.append(op.ufunc(*map(np.array, x), *op.parameters.values()))
            for wanted in arrays:
                np.testing.assert_allclose(found, wanted, rtol=32 * EPS, err_msg=f"{row}{x}")
                if found == 0.0 and row not in EITHER_ZERO:
                    assert math.copysign(1.0, found) == math.copysign(1.0, float(wanted)), f"{row}{x}"


def test_numbers_of_numpy_are_numbers() -> None:
    for row in ROWS:
        rng = generator(row)
        op = with_parameters(TABLE[row], rng)
        x = inputs_in_domain(op, rng)
        single = op(*map(np.float64, x))
        assert isinstance(single, np.floating | np.ndarray | np.bool), row
        np.testing.assert_allclose(np.float64(single), op(*x), rtol=32 * EPS, atol=8 * EPS, err_msg=row)
        assert op(*[Value(np.float64(number)) for number in x]).data == op(*x), row


# What PyTorch makes otherwise of slopes, and where: it squares, which overflows, has no choice for a point without a
# slope, or one of its own (half to either of two equal inputs, 1 for a nan that is cut off).
UNLIKE_PYTORCH = {
    "abs": lambda x: math.isnan(x),
    "arccosh": lambda x: x < 1.0 or x > 1e100,
    "arcsinh": lambda x: abs(x) > 1e100,
    "arctan2": lambda a, b: not 1e-100 < math.hypot(a, b) < 1e100,
    "cbrt": lambda x: x == 0.0 or not 1e-100 < abs(x) < 1e100,
    "clip": lambda x: math.isnan(x),
    "elu": lambda x: math.isnan(x),
    "hypot": lambda a, b: math.hypot(a, b) < 1e-200,
    "logaddexp": lambda a, b: a == b and math.isinf(a),
    "maximum": lambda a, b: a == b or math.isnan(a + b),
    "minimum": lambda a, b: a == b or math.isnan(a + b),
    "pow": lambda a, b: b == 0.0 and not abs(a) > 1e-300,
    "relu": lambda x: math.isnan(x),
}


@pytest.mark.slow
@pytest.mark.parametrize("row", sorted(set(ROWS) - {"where", "heaviside"}))
def test_values_and_slopes_are_those_of_pytorch(row: str) -> None:
    torch = pytest.importorskip("torch")
    function = in_torch(torch, row)
    cases = itertools.product(
        [TABLE[row], *with_edge_parameters(TABLE[row])], itertools.product(EDGES, repeat=TABLE[row].arity)
    )
    for op, numbers in cases:
        x = [Value(number) for number in numbers]
        theirs = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in numbers]
        y, y_of_theirs = op(*x), function(*theirs, *op.parameters.values())
        if row != "sign" or not math.isnan(numbers[0]):  # of nan it gives 0
            near = {"rtol": 64 * EPS, "atol": 5e-324}
            np.testing.assert_allclose(y.data, y_of_theirs.item(), **near, err_msg=f"{op}{numbers}")
        if not y_of_theirs.requires_grad or UNLIKE_PYTORCH.get(row, lambda *numbers: False)(*numbers):
            continue
        y.backward()
        slopes = torch.autograd.grad(y_of_theirs, theirs, materialize_grads=True)
        np.testing.assert_allclose(
            [leaf.grad for leaf in x], [g.item() for g in slopes], rtol=64 * EPS, err_msg=f"{op}{numbers}"
        )


SLOPES = [
    # at kinks and beside jumps
    ("floor", (2.0,), (0.0,)),
    ("ceil", (2.0,), (0.0,)),
    ("trunc", (-0.0,), (0.0,)),
    ("round", (2.5,), (0.0,)),
    ("floor_divide", (6.0, 2.0), (0.0, 0.0)),
    ("remainder", (6.0, 4.0), (1.0, -1.0)),
    ("remainder", (-6.0, 4.0), (1.0, 2.0)),
    ("hypot", (0.0, 0.0), (0.0, 0.0)),
    ("arctan2", (0.0, 0.0), (0.0, 0.0)),
    # poles
    ("cbrt", (0.0,), (INF,)),
    ("log2", (0.0,), (INF,)),
    ("log10", (0.0,), (INF,)),
    ("arcsin", (1.0,), (INF,)),
    ("arccos", (-1.0,), (-INF,)),
    ("arctanh", (-1.0,), (INF,)),
    ("arccosh", (1.0,), (INF,)),
    ("reciprocal", (0.0,), (-INF,)),
    ("pow", (0.0, -1.0), (-INF, -INF)),
    # far out
    ("exp2", (2000.0,), (INF,)),
    ("exp2", (-2000.0,), (0.0,)),
    ("arcsinh", (1e200,), (1e-200,)),
    ("arccosh", (1e200,), (1e-200,)),
    ("hypot", (3e200, -4e200), (0.6, -0.8)),
    ("arctan2", (3e200, 4e200), (1.6e-201, -1.2e-201)),
    ("arctan2", (3e-200, 4e-200), (1.6e199, -1.2e199)),
    ("log_sigmoid", (1000.0,), (0.0,)),
    ("log_sigmoid", (-1000.0,), (1.0,)),
    ("logaddexp", (1000.0, -1000.0), (1.0, 0.0)),
    ("logaddexp", (-1000.0, 1000.0), (0.0, 1.0)),
    ("logaddexp", (INF, 1.0), (1.0, 0.0)),
    ("logaddexp", (-INF, 1.0), (0.0, 1.0)),
    ("logaddexp", (INF, INF), (0.5, 0.5)),
    ("logaddexp", (-INF, -INF), (0.5, 0.5)),
    ("logaddexp", (-INF, INF), (0.0, 1.0)),
]


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_slopes(kind: Any) -> None:
    for row, at, slopes in SLOPES:
        inputs = [kind(number) for number in at]
        with np.errstate(all="ignore"):
            y = TABLE[row](*inputs)
            y.backward()
            by_nodes = gradient(y, inputs)
        np.testing.assert_allclose([float(x.grad) for x in inputs], slopes, rtol=4 * EPS, err_msg=f"{row}{at}")
        np.testing.assert_allclose([float(g.data) for g in by_nodes], slopes, rtol=4 * EPS, err_msg=f"{row}{at}")


@pytest.mark.parametrize("row", ["hypot", "arctan2"])
def test_the_origin_is_no_nan_to_any_order(row: str) -> None:
    a, b = Value(0.0), Value(0.0)
    first = gradient(TABLE[row](a, b) ** 2, [a, b])
    second = gradient(first[0] + first[1], [a, b])
    assert [g.data for g in (*first, *second)] == [0.0] * 4


def test_logaddexp_bends_where_both_are_equal() -> None:
    a, b = Value(3.0), Value(3.0)
    [slope] = gradient(a.logaddexp(b), [a])
    assert [g.data for g in gradient(slope, [a, b])] == [0.25, -0.25]
    impossible = np.full(3, -INF)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Tensor(impossible).logaddexp(impossible).data.tolist() == [-INF] * 3


@pytest.mark.slow
@each("row", ROWS)
@np.errstate(all="ignore")
def test_compiled_programs_are_the_same(row: str) -> None:
    for op in with_edge_parameters(TABLE[row]):
        columns = zip(*itertools.product(EDGES if op.arity < 3 else EDGES[::3], repeat=op.arity), strict=True)
        inputs = [Tensor(np.array(column)) for column in columns]
        y = (op(*inputs) * 1.0).sum()
        for loss in (y, y + sum(slope.sum() for slope in gradient(y, inputs))):
            for x in inputs:
                x.zero_grad()
            loss.backward()
            expected = [loss.data, *[0.0 if x.grad is None else x.grad for x in inputs]]
            found = [compile(loss)(), *[x.grad for x in inputs]]
            for ours, known in zip(found, expected, strict=True):
                np.testing.assert_allclose(ours, np.broadcast_to(known, np.shape(ours)), rtol=64 * EPS, err_msg=str(op))
