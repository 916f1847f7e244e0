"""What trial and theory say of learning rates, on losses whose curvature is known to change or not to."""

import pytest

from micrograd_plus import data
from micrograd_plus.lab import rate_words
from micrograd_plus.lab.problem import formula_problem, surface, training_problem
from micrograd_plus.lab.rates import compare
from micrograd_plus.settings import Settings


def test_on_a_quadratic_theory_is_the_limit() -> None:
    found = compare(surface("ravine"), [0.01], steps=20)
    assert "there this is the limit exactly" in rate_words.theory(found)
    assert found.stable.rate is not None
    assert f"The largest stable rate is {found.stable.rate:.4g}: in 1,000 steps the" in rate_words.stability(found)
    assert rate_words.about(found) == "Each rate: 20 steps of plain gradient descent from the same start."


def test_where_the_curvature_changes_theory_is_a_guide() -> None:
    found = compare(surface("rosenbrock"), steps=100)
    assert found.sharpest is not None
    values = [place.value for place in found.sharpness_of_reference]
    assert found.sharpest.value == max(values) > 1.2 * min(values)
    told = rate_words.theory(found)
    assert "goes from" in told
    assert "Cohen" not in told


def test_of_a_network_the_edge_of_stability_is_told() -> None:
    found = compare(training_problem(data.load("moons", rng=0), Settings(hidden=(3,), activation="tanh")), steps=50)
    assert found.unit == "epoch"
    assert "Cohen et al., 2021" in rate_words.theory(found)
    assert "each takes all samples, so an epoch is one step" in rate_words.about(found)


def test_the_suggestion_is_that_of_the_range_test() -> None:
    found = compare(surface("ravine"), [0.01], steps=20)
    assert found.test.suggestion is not None
    assert rate_words.suggestion(found).startswith(f"The range test suggests {found.test.suggestion:.2g}: ")


def test_without_a_limit_the_reason_is_told() -> None:
    found = compare(formula_problem("x**2", {"x": 0.0}), [0.1], steps=5)
    assert rate_words.stability(found) == (
        "No largest stable rate was found: the gradient at the start is 0: no rate moves anything."
    )
    assert rate_words.theory(found).endswith("there is no largest stable rate to compare it with.")
    assert "suggests no rate" in rate_words.suggestion(found)
    assert found.level is None
    assert rate_words.summary(found).endswith("the gradient at the start is 0: no rate moves anything.")


def test_without_a_limit_the_curvature_of_the_ways_is_told() -> None:
    """1/x curves up wherever x > 0, most at the start: by 2 / 3**3."""
    told = rate_words.theory(compare(formula_problem("1/x", {"x": 3.0}), [0.1, 1.0], steps=10))
    assert told.startswith("2/lambda_max is 2/0.07407 = 27 where the curvature is largest on these ways; there is no ")
    told = rate_words.theory(compare(formula_problem("-(x**2)", {"x": 3.0}), [0.1], steps=10))
    assert "no place on the way was found where the loss curves up" in told


def test_a_start_without_a_part_in_the_steepest_direction_is_no_test_of_theory() -> None:
    found = compare(formula_problem("50*x**2 + y**2", {"x": 0.0, "y": 2.0}), [0.5], steps=10)
    assert found.stable.rate == pytest.approx(1.0, rel=0.01)
    assert found.sharpest is not None
    assert found.sharpest.stable_rate == pytest.approx(0.02)
    assert "but for starts such as this one" in rate_words.theory(found)
    other = compare(formula_problem("50*x**2 + y**2", {"x": 1.0, "y": 2.0}), [0.5], steps=10)
    assert rate_words.theory(other).endswith("there this is the limit exactly.")


def test_one_epoch_is_told_as_one() -> None:
    found = compare(training_problem(data.load("iris")), [1.0], steps=1)
    assert "1 epoch of plain" in rate_words.about(found)
    assert ": in 1 epoch the loss" in rate_words.stability(found)
