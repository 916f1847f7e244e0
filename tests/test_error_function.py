"""erf of arrays against the C library's erf of numbers."""

import math

import numpy as np
import pytest

from micrograd_plus.error_function import erf


def of_math(x: np.ndarray) -> np.ndarray:
    return np.array([math.erf(number) for number in x])


def sample() -> np.ndarray:
    """Return numbers of every size, dense where erf bends, and on both sides of each place where formulas meet."""
    rng = np.random.default_rng(0)
    seams = np.array([6.0, *np.arange(1 / 512, 6.1, 1 / 256)])
    positive = np.concatenate(
        [
            rng.uniform(0.0, 7.0, 100_000),
            rng.uniform(0.0, 1 / 32, 50_000),
            10.0 ** rng.uniform(-308.0, 308.0, 20_000),
            seams,
            np.nextafter(seams, 0.0),
            np.nextafter(seams, 9.0),
        ]
    )
    return np.concatenate([positive, -positive])


def test_within_two_units_in_the_last_place() -> None:
    x = sample()
    np.testing.assert_array_max_ulp(erf(x), of_math(x), maxulp=2)


def test_edges() -> None:
    x = np.array([0.0, -0.0, math.inf, -math.inf, 1e308, -1e308, 5e-324])
    expected = of_math(x)
    np.testing.assert_array_equal(erf(x), expected)
    np.testing.assert_array_equal(np.signbit(erf(x)), np.signbit(expected))
    assert np.isnan(erf(np.array([math.nan, 1.0]))).tolist() == [True, False]


def test_odd_and_rising() -> None:
    x = np.linspace(-7.0, 7.0, 100_001)
    np.testing.assert_array_equal(erf(-x), -erf(x))
    assert (np.diff(erf(x)) >= -np.finfo(float).eps).all()


@pytest.mark.parametrize("shape", [(), (0,), (3, 4)])
def test_shape_and_type_stay(shape: tuple[int, ...]) -> None:
    for dtype in (np.float32, np.float64):
        out = erf(np.full(shape, 0.75, dtype))
        assert out.shape == shape
        assert out.dtype == dtype
        np.testing.assert_array_equal(out, np.full(shape, math.erf(0.75)).astype(dtype))
