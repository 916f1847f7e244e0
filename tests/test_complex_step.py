"""Derivatives of analytic rows by complex numbers, which know nothing of the table: no difference of two near numbers.

f(x + ihv) = f(x) + ih f'(x)v - ..., so that for a tiny h the imaginary part over h is the derivative along v, without
cancellation (Squire and Trapp, "Using complex variables to estimate derivatives of real functions", 1998). The second
derivative is the mean of f(x + zv) / z**2 over a circle of z around 0, twice (Lyness and Moler, "Numerical
differentiation of analytic functions", 1967).
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from micrograd_plus.engine import gradient
from micrograd_plus.ops import TABLE, Op
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each
from tests.exact_twin import TWIN
from tests.sampling import MARGIN, generator, inputs_in_domain, with_parameters
from tests.test_shapes_and_types import SHAPES, arrays_of, weighed
from tests.weights import uneven

TINY = 1e-200
# Nothing analytic ends nearer to a point than MARGIN: of that share to the power of their number the points are off.
CIRCLE = 0.8 * MARGIN * np.exp(2j * np.pi * np.arange(256) / 256)


def _erf(z: Any) -> Any:
    # Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 7.1.6: all terms of one sign for real z.
    term = total = z
    for k in range(1, 80):
        term = term * 2 * z * z / (2 * k + 1)
        total = total + term
    return 2 / math.sqrt(math.pi) * np.exp(-z * z) * total


def _cbrt(z: Any) -> Any:
    side = np.sign(z.real)
    return side * np.exp(np.log(side * z) / 3)


def _length(a: Any, b: Any) -> Any:
    return np.sqrt(a * a + b * b)


# Each row away from where its pieces meet, in functions that NumPy has for complex numbers.
COMPLEX: dict[str, Callable[..., Any]] = {
    "power": lambda z, n: np.exp(n * np.log(z)),
    "pow": lambda a, b: np.exp(b * np.log(a)),
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "exp2": np.exp2,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "cbrt": _cbrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arcsin": np.arcsin,
    "arccos": np.arccos,
    "arctan": np.arctan,
    "hypot": _length,
    "arctan2": lambda a, b: np.arctan(a / b) + np.where(b.real < 0, math.pi * np.sign(a.real), 0.0),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arcsinh": np.arcsinh,
    "arccosh": np.arccosh,
    "arctanh": np.arctanh,
    "erf": _erf,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "log_sigmoid": lambda z: -np.log1p(np.exp(-z)),
    "logaddexp": lambda a, b: np.log(np.exp(a) + np.exp(b)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "gelu": lambda z: z * (1 + _erf(z / math.sqrt(2))) / 2,
    "elu": lambda z, alpha: np.where(z.real > 0, z, alpha * np.expm1(z)),
}


def test_every_row_is_rational_or_analytic_and_has_its_oracle() -> None:
    assert TABLE.keys() == TWIN.keys() | COMPLEX.keys()


def derivatives(f: Callable[[Any], Any]) -> list[float]:
    """Return value, first and second derivative at 0 of an analytic function of one number."""
    by_step = f(np.complex128(1j * TINY)).imag / TINY
    return [f(np.complex128(0)).real, by_step, 2 * (f(CIRCLE) / CIRCLE**2).mean().real]


@each("row", sorted(COMPLEX))
def test_derivatives_to_order_2_are_those_of_the_complex_function(row: str) -> None:
    rng = generator(row)
    for _ in range(5):
        op = with_parameters(TABLE[row], rng)
        point, v = inputs_in_domain(op, rng), rng.normal(size=op.arity)
        v /= np.sqrt((v * v).sum())
        lines = list(zip(point, v.tolist(), strict=True))
        f = partial(COMPLEX[row], **op.parameters)
        wanted = derivatives(lambda z, f=f, lines=lines: f(*[x + z * towards for x, towards in lines]))
        for kind in (Value, Tensor):
            leaves = [*map(kind, point)]
            y = op(*leaves)
            first = sum(slope * towards for slope, (_, towards) in zip(gradient(y, leaves), lines, strict=True))
            second = sum(
                slope.data * towards for slope, (_, towards) in zip(gradient(first, leaves), lines, strict=True)
            )
            case = f"{row} {op.parameters} at {point} along {v}"
            np.testing.assert_allclose([y.data, first.data], wanted[:2], rtol=1e-13, atol=1e-14, err_msg=case)
            np.testing.assert_allclose(second, wanted[2], rtol=1e-10, atol=1e-10, err_msg=case)


@each("row", sorted(COMPLEX))
def test_arrays_of_all_shapes_have_the_derivatives_of_the_complex_function(row: str) -> None:
    rng = generator(row)
    for shapes in SHAPES:
        op = with_parameters(TABLE[row], rng)
        points = arrays_of(op, shapes, rng)
        towards = [rng.uniform(-0.7, 0.7, x.shape) for x in points]  # of up to two inputs: no step is longer than z
        stretched = np.broadcast_arrays(*points, *towards)
        lines = list(zip(stretched[: op.arity], stretched[op.arity :], strict=True))

        def f(z: Any, op: Op = op, lines: Any = lines) -> Any:
            z = np.reshape(z, np.shape(z) + (1,) * lines[0][0].ndim)
            y = COMPLEX[row](*[x + z * v for x, v in lines], **op.parameters)
            return (y * uneven(lines[0][0].shape)).reshape(*z.shape[:1], -1).sum(axis=-1)

        leaves = [*map(Tensor, points)]
        y = weighed(op(*leaves))
        first = sum((slope * v).sum() for slope, v in zip(gradient(y, leaves), towards, strict=True))
        second = sum((slope.data * v).sum() for slope, v in zip(gradient(first, leaves), towards, strict=True))
        wanted = [np.ravel(number)[0] for number in derivatives(f)]
        case = f"{row} {op.parameters} {shapes}"
        np.testing.assert_allclose([y.data, first.data], wanted[:2], rtol=1e-12, atol=1e-12, err_msg=case)
        np.testing.assert_allclose(second, wanted[2], rtol=1e-10, atol=1e-10, err_msg=case)
