"""The noise of mini-batch gradients: exact over all batches that there are, and as drawn."""

from itertools import combinations

import numpy as np
import pytest

from micrograd_plus import data
from micrograd_plus.data import Dataset
from micrograd_plus.lab.gradient_noise import Spread, noise_at
from micrograd_plus.lab.problem import training_problem
from micrograd_plus.settings import Settings

MOONS = data.load("moons")


def few(count: int) -> Dataset:
    """Return so many of the moons."""
    return Dataset(MOONS.X[:count], MOONS.y[:count], MOONS.feature_names, MOONS.class_names, "few")


@pytest.mark.parametrize("batch_size", [1, 2, 3, 5, 6])
def test_the_variance_is_that_over_all_batches_without_replacement(batch_size: int) -> None:
    problem = training_problem(few(6), Settings(hidden=(2,), activation="tanh"))
    w = problem.start
    full = problem.loss_and_gradient(w)[1]
    errors = [
        float(((problem.batch_loss_and_gradient(rows, w)[1] - full) ** 2).sum())
        for rows in combinations(range(6), batch_size)
    ]
    spread = noise_at(problem, w, [1], rng=0).spread
    assert spread.variance(batch_size) == pytest.approx(np.mean(errors), rel=1e-9, abs=1e-20)
    assert spread.norm == pytest.approx(np.linalg.norm(full), rel=1e-12)


def test_drawn_batches_agree_with_the_variance_and_about_with_the_cosine() -> None:
    problem = training_problem(MOONS)
    noise = noise_at(problem, problem.start, [4, 32], draws=1500, rng=1)
    for draws in noise.draws:
        assert draws.variance == pytest.approx(noise.spread.variance(draws.batch_size), rel=0.1)
        assert draws.cosine == pytest.approx(noise.spread.cosine(draws.batch_size), abs=0.03)


def test_the_batch_of_all_has_no_noise() -> None:
    problem = training_problem(MOONS)
    noise = noise_at(problem, problem.start, [200], draws=3, rng=0)
    assert noise.draws[0].cosines == pytest.approx([1.0] * 3, abs=1e-12)
    assert noise.draws[0].variance < 1e-25
    assert noise.spread.noise_to_signal(200) == 0.0


def test_noise_falls_with_the_root_of_the_batch_size() -> None:
    spread = Spread(samples=10**9, norm=2.0, trace=64.0)
    assert spread.noise_to_signal(4) == pytest.approx(2 * spread.noise_to_signal(16), rel=1e-6)
    assert spread.noise_to_signal(16) == pytest.approx(1.0, rel=1e-6)
    assert spread.noise_scale == 16.0
    assert spread.cosine(16) == pytest.approx(np.sqrt(0.5), rel=1e-6)


def test_without_a_gradient_all_is_noise() -> None:
    spread = Spread(samples=10, norm=0.0, trace=1.0)
    assert (spread.noise_to_signal(2), spread.cosine(2), spread.noise_scale) == (np.inf, 0.0, np.inf)
    assert Spread(samples=1, norm=0.0, trace=0.0).noise_to_signal(1) == 0.0


def test_the_draws_come_from_the_seed_and_leave_the_problem_alone() -> None:
    problem = training_problem(MOONS)
    before = problem.get()
    one, same, other = (noise_at(problem, problem.start + 0.1, [8], draws=5, rng=seed).draws[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.cosines, same.cosines)
    assert not np.array_equal(one.cosines, other.cosines)
    np.testing.assert_array_equal(problem.get(), before)


@pytest.mark.parametrize(("size", "message"), [(0, "a batch size is at least 1"), (201, "a batch of 201 cannot be")])
def test_sizes_that_cannot_be_drawn_are_refused(size: int, message: str) -> None:
    problem = training_problem(MOONS)
    with pytest.raises(ValueError, match=message):
        noise_at(problem, problem.start, [size], rng=0)
