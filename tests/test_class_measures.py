"""What is measured of classes is that of the confusion matrix, and of the scores of two."""

import numpy as np
import pytest

from micrograd_plus import data, metrics
from micrograd_plus.class_measures import ClassMeasures
from micrograd_plus.classifier import Classifier
from micrograd_plus.settings import Settings

IRIS = data.load("iris")


def classifier_of(dataset: data.Dataset, **settings: object) -> Classifier:
    chosen = Settings(**{"hidden": (4,), "epochs": 3, **settings})
    classifier = Classifier.for_samples(dataset.X, dataset.feature_names, dataset.class_names, chosen)
    classifier.fit(dataset.X, dataset.y)
    return classifier


def test_several_classes_have_counts_and_means_but_no_area() -> None:
    classifier = classifier_of(IRIS)
    measures = ClassMeasures.of(classifier, IRIS.X, IRIS.y)
    predicted = classifier.predict(IRIS.X)
    assert measures.samples.tolist() == [50, 50, 50]
    assert measures.roc_auc is None
    for k in range(3):
        both = np.sum((predicted == k) & (IRIS.y == k))
        assert measures.by_name["recall"][k] == both / 50
        assert measures.by_name["precision"][k] == both / max(np.sum(predicted == k), 1)
    assert measures.means["recall"] == pytest.approx(np.mean(measures.by_name["recall"]))


def test_confusions_come_with_the_most_frequent_first() -> None:
    measures = ClassMeasures(("a", "b", "c"), np.array([[5, 1, 0], [0, 9, 4], [2, 0, 3]]), None)
    assert measures.confusions == [("b", "c", 4), ("c", "a", 2), ("a", "b", 1)]


@pytest.mark.parametrize("loss", ["bce", "hinge", "cross-entropy"])
def test_two_classes_have_the_area_under_their_curve(loss: str) -> None:
    moons = data.load("moons")
    classifier = classifier_of(moons, loss=loss)
    measures = ClassMeasures.of(classifier, moons.X, moons.y)
    if loss == "hinge":
        wanted = metrics.roc_auc(classifier.scores(moons.X), moons.y)
    else:
        wanted = metrics.roc_auc(classifier.probabilities(moons.X)[:, 1], moons.y)
    assert measures.roc_auc == pytest.approx(wanted, abs=1e-12)
    assert measures.roc_auc > 0.5


def test_samples_of_one_class_alone_have_no_area() -> None:
    moons = data.load("moons")
    classifier = classifier_of(moons)
    assert ClassMeasures.of(classifier, moons.X[moons.y == 1], moons.y[moons.y == 1]).roc_auc is None
