"""What trial and theory say of learning rates, on losses whose curvature is known to change or not to."""

from micrograd_plus import data
from micrograd_plus.lab import rate_words
from micrograd_plus.lab.problem import formula_problem, surface, training_problem
from micrograd_plus.lab.rates import compare
from micrograd_plus.settings import Settings


def test_on_a_quadratic_theory_is_the_limit() -> None:
    found = compare(surface("ravine"), [0.01], steps=20)
    assert "there this is the limit exactly" in rate_words.theory(found)
    assert found.stable.rate is not None
    assert f"The largest stable rate is {found.stable.rate:.4g}: in 1000 steps the" in rate_words.stability(found)
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
    assert "not defined" in rate_words.theory(found)
    assert "suggests no rate" in rate_words.suggestion(found)
    assert found.level is None
    assert rate_words.summary(found).endswith("the gradient at the start is 0: no rate moves anything.")
