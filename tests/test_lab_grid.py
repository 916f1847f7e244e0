"""Grids of settings: every combination once, in an order that suits a sweep; what cannot be tried is named."""

import pytest

from micrograd_plus.lab.grid import Grid, resolved
from micrograd_plus.settings import Settings


def test_the_points_are_all_combinations() -> None:
    points = Grid({"lr": [0.1, 0.2], "hidden": [(4,), (5,), (6,)], "seed": [0, 1]}, {"epochs": 3}).points()
    assert {(point.lr, point.hidden, point.seed) for point in points} == {
        (lr, hidden, seed) for lr in (0.1, 0.2) for hidden in ((4,), (5,), (6,)) for seed in (0, 1)
    }
    assert len(points) == 12
    assert {point.epochs for point in points} == {3}


def test_the_seed_changes_slowest_and_small_batches_come_first() -> None:
    points = Grid({"batch_size": [32, 8], "lr": [0.1, 0.2], "seed": [0, 1]}).points()
    assert [(point.seed, point.batch_size) for point in points] == [
        (seed, size) for seed in (0, 1) for size in (8, 8, 32, 32)
    ]


def test_equal_settings_are_one_point() -> None:
    chosen = Settings(optimizer="sgd").chosen_lr
    assert len(Grid({"lr": [chosen, None, chosen]}, {"optimizer": "sgd"}).points()) == 1


def test_settled_settings_train_alike() -> None:
    loose = Settings(optimizer="sgd", backend="scalar")
    firm = resolved(loose)
    assert (firm.lr, firm.epochs) == (loose.chosen_lr, loose.chosen_epochs)
    assert resolved(firm) == firm


def test_shared_settings_are_those_that_nobody_tries() -> None:
    shared = Grid({"optimizer": ["sgd", "adam"], "seed": [0]}, {"epochs": 7}).shared()
    assert shared["epochs"] == 7
    assert shared["batch_size"] == Settings().batch_size
    assert not {"optimizer", "seed", "lr"} & shared.keys()  # the rate suits the optimizer


@pytest.mark.parametrize(
    ("values", "fixed", "words"),
    [
        ({"lrr": [1]}, {}, "unknown setting 'lrr'; did you mean 'lr'?"),
        ({}, {"widht": 1}, "unknown setting 'widht'"),
        ({"lr": []}, {}, "lr has no value to try"),
        ({"lr": [0.1]}, {"lr": 0.1}, "lr is both fixed and to be tried"),
        ({"lr": [0.1] * 10_001, "seed": [0]}, {}, "a grid has at most 10,000 combinations, not 10,001"),
        ({"lr": [0.1] * 10**6, "l2": [0.1] * 10**6}, {}, "at most 10,000 combinations, not 1,000,000,000,000"),
    ],
)
def test_what_cannot_be_tried_is_named(values: dict, fixed: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("?", r"\?")):
        Grid(values, fixed)


def test_a_value_that_settings_do_not_take_is_named() -> None:
    with pytest.raises(ValueError, match="lr is a finite number above 0, not -1"):
        Grid({"lr": [0.1, -1]}).points()
