"""Optimizers side by side: what is said of them follows from their runs, and changes with the surface."""

import math
from functools import partial

import numpy as np
import pytest

from micrograd_plus import data
from micrograd_plus.lab.optimizer_words import sentence, verdict
from micrograd_plus.lab.optimizers import compare_optimizers
from micrograd_plus.lab.problem import formula_problem, surface, training_problem
from micrograd_plus.lab.run import descend
from micrograd_plus.settings import OPTIMIZERS


def test_every_run_is_that_of_its_optimizer_from_the_same_start() -> None:
    problem = surface("beale")
    found = compare_optimizers(problem, steps=30, rates=(0.003, 0.03))
    assert list(found.tuned) == list(OPTIMIZERS)
    for name, one in found.tuned.items():
        alone = descend(problem, partial(OPTIMIZERS[name], lr=one.lr), 30)
        np.testing.assert_array_equal(one.run.path, alone.path)
        np.testing.assert_array_equal(one.run.path[0], problem.start)


def test_plain_descent_of_a_parabola_reaches_the_level_when_the_closed_form_does() -> None:
    found = compare_optimizers(formula_problem("0.5*x**2", {"x": 8.0}), ["sgd"], steps=100, rates=[0.25], level=0.01)
    # 0.5 * (8 * 0.75**k)**2 <= 0.01
    step = math.ceil(math.log(math.sqrt(0.02) / 8.0) / math.log(0.75))
    assert found.reached_at("sgd") == step
    assert sentence(found, "sgd").startswith(f"sgd at 0.25: reaches loss 0.01 after {step} steps; settles at ")
    assert verdict(found) == [f"First at loss 0.01 on 0.5*x**2: sgd, after {step} steps."]


def test_the_distance_is_that_to_the_nearest_lowest_place() -> None:
    found = compare_optimizers(surface("saddle"), ["momentum"], steps=20, rates=[0.1])
    end = found.tuned["momentum"].run.path[-1]
    assert found.distance("momentum") == pytest.approx(min(math.dist(end, (0, 1)), math.dist(end, (0, -1))))
    assert compare_optimizers(formula_problem("x**2", {"x": 1.0}), ["sgd"], steps=1).distance("sgd") is None


def test_the_first_is_first_and_the_sentences_say_so() -> None:
    found = compare_optimizers(surface("ravine"), ["sgd", "momentum"], steps=150, rates=(0.003, 0.01, 0.03, 0.1))
    steps = {name: found.reached_at(name) for name in found.tuned}
    assert found.order == sorted(steps, key=lambda name: steps[name])
    first, *_ = found.order
    assert verdict(found)[0].startswith(f"First at loss {found.level:.4g} on ravine: {first}, after {steps[first]} ")


def test_with_another_surface_other_optimizers_are_first() -> None:
    names, rates = ["sgd", "adagrad"], (0.01, 0.1, 1.0)
    in_a_ravine = compare_optimizers(surface("ravine"), names, steps=100, rates=rates)
    in_a_bowl = compare_optimizers(formula_problem("0.5*x**2 + 0.5*y**2", {"x": 4.0, "y": 1.0}), names, steps=100)
    assert in_a_ravine.order[0] == "adagrad"
    assert in_a_bowl.order[0] == "sgd"
    assert verdict(in_a_ravine)[0] != verdict(in_a_bowl)[0]


def test_turning_the_ravine_changes_nothing_for_those_that_treat_all_directions_alike() -> None:
    half = math.sqrt(0.5)
    x, y = surface("ravine").start
    turned = formula_problem("0.25*(x + y)**2 + 12.5*(x - y)**2", {"x": half * (x + y), "y": half * (x - y)})
    one, other = (compare_optimizers(problem, steps=60, rates=(0.01, 0.1)) for problem in (surface("ravine"), turned))
    for name in ("sgd", "momentum", "nesterov"):
        np.testing.assert_allclose(one.tuned[name].run.losses, other.tuned[name].run.losses, rtol=1e-6, atol=1e-9)
    for name in ("rmsprop", "adagrad", "adam", "adamw"):
        assert not np.allclose(one.tuned[name].run.losses, other.tuned[name].run.losses, rtol=0.01)


def test_what_is_said_of_one_does_not_depend_on_the_order_of_names_and_rates() -> None:
    names, rates = ["sgd", "momentum", "adam"], (0.003, 0.03, 0.3)
    one = compare_optimizers(surface("beale"), names, steps=50, rates=rates)
    other = compare_optimizers(surface("beale"), names[::-1], steps=50, rates=rates[::-1])
    assert (one.order, verdict(one)) == (other.order, verdict(other))
    assert {name: sentence(one, name) for name in names} == {name: sentence(other, name) for name in names}


def test_rates_that_are_all_too_large_are_called_so() -> None:
    found = compare_optimizers(surface("rosenbrock"), ["sgd", "adam"], steps=20, rates=(100.0, 1000.0))
    assert found.level is None
    assert verdict(found) == ["None of the optimizers goes down on rosenbrock at any of the rates."]
    assert sentence(found, "sgd") == "sgd: diverges at each of the rates, at 100 after 1 step."
    assert found.reached_at("sgd") is None


def test_rates_that_are_all_too_small_leave_the_level_out_of_reach() -> None:
    found = compare_optimizers(surface("ravine"), ["sgd"], steps=10, rates=(1e-6, 1e-5), level=1.0)
    assert verdict(found)[0] == "None of the optimizers reaches loss 1 on ravine."
    assert "does not reach loss 1 in 10 steps" in sentence(found, "sgd")
    one = compare_optimizers(surface("ravine"), ["sgd"], steps=1, rates=[1e-6], level=1.0)
    assert "does not reach loss 1 in 1 step;" in sentence(one, "sgd")
    assert "1e-05 is the largest of the rates, so another may be better" in sentence(found, "sgd")


def test_equals_share_a_place() -> None:
    found = compare_optimizers(formula_problem("(x - 1)**2", {"x": 0.0}), ["momentum", "sgd"], steps=1, rates=[0.5])
    assert verdict(found) == ["First at loss 0.001 on (x - 1)**2: momentum and sgd, after 1 step."]


def test_how_forgiving_an_optimizer_is_counts_the_rates_that_get_there() -> None:
    found = compare_optimizers(surface("ravine"), ["sgd", "adam"], steps=150, rates=(0.01, 0.03, 0.3, 1.0), level=0.1)
    counts = {name: len(one.reaching(0.1)) for name, one in found.tuned.items()}
    assert counts["adam"] > counts["sgd"]
    assert verdict(found)[-1] == (
        f"Most forgiving of its rate: adam, at {counts['adam']} of the 4 rates; least: sgd, at {counts['sgd']}."
    )


def test_mini_batches_are_the_same_for_all_and_come_from_the_seed() -> None:
    problem = training_problem(data.load("xor"))
    paths = [
        compare_optimizers(problem, ["sgd"], steps=20, rates=[0.1], batch_size=8, seed=seed).tuned["sgd"].run.path
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(paths[0], paths[1])
    assert not np.array_equal(paths[0], paths[2])


def test_an_unknown_optimizer_is_answered_with_the_known_ones_and_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown optimizer 'adm': want sgd, .*; did you mean 'adam' or 'adamw'"):
        compare_optimizers(surface("beale"), ["adm"], steps=1)
    with pytest.raises(ValueError, match="wanted at least one optimizer, got none"):
        compare_optimizers(surface("beale"), [], steps=1)
