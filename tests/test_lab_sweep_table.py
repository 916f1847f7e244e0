"""A sweep's table: a row for each setting with mean and spread over seeds, best first."""

import statistics

import pytest

from micrograd_plus.lab.grid import values_of
from micrograd_plus.lab.sweep import SweepRun
from micrograd_plus.lab.sweep_table import HEADER, csv_rows, named, rows_of, varying, written
from micrograd_plus.settings import Settings
from micrograd_plus.training_history import Epoch


def run(accuracy: float | None, loss: float = 0.5, **settings: object) -> SweepRun:
    chosen = Settings(**settings)
    if accuracy is None:
        return SweepRun(chosen, "diverged", error="the loss became nan")
    return SweepRun(chosen, "trained", Epoch(3, 0.25, 0.75, loss, accuracy), seconds=2.0)


def test_a_row_has_mean_and_spread_over_the_seeds() -> None:
    accuracies, losses = [0.9, 0.95, 1.0], [0.3, 0.1, 0.5]
    (row,) = rows_of([run(a, b, lr=0.1, seed=k) for k, (a, b) in enumerate(zip(accuracies, losses, strict=True))])
    assert row.accuracy == pytest.approx(statistics.mean(accuracies))
    assert row.spread == pytest.approx(statistics.stdev(accuracies))
    assert row.loss == pytest.approx(statistics.mean(losses))
    assert (row.lost, row.seconds) == (0, 2.0)


def test_one_seed_has_no_spread() -> None:
    (row,) = rows_of([run(0.9)])
    assert row.spread is None


def test_rows_are_sorted_by_lost_runs_then_accuracy_then_loss() -> None:
    runs = [
        *(run(None, lr=9.0, seed=k) for k in range(2)),
        run(1.0, lr=0.4, seed=0),
        run(None, lr=0.4, seed=1),
        *(run(0.9, 0.2, lr=0.3, seed=k) for k in range(2)),
        *(run(0.9, 0.1, lr=0.2, seed=k) for k in range(2)),
        *(run(0.95, 0.3, lr=0.1, seed=k) for k in range(2)),
    ]
    for order in (runs, runs[::-1]):
        rows = rows_of(order)
        assert [row.settings.lr for row in rows] == [0.1, 0.2, 0.3, 0.4, 9.0]
        assert [row.lost for row in rows] == [0, 0, 0, 1, 2]
        assert [each.settings.seed for each in rows[0].runs] == [0, 1]
    assert (rows[-1].accuracy, rows[-1].loss) == (None, None)


def test_what_varies_is_told_from_what_does_not() -> None:
    settings = [
        Settings(lr=lr, optimizer=name, seed=k) for lr in (0.1, 0.2) for name in ("sgd", "adam") for k in (0, 1)
    ]
    assert varying(settings) == ["lr", "optimizer"]
    assert varying(settings[:1]) == []


def test_values_are_sorted_where_they_can_be() -> None:
    settings = [Settings(lr=lr, hidden=hidden) for lr, hidden in ((0.2, (16,)), (0.1, (8, 8)), (None, (16,)))]
    assert values_of("lr", settings[:2]) == [0.1, 0.2]
    assert values_of("lr", settings) == [0.2, 0.1, None]
    assert values_of("hidden", settings) == [(8, 8), (16,)]


def test_a_setting_is_written_as_the_command_takes_it() -> None:
    assert (written(()), written(32), written("relu")) == ("", "32", "relu")
    assert (named("hidden", (8, 8)), named("hidden", ())) == ("hidden 8,8", "hidden none")


def test_the_csv_file_has_every_run_and_no_name_twice() -> None:
    assert len(set(HEADER)) == len(HEADER)
    rows = csv_rows(rows_of([run(0.9, hidden=(8, 4), lr=0.1), run(None, lr=0.2)]))
    good, bad = (dict(zip(HEADER, row, strict=True)) for row in rows)
    assert (good["hidden"], good["validation_accuracy"], good["training_loss"], good["outcome"]) == (
        "8,4",
        0.9,
        0.25,
        "trained",
    )
    assert (bad["outcome"], bad["error"], bad["validation_accuracy"]) == ("diverged", "the loss became nan", None)
