"""Schedules side by side: one start, the same batches, rates as planned, and sentences that follow from the runs."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from micrograd_plus import data
from micrograd_plus.lab.problem import training_problem
from micrograd_plus.lab.run import descend
from micrograd_plus.lab.schedule_runs import (
    CONSTANT,
    ScheduleComparison,
    ScheduleRuns,
    compare_schedules,
    rates_for,
)
from micrograd_plus.lab.schedule_words import sentence, verdict
from micrograd_plus.lab.tuning import Tuned
from micrograd_plus.schedule_plan import parse
from micrograd_plus.settings import OPTIMIZERS

XOR = training_problem(data.load("xor"))
TEXTS = ("cosine", "step:step_size=2", "plateau:patience=0")


@pytest.fixture(scope="module")
def found() -> ScheduleComparison:
    return compare_schedules(XOR, TEXTS, epochs=6, batch_size=40, seeds=3, rates=(0.3, 1.0), seed=7)


def with_ends(found: ScheduleComparison, ends: dict[str, list[float]]) -> ScheduleComparison:
    """Return the comparison with other losses at the end, by schedule and seed."""
    runs = {}
    for text, losses in ends.items():
        whole = [replace(found.constant.runs[0], losses=np.array([1.0, 0.5, loss])) for loss in losses]
        runs[text] = ScheduleRuns(text, Tuned({0.1: whole[0]}), tuple(whole))
    return replace(found, runs=runs)


def test_the_constant_rate_is_among_them_and_is_one_unbroken_descent(found: ScheduleComparison) -> None:
    assert list(found.runs) == [CONSTANT, *TEXTS]
    for k, run in enumerate(found.constant.runs):
        kind = partial(OPTIMIZERS["sgd"], lr=found.constant.lr)
        alone = descend(XOR, kind, 30, batch_size=40, rng=7 + k, every=5)
        for name in ("steps", "path", "losses", "gradient_norms", "lrs"):
            np.testing.assert_array_equal(getattr(run, name), getattr(alone, name))


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_what_an_optimizer_keeps_lasts_from_epoch_to_epoch(optimizer: str) -> None:
    found = compare_schedules(XOR, [], optimizer=optimizer, epochs=4, batch_size=50, seeds=1, rates=(0.02,))
    alone = descend(XOR, partial(OPTIMIZERS[optimizer], lr=0.02), 16, batch_size=50, rng=0, every=4)
    np.testing.assert_array_equal(found.constant.runs[0].path, alone.path)


def test_the_rates_are_those_of_the_plans(found: ScheduleComparison) -> None:
    for text, one in found.runs.items():
        losses = one.runs[0].losses[1:].tolist()
        np.testing.assert_array_equal(found.lrs(text), parse(text).lrs(one.lr, 6, losses))
        assert one.runs[0].lrs.tolist() == np.repeat(found.lrs(text), 5).tolist()


def test_each_begins_at_its_best_rate_with_the_first_seed(found: ScheduleComparison) -> None:
    for one in found.runs.values():
        assert list(one.tried.runs) == [0.3, 1.0]
        assert one.lr == one.tried.lr
        np.testing.assert_array_equal(one.runs[0].losses, one.tried.run.losses)
        assert all(run.lrs[0] == one.lr for run in one.runs)


def test_the_seeds_give_other_orders_from_the_same_start(found: ScheduleComparison) -> None:
    for one in found.runs.values():
        assert all(run.path[0].tolist() == XOR.start.tolist() for run in one.runs)
        assert len({tuple(run.path[-1]) for run in one.runs}) == 3
        assert one.mean == pytest.approx(np.mean([run.losses[-1] for run in one.runs]))
        assert one.spread == pytest.approx(np.std([run.losses[-1] for run in one.runs], ddof=1))
        np.testing.assert_allclose(one.losses, np.mean([run.losses for run in one.runs], axis=0))


def test_what_holds_for_every_seed_is_told_apart_from_what_does_not(found: ScheduleComparison) -> None:
    told = with_ends(
        found,
        {CONSTANT: [0.2, 0.3], "cosine": [0.1, 0.2], "step": [0.1, 0.4], "linear": [0.3, 0.4], "plateau": [0.2, 0.3]},
    )
    assert verdict(told) == [
        "Lowest after 6 epochs on xor: cosine (0.15 ± 0.071); the constant rate: 0.25 ± 0.071.",
        "Lower than the constant rate with every seed: cosine.",
        "Higher with every seed: linear.",
        "No clear difference: step, plateau.",
    ]
    assert sentence(told, "step").startswith(
        "step at 0.1: ends at 0.25 ± 0.21; lower than the constant rate with 1, higher with 1 of 2 seeds: not clear; "
    )
    assert "like the constant rate" in sentence(told, "plateau")
    assert "higher than the constant rate with all 2 seeds" in sentence(told, "linear")


def test_with_other_losses_the_sentences_change(found: ScheduleComparison) -> None:
    one = with_ends(found, {CONSTANT: [0.2, 0.3], "cosine": [0.1, 0.2]})
    other = with_ends(found, {CONSTANT: [0.1, 0.2], "cosine": [0.2, 0.3]})
    assert one.order == ["cosine", CONSTANT]
    assert other.order == [CONSTANT, "cosine"]
    assert verdict(other) == [
        "Lowest after 6 epochs on xor: constant (0.15 ± 0.071): here no schedule pays.",
        "Higher with every seed: cosine.",
    ]
    assert verdict(one) != verdict(other)


def test_a_calmer_end_is_told(found: ScheduleComparison) -> None:
    calm = with_ends(found, {CONSTANT: [0.2, 0.4], "cosine": [0.1, 0.15]})
    assert verdict(calm)[-1] == (
        "Small steps at the end calm the noise: the constant rate ends 4 times as widely spread."
    )


def test_a_schedule_that_diverges_is_last_and_called_so() -> None:
    found = compare_schedules(XOR, ["cosine"], epochs=3, batch_size=50, seeds=2, rates=(1e6,))
    assert verdict(found) == ["All schedules diverge on xor: try a smaller rate."]
    assert sentence(found, "cosine") == "cosine at 1e+06: diverges with 2 of 2 seeds."
    assert found.runs["cosine"].mean == math.inf
    run = found.runs["cosine"].runs[0]
    assert run.diverged_at is not None
    assert np.isfinite(run.losses).all()
    assert len(run.path) == len(run.losses) == len(run.steps)


def test_less_than_a_hundredth_is_no_difference(found: ScheduleComparison) -> None:
    told = with_ends(found, {CONSTANT: [0.2, 0.3], "cosine": [0.199, 0.298], "linear": [0.197, 0.296]})
    assert (told.lower("cosine"), told.lower("linear")) == (0, 2)
    assert "No clear difference: cosine." in verdict(told)


def test_rounding_is_no_difference(found: ScheduleComparison) -> None:
    told = with_ends(found, {CONSTANT: [0.2, 0.2 + 1e-16], "cosine": [0.2 - 1e-16, 0.2]})
    assert sentence(told, "cosine").startswith("cosine at 0.1: ends at 0.2 ± 0; like the constant rate; ")


def test_a_single_seed_has_no_spread() -> None:
    found = compare_schedules(XOR, ["linear"], epochs=2, batch_size=50, seeds=1, rates=(1.0,))
    assert math.isnan(found.constant.spread)
    assert "±" not in sentence(found, "linear")
    assert "higher than the constant rate with the only seed" in sentence(found, "linear")


def test_rates_to_try_are_around_those_that_suit_the_optimizer() -> None:
    for name in OPTIMIZERS:
        rates = rates_for(name)
        assert 4 <= len(rates) <= 7
        assert list(rates) == sorted(rates)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "sdg"}, "unknown optimizer 'sdg'"),
        ({"texts": ["cosin"]}, "unknown schedule 'cosin'.*did you mean 'cosine'"),
        ({"epochs": 0}, "epochs is at least 1, not 0"),
        ({"seeds": 0}, "seeds is at least 1, not 0"),
        ({"batch_size": 0}, "batch_size is at least 1, not 0"),
        ({"texts": ["warmup:epochs=9+cosine"], "epochs": 4}, "its warm-up leaves nothing of 4 epochs"),
    ],
)
def test_mistakes_are_told(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare_schedules(XOR, **arguments)
