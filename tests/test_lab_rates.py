"""Learning rates side by side: which are run, and what trial and theory say of them."""

import pytest

from micrograd_plus.lab.problem import formula_problem, surface
from micrograd_plus.lab.rates import chosen_rates, compare
from micrograd_plus.lab.verdicts import Kind


def test_on_a_quadratic_trial_and_theory_agree() -> None:
    found = compare(surface("ravine"))
    assert found.sharpest is not None
    assert found.stable.rate == pytest.approx(found.sharpest.stable_rate, rel=0.01)
    assert found.sharpest.stable_rate == pytest.approx(2.0 / 50.0)


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


@pytest.mark.parametrize("lr", [0.0, -1.0, float("nan"), 1e13, "fast"])
def test_what_is_no_rate_is_refused(lr: float | str) -> None:
    with pytest.raises(ValueError, match="a learning rate is a number from 1e-12 to 1e\\+12 or 'auto'"):
        compare(surface("ravine"), [lr])


def test_without_a_rate_there_is_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match="wanted at least one learning rate, got none"):
        compare(surface("ravine"), [])
