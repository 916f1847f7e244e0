"""Learning rates side by side: which are run, and what trial and theory say of them."""

import pytest

from micrograd_plus import data
from micrograd_plus.lab.problem import formula_problem, surface, training_problem
from micrograd_plus.lab.rates import chosen_rates, compare
from micrograd_plus.lab.verdicts import Kind
from micrograd_plus.settings import Settings


def test_on_a_quadratic_trial_and_theory_agree() -> None:
    found = compare(surface("ravine"))
    assert found.sharpest is not None
    assert found.stable.rate == pytest.approx(found.sharpest.stable_rate, rel=0.01)
    assert found.sharpest.stable_rate == pytest.approx(2.0 / 50.0)
    assert "there this is the limit exactly" in found.theory_text()


def test_where_the_curvature_changes_theory_is_a_guide() -> None:
    found = compare(surface("rosenbrock"), steps=100)
    assert found.sharpest is not None
    values = [place.value for place in found.sharpness_of_reference]
    assert found.sharpest.value == max(values) > 1.2 * min(values)
    told = found.theory_text()
    assert "goes from" in told
    assert "Cohen" not in told


def test_of_a_network_the_edge_of_stability_is_told() -> None:
    found = compare(training_problem(data.load("moons", rng=0), Settings(hidden=(3,), activation="tanh")), steps=50)
    assert found.unit == "epoch"
    assert "Cohen et al., 2021" in found.theory_text()
    assert "each takes all samples, so an epoch is one step" in found.about()


def test_auto_finds_a_rate_that_is_right_and_rates_that_are_not() -> None:
    found = compare(surface("ravine"))
    kinds = [verdict.kind for verdict in found.verdicts]
    assert kinds == [Kind.TOO_SMALL, Kind.TOO_SMALL, Kind.JUST_RIGHT, Kind.TOO_LARGE]


def test_auto_stands_beside_the_rates_that_were_asked_for() -> None:
    assert chosen_rates([1.0, 0.001, 0.1, "auto"], 2.0) == [0.001, 0.02, 0.1, 0.2, 1.0, 3.0]
    assert chosen_rates([0.19, "auto"], 2.0) == [0.02, 0.19, 1.0, 3.0]
    assert chosen_rates(["auto"], None) == [0.001, 0.01, 0.1, 1.0]
    assert chosen_rates([0.3, 0.1, 0.3], 2.0) == [0.1, 0.3]


def test_permuted_rates_get_the_same_verdicts() -> None:
    lrs = [0.001, 0.02, 0.045]
    one, other = (dict(compare(surface("ravine"), order, steps=50).sentences()) for order in (lrs, lrs[::-1]))
    assert one == other
    assert len(set(one.values())) == 3


def test_other_data_get_other_verdicts() -> None:
    shallow = formula_problem("0.005*x**2 + 0.25*y**2", {"x": -4.0, "y": 1.0})
    steep = dict(compare(surface("ravine"), [0.02, 2.0], steps=50).sentences())
    flat = dict(compare(shallow, [0.02, 2.0], steps=50).sentences())
    assert (steep[0.02][:10], flat[0.02][:9]) == ("just right", "too small")
    assert (steep[2.0][:9], flat[2.0][:10]) == ("too large", "just right")


def test_without_a_limit_the_reason_is_told() -> None:
    found = compare(formula_problem("x**2", {"x": 0.0}), [0.1], steps=5)
    assert found.stability_text() == (
        "No largest stable rate was found: the gradient at the start is 0: no rate moves anything."
    )
    assert "not defined" in found.theory_text()
    assert "suggests no rate" in found.suggestion_text()
    assert found.level is None


@pytest.mark.parametrize("lr", [0.0, -1.0, float("nan"), 1e13, "fast"])
def test_what_is_no_rate_is_refused(lr: float | str) -> None:
    with pytest.raises(ValueError, match="a learning rate is a number from 1e-12 to 1e\\+12 or 'auto'"):
        compare(surface("ravine"), [lr])
