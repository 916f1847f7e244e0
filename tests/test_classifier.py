"""`Classifier`: trained from plain settings, the same after saving and loading, good on the shipped problems."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Value, checkpoint, data
from micrograd_plus.checkpoint import CheckpointError
from micrograd_plus.classifier import Classifier
from micrograd_plus.engine import graph
from micrograd_plus.evaluation import evaluate
from micrograd_plus.nn import MLP
from micrograd_plus.settings import OPTIMIZERS, Settings

MOONS = data.load("moons")
IRIS = data.load("iris")


def classifier_for(dataset: data.Dataset, **settings: Any) -> Classifier:
    return Classifier.for_samples(dataset.X, dataset.feature_names, dataset.class_names, Settings(**settings))


def trained(dataset: data.Dataset, **settings: Any) -> Classifier:
    classifier = classifier_for(dataset, **settings)
    classifier.fit(dataset.X, dataset.y)
    return classifier


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("name", "least"), [("moons", 0.98), ("circles", 0.97), ("spiral", 0.97), ("xor", 0.94), ("blobs", 0.98)]
)
def test_the_default_settings_learn_each_toy_problem(name: str, least: float, seed: int) -> None:
    classifier = trained(data.load(name, rng=seed), seed=seed)
    fresh_X, fresh_y = data.GENERATORS[name](2000, rng=100 + seed)
    assert classifier.accuracy(fresh_X, fresh_y) >= least


def test_the_default_settings_learn_iris() -> None:
    (X, y), held_back = data.split(IRIS.X, IRIS.y, 0.5, rng=0)
    classifier = Classifier.for_samples(X, IRIS.feature_names, IRIS.class_names, Settings(epochs=50))
    classifier.fit(X, y)
    assert classifier.accuracy(*held_back) >= 0.9


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_optimizer_learns_at_its_own_rate(optimizer: str) -> None:
    classifier = trained(MOONS, optimizer=optimizer, epochs=100)
    assert classifier.accuracy(*data.moons(2000, rng=100)) >= 0.98


@pytest.mark.slow
def test_the_scalar_backend_learns_moons() -> None:
    (X, y), held_back = data.split(MOONS.X, MOONS.y, rng=0)
    classifier = Classifier.for_samples(
        X, MOONS.feature_names, MOONS.class_names, Settings(backend="scalar", lr=0.05, epochs=12)
    )
    classifier.fit(X, y, validation=held_back)
    assert classifier.accuracy(*held_back) >= 0.98
    assert classifier.accuracy(*data.moons(2000, rng=100)) >= 0.98


@pytest.mark.parametrize("loss", ["hinge", "bce", "cross-entropy"])
def test_both_backends_train_alike(loss: str) -> None:
    scalar, array = (
        trained(MOONS, hidden=(4,), loss=loss, epochs=2, batch_size=50, backend=name) for name in ("scalar", "numpy")
    )
    np.testing.assert_allclose(scalar.scores(MOONS.X), array.scores(MOONS.X), rtol=0, atol=1e-10)


def test_features_are_standardised_with_the_statistics_it_was_made_with() -> None:
    shifted = MOONS.X * [1e3, 1e-3] + [5e4, 7.0]
    plain, scaled = classifier_for(MOONS, epochs=3), None
    scaled = Classifier.for_samples(shifted, MOONS.feature_names, MOONS.class_names, Settings(epochs=3))
    plain.fit(MOONS.X, MOONS.y)
    scaled.fit(shifted, MOONS.y)
    np.testing.assert_allclose(plain.scores(MOONS.X[:9]), scaled.scores(shifted[:9]), rtol=1e-6)


def test_the_best_weights_are_kept() -> None:
    (X, y), held_back = data.split(IRIS.X, IRIS.y, rng=2)
    classifier = Classifier.for_samples(X, IRIS.feature_names, IRIS.class_names, Settings(lr=0.1, epochs=20))
    history = classifier.fit(X, y, validation=held_back)
    assert history.best is not history.epochs[-1]
    assert classifier.accuracy(*held_back) == history.best.validation_accuracy
    inputs = classifier.standardiser.transform(held_back[0])
    loss, _ = evaluate(classifier.model, inputs, held_back[1], loss=classifier.loss)
    assert loss == history.best.validation_loss


@pytest.mark.parametrize("dataset", [MOONS, IRIS], ids=["two classes", "three classes"])
def test_probabilities_are_those_the_loss_is_made_of(dataset: data.Dataset) -> None:
    classifier = trained(dataset, epochs=2)
    probabilities = classifier.probabilities(dataset.X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-14)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), classifier.predict(dataset.X))
    of_wanted = probabilities[np.arange(len(dataset.y)), dataset.y]
    inputs = classifier.standardiser.transform(dataset.X)
    loss, _ = evaluate(classifier.model, inputs, dataset.y, loss=classifier.loss)
    assert -np.mean(np.log(of_wanted)) == pytest.approx(loss, abs=1e-12)


def test_the_hinge_loss_has_no_probabilities() -> None:
    classifier = classifier_for(MOONS, loss="hinge")
    assert not classifier.has_probabilities
    with pytest.raises(ValueError, match="has scores but no probabilities"):
        classifier.probabilities(MOONS.X)


@pytest.mark.parametrize("backend", ["scalar", "numpy"])
def test_the_loss_of_one_sample_is_a_graph_of_values(backend: str) -> None:
    classifier = classifier_for(IRIS, hidden=(3,), backend=backend)
    loss = classifier.sample_loss(IRIS.X[7], IRIS.y[7])
    assert isinstance(loss, Value)
    inputs = classifier.standardiser.transform(IRIS.X[7:8])
    assert loss.data == pytest.approx(evaluate(classifier.model, inputs, IRIS.y[7:8], loss=classifier.loss)[0])
    assert {"x1", "x4", "w1", "b"} <= {node.label for node in graph(loss)}


def test_the_loss_of_a_few_samples_is_their_mean() -> None:
    classifier = classifier_for(IRIS, hidden=(3,))
    alone = [classifier.sample_loss(x, y).data for x, y in zip(IRIS.X[48:53], IRIS.y[48:53], strict=True)]
    assert classifier.sample_loss(IRIS.X[48:53], IRIS.y[48:53]).data == pytest.approx(np.mean(alone))


@pytest.mark.parametrize("dataset", [MOONS, IRIS], ids=["two classes", "three classes"])
def test_a_margin_is_the_lead_of_the_right_class(dataset: data.Dataset) -> None:
    classifier = trained(dataset, epochs=1)
    margins = classifier.margins(dataset.X, dataset.y)
    right = classifier.predict(dataset.X) == dataset.y
    assert 0 < right.sum() < len(right)
    np.testing.assert_array_equal(margins > 0.0, right)
    # The odds of the right class against the best of the others.
    others = np.array(classifier.probabilities(dataset.X))
    rows = np.arange(len(right))
    own = others[rows, dataset.y]
    others[rows, dataset.y] = 0.0
    np.testing.assert_allclose(np.exp(margins), own / others.max(axis=1))


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden": (5, 3)},
        {"hidden": ()},
        {"loss": "hinge", "activation": "tanh"},
        {"backend": "scalar", "hidden": (3,)},
    ],
)
def test_saving_and_loading_gives_the_same_classifier(settings: dict[str, Any], tmp_path: Path) -> None:
    classifier = trained(MOONS, epochs=1, **settings)
    classifier.save(tmp_path / "model.safetensors")
    loaded = Classifier.load(tmp_path / "model.safetensors")
    assert (loaded.settings, loaded.feature_names, loaded.class_names) == (
        classifier.settings,
        classifier.feature_names,
        classifier.class_names,
    )
    assert isinstance(loaded.model, MLP) == (loaded.settings.backend == "scalar")
    np.testing.assert_array_equal(loaded.scores(MOONS.X), classifier.scores(MOONS.X))


def changed_file(path: Path, change: Any) -> Path:
    classifier_for(IRIS, hidden=(3,)).save(path)
    arrays, metadata = checkpoint.load(path)
    change(arrays, metadata)
    checkpoint.save(path, arrays, metadata)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays, metadata: metadata.clear(), "settings"),
        (lambda arrays, metadata: metadata.update(settings=3), "settings"),
        (lambda arrays, metadata: metadata["settings"].update(magic=3), "magic"),
        (lambda arrays, metadata: metadata["settings"].update(hidden=[4]), r"0.weight has shape \(4, 4\)"),
        (lambda arrays, metadata: metadata["settings"].update(hidden=4), "hidden"),
        (lambda arrays, metadata: metadata["settings"].update(activation="import os"), "unknown activation"),
        (lambda arrays, metadata: metadata["settings"].update(loss="hinge"), "for 2 classes, the data have 3"),
        (lambda arrays, metadata: metadata["standardiser"].pop("mean"), "mean"),
        (
            lambda arrays, metadata: metadata["standardiser"].update(mean=[1.0], scale=[1.0]),
            "4 feature names do not fit samples of 1 features",
        ),
        (lambda arrays, metadata: metadata.update(feature_names="abcde"), "feature_names"),
        (lambda arrays, metadata: metadata.update(class_names=[1, 2, 3]), "class_names"),
        (
            lambda arrays, metadata: metadata["class_names"].__setitem__(0, "virginica"),
            "two class names are 'virginica'",
        ),
        (lambda arrays, metadata: metadata.update(feature_names=["a"] * 4), "two feature names are 'a'"),
        (lambda arrays, metadata: metadata["standardiser"].update(mean=[10**400] * 4), "a float can hold"),
        (lambda arrays, metadata: metadata["standardiser"].update(scale=["1"] * 4), "a number, not str"),
        (lambda arrays, metadata: metadata["settings"].update(lr=10**400), "lr is a number that a float can hold"),
        (
            lambda arrays, metadata: metadata["settings"].update(class_weights={"setosa": 10**400}),
            "the weight of class 'setosa' is a number that a float can hold",
        ),
        (lambda arrays, metadata: arrays.pop("0.bias"), "1 missing"),
        (
            lambda arrays, metadata: (
                metadata["settings"].update(class_weights={"d": 1.0}),
                metadata.update(class_names=["a\nb", "b", "c"]),
            ),
            "the classes are a b, b, c",
        ),
    ],
)
def test_a_file_that_holds_something_else_is_said(change: Any, message: str, tmp_path: Path) -> None:
    path = changed_file(tmp_path / "model.safetensors", change)
    with pytest.raises(CheckpointError, match=message) as caught:
        Classifier.load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_samples_of_another_width_are_refused() -> None:
    classifier = classifier_for(IRIS)
    with pytest.raises(ValueError, match=r"samples of 4 features are wanted, not of shape \(200, 2\)"):
        classifier.predict(MOONS.X)


def test_a_model_of_one_class_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    X, _ = data.moons(20, rng=0)
    Classifier.for_samples(X, ("x1", "x2"), ("no", "yes"), Settings()).save(path)
    arrays, metadata = checkpoint.load(path)
    checkpoint.save(path, arrays, metadata | {"class_names": ["no"]})
    with pytest.raises(checkpoint.CheckpointError, match="want at least two class names, got 1"):
        Classifier.load(path)
