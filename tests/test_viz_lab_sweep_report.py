"""The report of a sweep: what was tried, what was best, what each setting does, what was lost."""

import re

from micrograd_plus.lab.sweep import SweepRun
from micrograd_plus.lab.sweep_table import rows_of
from micrograd_plus.settings import Settings
from micrograd_plus.training_history import Epoch
from micrograd_plus.viz.lab.sweep_report import sweep_page


def run(accuracy: float | None, **settings: object) -> SweepRun:
    if accuracy is None:
        return SweepRun(Settings(**settings), "diverged", error="the loss became <nan>")
    return SweepRun(Settings(**settings), "trained", Epoch(7, 0.5, 0.5, 0.5, accuracy))


def text_of(runs: list[SweepRun]) -> str:
    """Return the words of the report's page, cells and lines apart by spaces."""
    body = sweep_page(rows_of(runs), "moons & more").partition("<body>")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


RUNS = [
    run(accuracy, lr=lr, batch_size=size, epochs=9, seed=seed)
    for lr, size, accuracies in ((0.1, 8, (0.8, 0.9)), (0.1, 32, (0.6, 1.0)), (0.2, 8, (0.7, 0.7)))
    for seed, accuracy in enumerate(accuracies)
]


def test_the_best_setting_on_average_is_told_from_the_best_run() -> None:
    text = text_of(RUNS)
    assert "Sweep: moons &amp; more 6 runs of 3 settings." in text
    assert "Best setting on average: lr 0.1, batch size 8." in text
    assert "Best run: lr 0.1, batch size 32, seed 1: epoch 7, " in text
    assert "activation relu" in text
    assert "epochs 9" in text


def test_each_setting_has_its_mean_over_all_else() -> None:
    text = text_of(RUNS)
    assert "lr 0.1 82.5% 100.0% lr 0.2 70.0% 70.0%" in text
    assert "batch size 8 77.5% 90.0% batch size 32 80.0% 100.0%" in text


def test_what_was_lost_is_listed_with_its_reason() -> None:
    assert "Runs without a result" not in text_of(RUNS)
    text = text_of([*RUNS, run(None, lr=0.2, batch_size=32, epochs=9)])
    assert "lr 0.2, batch size 32, seed 0 diverged the loss became &lt;nan&gt;" in text


def test_a_sweep_in_which_nothing_was_trained_has_a_report_too() -> None:
    assert "No run came to its end." in text_of([run(None, lr=8.0)])
