"""Sweeps: each run is what training gives, errors are results, processes that die do not end it."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from joblib.externals.loky import reusable_executor

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from micrograd_plus.lab.grid import Grid
from micrograd_plus.lab.sweep import SweepError, SweepRun, data_by_seed, require_trainable, train_all, train_run
from micrograd_plus.settings import Settings

MOONS = data.load("moons")


@pytest.fixture(scope="module", autouse=True)
def _no_processes_are_left() -> Iterator[None]:
    yield
    if executor := reusable_executor._executor:  # which no test began, where some were chosen
        executor.shutdown(wait=True, kill_workers=True)


def quick(**settings: object) -> Settings:
    return Settings(**{"hidden": (4,), "epochs": 3, "lr": 0.1} | settings)


def test_a_run_is_what_a_classifier_gives() -> None:
    settings = quick(seed=3)
    run, classifier = train_run(MOONS, settings)
    training, validation = data.split(MOONS.X, MOONS.y, rng=3)
    twin = Classifier.for_samples(training[0], MOONS.feature_names, MOONS.class_names, settings)
    assert run == SweepRun(settings, "trained", twin.fit(*training, validation=validation).best)
    assert classifier is not None
    np.testing.assert_array_equal(classifier.scores(MOONS.X), twin.scores(MOONS.X))
    assert run.seconds > 0


def test_a_run_takes_missing_values_if_its_data_may_have_some() -> None:
    for missing in ("error", "mean"):
        classifier = train_run(data.load("iris", missing=missing), Settings(epochs=1)).classifier
        assert classifier is not None
        assert classifier.standardiser.fills_missing == (missing == "mean")


def test_divergence_is_a_result_in_words() -> None:
    run, classifier = train_run(MOONS, quick(lr=1e300))
    assert (run.outcome, classifier) == ("diverged", None)
    assert run.error is not None
    assert "the loss became" in run.error


def test_any_other_error_is_a_result_too() -> None:
    run, classifier = train_run(data.load("iris"), quick(loss="hinge"))
    assert (run.outcome, classifier) == ("failed", None)
    assert run.error is not None
    assert "ValueError: the loss hinge is for 2 classes" in run.error


def test_ctrl_c_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = Classifier.fit
    monkeypatch.setattr(
        Classifier, "fit", lambda *a, **k: fit(*a, **k, on_epoch=lambda _: signal.raise_signal(signal.SIGINT))
    )
    with pytest.raises(KeyboardInterrupt):
        train_run(MOONS, quick())


def test_a_run_survives_json() -> None:
    for settings in (quick(), quick(lr=1e300)):
        run = train_run(MOONS, settings).run
        back = SweepRun.from_dict(json.loads(json.dumps(run.to_dict())))
        assert back == run
        assert back.seconds == run.seconds


def test_high_accuracy_ranks_before_low_loss_and_both_before_divergence() -> None:
    good = train_run(MOONS, quick()).run
    assert good.best is not None
    better = replace(good, best=replace(good.best, validation_loss=good.best.judged_loss / 2))
    best = replace(good, best=replace(good.best, validation_loss=9.0, validation_accuracy=1.0))
    diverged = SweepRun(quick(), "diverged", error="it did")
    assert sorted([diverged, good, best, better], key=lambda run: run.rank) == [best, better, good, diverged]


def test_a_toy_problem_is_drawn_by_the_seed_and_a_table_is_not() -> None:
    drawn = data_by_seed("moons", MOONS, [0, 5])
    np.testing.assert_array_equal(drawn[5].X, data.load("moons", rng=5).X)
    iris = data.load("iris")
    assert data_by_seed("iris", iris, [0, 5]) == {0: iris, 5: iris}


def test_what_no_run_could_begin_with_is_a_mistake() -> None:
    require_trainable([quick()], {0: MOONS})
    with pytest.raises(ValueError, match="the loss hinge is for 2 classes"):
        require_trainable([quick(loss="hinge")], {0: data.load("iris")})


def test_all_runs_come_whoever_does_them() -> None:
    points = Grid({"lr": [0.1, 1e300], "seed": range(3)}, {"hidden": (4,), "epochs": 3}).points()
    datasets = data_by_seed("moons", MOONS, range(3))
    expected = {point: train_run(datasets[point.seed], point).run for point in points}
    for jobs in (1, 2):
        assert {each.run.settings: each.run for each in train_all(points, datasets, jobs=jobs)} == expected


@pytest.mark.slow
def test_runs_lost_with_a_process_are_done_again() -> None:
    points = Grid({"seed": range(12)}, {"hidden": (4,), "epochs": 40}).points()
    datasets = data_by_seed("moons", MOONS, range(12))
    runs = {}
    for number, trained in enumerate(train_all(points, datasets, jobs=2)):
        runs[trained.run.settings] = trained.run
        if number == 2:
            os.kill(next(iter(reusable_executor._executor._processes)), signal.SIGKILL)
    assert runs == {point: train_run(datasets[point.seed], point).run for point in points}


class Deadly(data.Dataset):
    """Data that kill the process which opens them."""

    def __reduce__(self) -> tuple:
        return os.abort, ()


@pytest.mark.slow
def test_a_run_that_kills_every_process_ends_the_sweep_in_words() -> None:
    deadly = Deadly(MOONS.X, MOONS.y, MOONS.feature_names, MOONS.class_names, "deadly")
    with pytest.raises(SweepError, match="a process died in the middle of its run, again and again"):
        list(train_all([quick(), quick(lr=0.2)], {0: deadly}, jobs=2))


@pytest.mark.slow
def test_a_sweep_that_is_left_early_stops_without_a_word() -> None:
    runs = train_all(Grid({"seed": range(50)}).points(), data_by_seed("moons", MOONS, range(50)), jobs=2)
    next(runs)
    runs.close()  # a warning would be an error here
