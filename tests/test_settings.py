"""Settings that are not given are chosen to suit the data; what cannot be is refused in one line."""

from typing import Any

import pytest

from micrograd_plus.settings import BACKENDS, BATCH_SIZE, FEW_FEATURES, HIDDEN, HIDDEN_OF_MANY, OPTIMIZERS, Settings


def test_what_is_given_is_taken_and_what_is_not_is_chosen() -> None:
    assert (Settings(lr=0.5).chosen_lr, Settings(epochs=7).chosen_epochs) == (0.5, 7)
    assert all(Settings(optimizer=name).chosen_lr > 0 for name in OPTIMIZERS)
    assert all(Settings(backend=name).chosen_epochs > 0 for name in BACKENDS)
    assert (Settings().chosen_loss(2), Settings().chosen_loss(3)) == ("bce", "cross-entropy")
    assert (Settings(loss="hinge").chosen_loss(2), Settings(loss="cross-entropy").chosen_loss(2)) == (
        "hinge",
        "cross-entropy",
    )


@pytest.mark.parametrize("loss", ["hinge", "bce"])
def test_a_loss_of_two_classes_refuses_more(loss: str) -> None:
    with pytest.raises(ValueError, match=f"the loss {loss} is for 2 classes, the data have 3: choose cross-entropy"):
        Settings(loss=loss).chosen_loss(3)


@pytest.mark.parametrize("features", [1, FEW_FEATURES, FEW_FEATURES + 1])
def test_hidden_layers_that_are_not_given_suit_the_number_of_features(features: int) -> None:
    assert Settings().chosen_hidden(features) == (HIDDEN if features <= FEW_FEATURES else HIDDEN_OF_MANY)
    assert Settings(hidden=(3, 2)).chosen_hidden(features) == (3, 2)


def test_no_hidden_layer_is_a_setting_too() -> None:
    assert Settings(hidden=()).hidden == Settings(hidden=()).chosen_hidden(99) == ()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"hidden": 16}, TypeError, "hidden holds each hidden layer's number of neurons, it is not 16"),
        ({"hidden": (16, 0)}, ValueError, "a hidden layer's number of neurons is at least 1, not 0"),
        ({"hidden": ("16",)}, TypeError, "a hidden layer's number of neurons is an integer, not str"),
        ({"activation": "rel"}, ValueError, "unknown activation 'rel'.*did you mean 'relu'"),
        ({"loss": "hinged"}, ValueError, "unknown loss 'hinged': want hinge, bce, cross-entropy; did you mean 'hinge'"),
        ({"optimizer": "agrad"}, ValueError, "unknown optimizer 'agrad': want sgd, momentum, .*did you mean 'adagrad'"),
        ({"backend": "gpu"}, ValueError, "unknown backend 'gpu': want scalar, numpy"),
        ({"lr": float("nan")}, ValueError, "lr is a finite number above 0, not nan"),
        ({"lr": 0.0}, ValueError, "lr is a finite number above 0, not 0.0"),
        ({"lr": "fast"}, TypeError, "lr is a number, not str"),
        ({"batch_size": 0}, ValueError, "batch_size is at least 1, not 0"),
        ({"epochs": -1}, ValueError, "epochs is at least 1, not -1"),
        ({"seed": -1}, ValueError, "seed is at least 0, not -1"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        Settings(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("samples", [1, 23, 31, 96, 114, 127, 160, 240, 1_150, 10**6])
def test_batches_are_equal_where_a_size_near_the_usual_one_allows_it(samples: int) -> None:
    size = Settings().chosen_batch_size(samples)
    dividing = [near for near in range(24, 41) if samples % near == 0]
    assert samples % size == 0 if dividing else size == BATCH_SIZE
    assert all(abs(size - BATCH_SIZE) <= abs(near - BATCH_SIZE) for near in dividing)
    assert Settings(batch_size=5).chosen_batch_size(samples) == 5


def test_what_is_resolved_is_all_there_is_to_choose_and_stays_as_it_is() -> None:
    left_open = Settings(optimizer="sgd", backend="scalar")
    chosen = left_open.resolved(features=64, classes=3, samples=90)
    assert (chosen.hidden, chosen.loss, chosen.lr) == ((64,), "cross-entropy", left_open.chosen_lr)
    assert (chosen.batch_size, chosen.epochs) == (30, left_open.chosen_epochs)
    assert chosen.resolved(features=2, classes=2, samples=7) == chosen
    assert Settings(hidden=(3,), lr=0.5).resolved(2, 2, 50).hidden == (3,)
