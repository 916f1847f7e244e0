"""Verdicts on learning rates, on quadratics whose descents are known in closed form."""

import math
import re
from functools import cache, partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.lab.problem import FormulaProblem, formula_problem
from micrograd_plus.lab.run import descend
from micrograd_plus.lab.stability import StableRate
from micrograd_plus.lab.verdicts import FACTOR, SHARE, Kind, Rated, judge, summary
from micrograd_plus.optim import SGD

BOWL = formula_problem("x**2", {"x": 1.0})
LIMIT = StableRate(1.0, 1.005, 1000, ())


def runs(*lrs: float, steps: int = 200, problem: FormulaProblem = BOWL) -> list[Rated]:
    return [_rated(lr, steps, problem) for lr in lrs]


@cache
def _rated(lr: float, steps: int, problem: FormulaProblem) -> Rated:
    return Rated(lr, descend(problem, partial(SGD, lr=lr), steps))


def sentences(
    *lrs: float, steps: int = 200, problem: FormulaProblem = BOWL, reference: float = 0.5
) -> dict[float, str]:
    rated = runs(*lrs, steps=steps, problem=problem)
    verdicts = judge(rated, *runs(reference, steps=steps, problem=problem))
    return {one.lr: verdict.sentence for one, verdict in zip(rated, verdicts, strict=True)}


def steps_down(lr: float) -> int:
    """Steps on x**2 until the loss, (1 - 2 lr) ** (2 steps), has gone `SHARE` of the way to 0."""
    return math.ceil(math.log(1.0 - SHARE) / (2.0 * math.log(abs(1.0 - 2.0 * lr))))


# --- mixed, all too small, all too large


def test_each_rate_is_timed_against_the_fastest() -> None:
    told = sentences(0.01, 0.3, 0.99, 1.1)
    assert told[0.01] == f"too small: {steps_down(0.01)} steps to reach what 0.3 reaches in {steps_down(0.3)}"
    assert told[0.3] == f"just right: down to 0.05 in {steps_down(0.3)} steps"
    assert told[0.99].startswith(f"too large: {steps_down(0.99)} steps to reach what 0.3 reaches in {steps_down(0.3)}")
    assert told[1.1] == f"too large: diverges after {math.ceil(math.log(1001.0) / math.log(1.2**2))} steps"


def test_if_all_are_too_small_the_reference_is_what_they_are_compared_with() -> None:
    rated, [reference] = runs(1e-5, 1e-4, 1e-3), runs(0.5)
    verdicts = judge(rated, reference)
    assert {verdict.kind for verdict in verdicts} == {Kind.TOO_SMALL}
    assert all("what 0.5 (half" in verdict.sentence or "that 0.5 (half" in verdict.sentence for verdict in verdicts)
    assert summary(rated, verdicts, reference, LIMIT) == (
        "All 3 rates are too small; the largest stable rate is 1: try 0.5."
    )


def test_if_all_are_too_large_a_rate_is_proposed() -> None:
    rated, [reference] = runs(1.1, 1.5, 30.0), runs(0.5)
    verdicts = judge(rated, reference)
    assert all(re.fullmatch(r"too large: diverges after \d+ steps?", verdict.sentence) for verdict in verdicts)
    assert summary(rated, verdicts, reference, LIMIT) == (
        "All 3 rates are too large; the largest stable rate is 1: try 0.5."
    )


def test_too_small_and_too_large_without_one_between() -> None:
    rated, [reference] = runs(1e-4, 1.5), runs(0.5)
    told = summary(rated, judge(rated, reference), reference, LIMIT)
    assert told.startswith("The rates are too small or too large, none is right")
    assert told.endswith("try 0.5.")


def test_what_is_right_is_named() -> None:
    rated, [reference] = runs(0.4, 1e-4, 0.45), runs(0.5)
    assert summary(rated, judge(rated, reference), reference, LIMIT) == "Just right: 0.4 and 0.45."


# --- laws


rates = st.lists(
    st.sampled_from([1e-4, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.7, 0.99, 1.01, 1.5, 10.0]), min_size=1, unique=True
)


@given(rates, st.randoms())
def test_verdicts_belong_to_rates_whatever_their_order(lrs: list[float], random: object) -> None:
    shuffled = list(lrs)
    random.shuffle(shuffled)
    assert sentences(*lrs, steps=40) == sentences(*shuffled, steps=40)


@given(rates)
def test_from_too_small_over_just_right_to_too_large(lrs: list[float]) -> None:
    """On a bowl the kinds of ascending rates never go back."""
    told = sentences(*lrs, steps=40)
    kinds = [told[lr].split(":")[0] for lr in sorted(lrs)]
    order = ["too small", "just right", "too large"]
    assert kinds == sorted(kinds, key=order.index)


@given(rates)
def test_what_is_just_right_is_within_the_factor_of_the_fastest(lrs: list[float]) -> None:
    rated = runs(*lrs, steps=400)
    verdicts = judge(rated)
    there = [verdict.reached for verdict in verdicts if verdict.reached is not None]
    for one, verdict in zip(rated, verdicts, strict=True):
        assert (verdict.kind is Kind.JUST_RIGHT) == (
            verdict.reached is not None and verdict.reached <= FACTOR * min(there) and one.lr < 1.0
        )


# --- other data, other words


def test_on_another_loss_the_same_rates_get_other_sentences() -> None:
    steep, flat = (formula_problem(f"{scale}*x**2", {"x": 1.0}) for scale in (10, 0.01))
    lrs = (0.001, 0.04, 0.5)
    on_steep, on_flat = sentences(*lrs, problem=steep, reference=0.05), sentences(*lrs, problem=flat, reference=50.0)
    assert [on_steep[lr].split(":")[0] for lr in lrs] == ["too small", "just right", "too large"]
    assert [on_flat[lr].split(":")[0] for lr in lrs] == ["too small"] * 3
    assert not set(on_steep.values()) & set(on_flat.values())


def test_how_long_a_small_rate_would_take_is_about_what_it_takes() -> None:
    told = sentences(0.001, 0.1, reference=0.1)[0.001]
    found = re.search(r"as much lr x steps takes about ([\d,]+) steps", told)
    assert found
    [patient] = judge(runs(0.001, steps=2000), *runs(0.1, steps=2000))
    assert patient.reached == pytest.approx(float(found[1].replace(",", "")), rel=0.2)


def test_a_climb_above_the_start_is_too_large_even_if_it_comes_down() -> None:
    problem = formula_problem("(1 - x)**2 + 100*(y - x**2)**2", {"x": -1.2, "y": 1.0})
    told = sentences(0.0025, problem=problem, reference=0.00085)[0.0025]
    assert told.startswith("too large: climbs to 69.94, above the start's 24.2, at step ")
    assert "before it comes down to" in told


def test_overshooting_is_told() -> None:
    assert sentences(0.99, 0.5)[0.99].count("overshoots") == 0  # the bowl is as high on the other side, and lower
    problem = formula_problem("0.5*x**2 - 0.5*y**2 + 0.25*y**4", {"x": 1.5, "y": 0.01})
    assert "it overshoots: the loss rises on" in sentences(1.0, problem=problem, reference=0.9)[1.0]


def test_where_nothing_moves_or_falls_without_end_no_rate_is_right() -> None:
    at_rest = formula_problem("x**2", {"x": 0.0})
    assert sentences(0.1, problem=at_rest)[0.1] == "stuck: the loss does not change: there is no slope at the start"
    flat = formula_problem("1e-30*x**2", {"x": 1.0})
    assert sentences(0.1, problem=flat)[0.1] == "stuck: the loss does not change: no step is felt in it"
    endless = formula_problem("x*y", {"x": 1.0, "y": -0.9})
    [verdict] = judge(runs(100.0, problem=endless))
    assert verdict.kind is Kind.NO_MINIMUM
    assert "falls without end" in verdict.sentence


def test_the_unit_is_named() -> None:
    [verdict] = judge(runs(0.5), unit="epoch")
    assert verdict.sentence == "just right: down to 0.05 in 1 epoch"


@given(st.lists(st.sampled_from([1e-12, 1e-6, 1e3, 1e12]), min_size=1, unique=True))
def test_rates_beyond_all_sense_are_judged_too(lrs: list[float]) -> None:
    told = sentences(*lrs, steps=20)
    assert all(told[lr].startswith("too small" if lr < 1.0 else "too large: diverges after 1 step") for lr in lrs)
