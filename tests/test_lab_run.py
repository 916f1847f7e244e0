"""Descents: where they go is known for quadratics; they stop where they diverge, with finite numbers only."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus import data, optim
from micrograd_plus.lab.problem import LARGEST, formula_problem, surface, training_problem
from micrograd_plus.lab.run import TOO_HIGH, StartError, descend
from micrograd_plus.schedules import ExponentialLR

MOONS = data.load("moons")


@given(st.floats(0.1, 3.0), st.floats(-5.0, 5.0), st.floats(0.01, 0.3))
def test_on_a_quadratic_the_distance_shrinks_by_one_factor(a: float, x0: float, lr: float) -> None:
    problem = formula_problem(f"{a!r}*(x - 2)**2", {"x": x0})
    run = descend(problem, partial(optim.SGD, lr=lr), 20)
    wanted = 2.0 + (1.0 - 2.0 * lr * a) ** run.steps * (x0 - 2.0)
    assert run.path[:, 0] == pytest.approx(wanted, abs=1e-9)
    assert run.losses == pytest.approx(a * (wanted - 2.0) ** 2, abs=1e-9)
    assert run.gradient_norms == pytest.approx(2 * a * abs(wanted - 2.0), abs=1e-9)
    assert run.lrs.tolist() == [lr] * 20
    assert problem.get().tolist() == run.path[-1].tolist()


def test_a_run_ends_where_the_loss_is_far_above_the_start() -> None:
    run = descend(formula_problem("x**2", {"x": 2.0}), partial(optim.SGD, lr=1.5), 100)
    limit = 4.0 + TOO_HIGH * 4.0
    above = [4.0 * 4.0**k > limit for k in range(20)]  # x is multiplied by 1 - 2 lr = -2
    assert run.diverged_at == above.index(True) == run.steps[-1]
    assert len(run.lrs) == run.diverged_at


def test_a_step_to_infinity_is_not_recorded() -> None:
    run = descend(formula_problem("exp(x**2)", {"x": 3.0}), partial(optim.SGD, lr=1.0), 100)
    assert run.diverged_at == 1
    assert run.steps.tolist() == [0]
    for array in (run.path, run.losses, run.gradient_norms):
        assert len(array) == 1
        assert np.isfinite(array).all()


@pytest.mark.parametrize(("formula", "lr"), [("-1e299*x", 8e-293), ("-1e-5*x", 1e305)])
def test_a_loss_or_a_place_beyond_what_can_be_drawn_is_not_recorded(formula: str, lr: float) -> None:
    problem = formula_problem(formula, {"x": 1.0})
    run = descend(problem, partial(optim.SGD, lr=lr), 200)
    assert run.diverged_at == run.steps[-1] + 1
    assert np.isfinite([problem.loss(), *problem.get()]).all()
    assert max(np.abs(run.losses).max(), np.abs(run.path).max()) <= LARGEST


def test_full_batches_are_the_rule_by_hand() -> None:
    problem = training_problem(MOONS)
    run = descend(problem, partial(optim.SGD, lr=0.5), 3)
    w = problem.start
    for k in range(3):
        loss, gradient = problem.loss_and_gradient(run.path[k])
        assert run.losses[k] == loss
        assert run.gradient_norms[k] == pytest.approx(np.linalg.norm(gradient))
        w = w - 0.5 * gradient
        assert run.path[k + 1] == pytest.approx(w, abs=1e-12)


def test_mini_batches_visit_each_sample_once_an_epoch() -> None:
    # The mean gradient of an epoch is the full one while the weights hardly move.
    problem = training_problem(MOONS)
    run = descend(problem, partial(optim.SGD, lr=1e-9), 10, batch_size=20, rng=0)
    assert (run.path[-1] - run.path[0]) / -1e-8 == pytest.approx(problem.loss_and_gradient()[1], abs=1e-5)


def test_a_batch_of_all_goes_the_way_of_the_full_batch() -> None:
    problem = training_problem(MOONS)
    full = descend(problem, partial(optim.SGD, lr=0.5), 5)
    batch = descend(problem, partial(optim.SGD, lr=0.5), 5, batch_size=1000, rng=0)
    assert batch.path == pytest.approx(full.path, abs=1e-12)
    assert batch.losses == pytest.approx(full.losses, abs=1e-12)


def test_the_same_seed_gives_the_same_run() -> None:
    problem = training_problem(MOONS)
    runs = [descend(problem, partial(optim.Adam, lr=0.01), 30, batch_size=48, rng=seed) for seed in (1, 1, 2)]
    assert runs[0].path.tobytes() == runs[1].path.tobytes() != runs[2].path.tobytes()


def test_only_every_few_steps_are_recorded_and_the_last() -> None:
    problem = training_problem(MOONS)
    every = descend(problem, partial(optim.SGD, lr=0.1), 7, batch_size=16, rng=0)
    some = descend(problem, partial(optim.SGD, lr=0.1), 7, batch_size=16, rng=0, every=3)
    assert some.steps.tolist() == [0, 3, 6, 7]
    assert some.path.tolist() == every.path[some.steps].tolist()
    assert some.losses.tolist() == every.losses[some.steps].tolist()
    assert len(some.lrs) == 7
    full = descend(problem, partial(optim.SGD, lr=0.1), 7, every=3)
    assert full.path.tolist() == descend(problem, partial(optim.SGD, lr=0.1), 7).path[full.steps].tolist()


def test_times_grow_and_the_last_is_that_of_the_run() -> None:
    run = descend(training_problem(MOONS), partial(optim.SGD, lr=0.1), 5, batch_size=16, rng=0)
    assert run.times[0] == 0.0
    assert (np.diff(run.times) > 0.0).all()
    assert run.seconds == run.times[-1]


def test_a_schedule_sets_the_rate_of_the_next_step() -> None:
    halved = partial(ExponentialLR, gamma=0.5)
    run = descend(formula_problem("x", {"x": 0.0}), partial(optim.SGD, lr=1.0), 3, schedule=halved)
    assert run.lrs.tolist() == [1.0, 0.5, 0.25]
    assert run.path[:, 0].tolist() == [0.0, -1.0, -1.5, -1.75]


def test_a_run_may_be_stopped_and_start_elsewhere() -> None:
    problem = surface("ravine")
    run = descend(problem, partial(optim.SGD, lr=0.01), 500, start=[1.0, 0.0], stop=lambda step, loss: loss < 0.1)
    assert run.path[0].tolist() == [1.0, 0.0]
    assert run.losses[-1] < 0.1 <= run.losses[-2]
    assert run.first_at_most(0.1) == run.steps[-1]
    assert run.first_at_most(-1.0) is None


def test_what_cannot_be_descended() -> None:
    sgd = partial(optim.SGD, lr=0.1)
    with pytest.raises(StartError, match=r"the loss at the start, or its gradient, is not finite: the loss is nan"):
        descend(formula_problem("log(x)", {"x": -1.0}), sgd, 3)
    with pytest.raises(StartError, match=r"the loss at the start is from -1e\+300 to 1e\+300, not -1e\+301"):
        descend(formula_problem("-1e301*x", {"x": 1.0}), sgd, 3)
    with pytest.raises(ValueError, match="no samples to make batches of"):
        descend(surface("beale"), sgd, 3, batch_size=3, rng=0)
    with pytest.raises(ValueError, match="batch_size needs rng"):
        descend(training_problem(MOONS), sgd, 3, batch_size=3)
    with pytest.raises(ValueError, match="steps is at least 0, not -1"):
        descend(surface("beale"), sgd, -1)
