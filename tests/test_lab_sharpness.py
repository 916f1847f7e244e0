"""The largest eigenvalue of a Hessian, against NumPy's eigenvalues of the whole matrix."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from micrograd_plus import data
from micrograd_plus.lab.problem import Problem, formula_problem, surface, training_problem
from micrograd_plus.lab.run import descend
from micrograd_plus.lab.sharpness import along, largest_eigenpair, sharpness
from micrograd_plus.optim import SGD

Array = NDArray[np.float64]


def hessian(problem: Problem, w: Array) -> Array:
    return np.array([problem.hvp(w, axis) for axis in np.eye(problem.size)])


def symmetric(eigenvalues: list[float], seed: int) -> Array:
    """A matrix of given eigenvalues in a random basis."""
    basis, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(eigenvalues),) * 2))
    return np.asarray(basis @ np.diag(eigenvalues) @ basis.T)


numbers = st.one_of(st.sampled_from([-3.0, 0.0, 1.0, 7.0]), st.floats(-100.0, 100.0))


@given(st.lists(numbers, min_size=1, max_size=12), st.integers(0, 10_000))
def test_it_is_the_largest_of_all_eigenvalues_repeated_and_negative_ones_too(values: list[float], seed: int) -> None:
    matrix = symmetric(values, seed)
    found = largest_eigenpair(lambda v: matrix @ v, len(values), rng=seed)
    scale = max(map(abs, values))
    assert found.value == pytest.approx(np.linalg.eigvalsh(matrix)[-1], rel=1e-8, abs=1e-8 * scale + 1e-300)
    assert np.linalg.norm(found.vector) == pytest.approx(1.0)
    assert np.linalg.norm(matrix @ found.vector - found.value * found.vector) <= found.residual + 1e-6 * scale


def test_of_a_large_matrix_few_products_are_enough() -> None:
    matrix = symmetric([*np.linspace(-5.0, 5.0, 299), 8.0], 1)
    products = []
    found = largest_eigenpair(lambda v: products.append(v) or matrix @ v, 300)
    assert found.value == pytest.approx(8.0, rel=1e-9)
    assert len(products) < 60


@pytest.mark.parametrize("place", [(0.0, 0.0), (0.3, -0.2), (1.5, 1.0), (0.0, 1.0)])
def test_at_a_saddle_the_curvature_that_counts_is_the_positive_one(place: tuple[float, float]) -> None:
    problem = surface("saddle")
    assert sharpness(problem, place) == pytest.approx(np.linalg.eigvalsh(hessian(problem, np.array(place)))[-1])


def test_where_everything_curves_down_it_is_negative() -> None:
    problem = formula_problem("-x**2 - 3*y**2", {"x": 1.0, "y": 1.0})
    assert sharpness(problem) == pytest.approx(-2.0)


def test_of_a_network_it_is_that_of_the_whole_hessian() -> None:
    problem = training_problem(data.load("moons", rng=0))
    eigenvalues = np.linalg.eigvalsh(hessian(problem, problem.start))
    assert eigenvalues[0] < 0.0 < eigenvalues[-1]
    assert sharpness(problem, problem.start) == pytest.approx(eigenvalues[-1], rel=1e-8)


def test_the_same_seed_gives_the_same_bits() -> None:
    problem = training_problem(data.load("moons", rng=0))
    assert sharpness(problem, rng=3) == sharpness(problem, rng=3)


def test_along_a_path_it_is_that_of_its_places() -> None:
    problem = surface("rosenbrock")
    run = descend(problem, partial(SGD, lr=0.001), 100)
    found = along(problem, run.path)
    assert [found[0].step, found[-1].step] == [0, 100]
    for place in found:
        assert place.value == pytest.approx(np.linalg.eigvalsh(hessian(problem, run.path[place.step]))[-1])
        assert place.stable_rate == pytest.approx(2.0 / place.value)


def test_places_without_curvature_are_left_out() -> None:
    problem = formula_problem("x**0.5", {"x": 4.0})
    assert [place.step for place in along(problem, np.array([[4.0], [1.0], [-1.0]]))] == [0, 1]
    with pytest.raises(ValueError, match="not finite"):
        sharpness(problem, [-1.0])
