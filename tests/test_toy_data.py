"""Toy problems have the shapes, classes and noise that were asked for, and the bits of their seed."""

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.toy_data import GENERATORS, blobs, circles, moons, spiral, xor

every_generator = pytest.mark.parametrize("generator", GENERATORS.values(), ids=GENERATORS.keys())


def test_the_registry_names_each_generator_as_python_does():
    assert {name: generator.__name__ for name, generator in GENERATORS.items()} == {name: name for name in GENERATORS}


@every_generator
def test_shapes_types_and_equal_classes(generator):
    for n in (3, 4, 5, 50, 101):
        X, y = generator(n, rng=0)
        assert X.shape == (n, 2)
        assert X.dtype == np.float64
        assert y.shape == (n,)
        assert y.dtype == np.int64
        assert np.isfinite(X).all()
        assert np.ptp(np.bincount(y)) <= 1


@every_generator
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(generator):
    X, y = generator(40, 0.1, rng=5)
    X_again, y_again = generator(40, 0.1, rng=np.random.default_rng(5))
    assert X.tobytes() == X_again.tobytes()
    assert y.tobytes() == y_again.tobytes()
    assert X.tobytes() != generator(40, 0.1, rng=6)[0].tobytes()


@every_generator
def test_the_classes_come_in_no_order(generator):
    _, y = generator(100, rng=0)
    assert (np.diff(y) != 0).sum() > 20


@every_generator
def test_noise_has_the_standard_deviation_asked_for(generator):
    # The same draws with twice the noise lie twice as far from the points without noise.
    n = 3000
    clean, single, double = (generator(n, noise, rng=0)[0] for noise in (0.0, 0.1, 0.2))
    assert np.std(single - clean) == pytest.approx(0.1, rel=0.05)
    np.testing.assert_allclose(double - clean, 2 * (single - clean), rtol=0, atol=1e-12)


@every_generator
def test_bad_arguments_are_answered_in_one_line(generator):
    with pytest.raises(ValueError, match=r"n is at least \d, not 1"):
        generator(1, rng=0)
    with pytest.raises(TypeError, match="n is an integer, not float"):
        generator(10.0, rng=0)
    for noise in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="noise is a standard deviation"):
            generator(10, noise, rng=0)
    with pytest.raises(TypeError, match="rng"):
        generator(10, rng=None)
    assert inspect.signature(generator).parameters["rng"].default is inspect.Parameter.empty


def test_moons_without_noise_lie_on_their_half_circles():
    X, y = moons(101, 0.0, rng=0)
    upper, lower = X[y == 0], X[y == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-12)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-12)
    assert (upper[:, 1] >= 0).all()
    assert (lower[:, 1] <= 0.5).all()


def test_circles_without_noise_have_radii_one_and_a_half():
    X, y = circles(101, 0.0, rng=0)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(y == 0, 1.0, 0.5), rtol=1e-12)


@given(classes=st.integers(2, 6))
def test_spiral_arms_are_one_arm_turned(classes):
    X, y = spiral(20 * classes, 0.0, classes=classes, rng=0)
    arms = [np.sort_complex(X[y == k] @ [1, 1j] * np.exp(-2j * np.pi * k / classes)) for k in range(classes)]
    for arm in arms[1:]:
        np.testing.assert_allclose(arm, arms[0], rtol=0, atol=1e-12)
    assert set(y) == set(range(classes))


def test_xor_fills_the_square_and_is_labelled_by_the_signs():
    X, y = xor(4000, rng=0)
    assert (np.abs(X) <= 1).all()
    np.testing.assert_array_equal(y, np.sign(X[:, 0]) != np.sign(X[:, 1]))
    quarters, _, _ = np.histogram2d(*X.T, bins=4, range=[[-1, 1], [-1, 1]])
    # 250 points are expected in each of 16 cells; 5 standard deviations of a binomial count are 77.
    assert np.abs(quarters - 250).max() < 77


def test_blobs_without_noise_are_the_corners_of_a_regular_polygon():
    X, y = blobs(30, 0.0, classes=5, rng=0)
    corners = np.array([X[y == k][0] for k in range(5)])
    np.testing.assert_array_equal(X, corners[y])
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, 2 * np.sin(np.pi / 5), rtol=1e-12)


@pytest.mark.parametrize("generator", [spiral, blobs])
def test_one_class_is_refused(generator):
    with pytest.raises(ValueError, match="classes is at least 2, not 1"):
        generator(30, classes=1, rng=0)
