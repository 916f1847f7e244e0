"""Measures of predictions: scikit-learn's numbers, and those of small cases counted by hand."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.metrics import accuracy, confusion_matrix, f1, macro_average, precision, recall, roc_auc

CASES = [(classes, n, seed) for classes in (2, 3, 10) for n in (1, 7, 300) for seed in range(3)]


def random_classes(classes: int, n: int, seed: int) -> tuple[Any, Any]:
    """Return predicted and wanted classes that agree more often than not; not all classes need occur."""
    rng = np.random.default_rng(seed)
    wanted = rng.integers(classes, size=n)
    return np.where(rng.random(n) < 0.6, wanted, rng.integers(classes, size=n)), wanted


def test_accuracy_is_the_share_of_equal_classes() -> None:
    rng = np.random.default_rng(0)
    predicted, wanted = rng.integers(3, size=(2, 50))
    assert accuracy(predicted, wanted) == sum(a == b for a, b in zip(predicted, wanted, strict=True)) / 50


@pytest.mark.parametrize(("predicted", "wanted"), [([0, 1], [0]), ([[0], [1]], [0, 1]), ([], []), ([[0]], [[0]])])
@pytest.mark.parametrize("measure", [accuracy, confusion_matrix, roc_auc])
def test_other_shapes_are_refused(measure: Callable[..., Any], predicted: list[int], wanted: list[int]) -> None:
    with pytest.raises(ValueError, match="two equal shapes"):
        measure(predicted, wanted)


@pytest.mark.parametrize(("classes", "n", "seed"), CASES)
def test_measures_of_classes_are_those_of_scikit_learn(classes: int, n: int, seed: int) -> None:
    theirs = pytest.importorskip("sklearn.metrics")
    predicted, wanted = random_classes(classes, n, seed)
    matrix = confusion_matrix(predicted, wanted, classes)
    labels = range(classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of one label only
        np.testing.assert_array_equal(matrix, theirs.confusion_matrix(wanted, predicted, labels=labels))
    for ours, name in ((precision, "precision_score"), (recall, "recall_score"), (f1, "f1_score")):
        score = getattr(theirs, name)
        each = score(wanted, predicted, labels=labels, average=None, zero_division=0)
        np.testing.assert_allclose(ours(matrix), each, rtol=1e-14)
        macro = score(wanted, predicted, average="macro", zero_division=0)
        assert macro_average(ours(matrix), matrix) == pytest.approx(macro, rel=1e-14)


@pytest.mark.parametrize("levels", [2, 10, 10**6])
@pytest.mark.parametrize("seed", range(5))
def test_the_area_is_that_of_scikit_learn(levels: int, seed: int) -> None:
    theirs = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    wanted = rng.permutation(np.arange(200) < rng.integers(1, 199)).astype(int)
    scores = np.floor((rng.normal(size=200) + wanted) * levels) / levels  # the fewer levels, the more are equal
    assert roc_auc(scores, wanted) == pytest.approx(theirs.roc_auc_score(wanted, scores), rel=1e-13)


@given(st.lists(st.tuples(st.sampled_from([-np.inf, -1.0, 0.0, 0.5, np.inf]), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[float, bool]]) -> None:
    ones = [score for score, is_one in pairs if is_one]
    zeros = [score for score, is_one in pairs if not is_one]
    scores, wanted = [score for score, _ in pairs], [int(is_one) for _, is_one in pairs]
    if not ones or not zeros:
        with pytest.raises(ValueError, match=f"got only those of class {int(bool(ones))}"):
            roc_auc(scores, wanted)
    else:
        won = sum((one > zero) + 0.5 * (one == zero) for one in ones for zero in zeros)
        assert roc_auc(scores, wanted) == pytest.approx(won / (len(ones) * len(zeros)), rel=1e-14)


def test_areas_at_the_ends() -> None:
    assert roc_auc([1, 2, 3, 4], [0, 0, 1, 1]) == 1.0
    assert roc_auc([4, 3, 2, 1], [0, 0, 1, 1]) == 0.0
    assert roc_auc([7, 7, 7], [0, 1, 1]) == 0.5


@given(st.integers(1, 5).flatmap(lambda k: st.lists(st.tuples(*[st.integers(0, k - 1)] * 2), min_size=1, max_size=40)))
def test_a_confusion_matrix_counts_each_sample_once(pairs: list[tuple[int, int]]) -> None:
    predicted, wanted = (list(column) for column in zip(*pairs, strict=True))
    matrix = confusion_matrix(predicted, wanted)
    for row in range(len(matrix)):
        for column in range(len(matrix)):
            assert matrix[row, column] == sum(pair == (column, row) for pair in pairs)
    assert np.trace(matrix) / len(pairs) == pytest.approx(accuracy(predicted, wanted))
    np.testing.assert_array_equal(confusion_matrix(wanted, predicted), matrix.T)
    np.testing.assert_array_equal(precision(matrix), recall(matrix.T))
    np.testing.assert_array_equal(f1(matrix), f1(matrix.T))


def test_a_class_that_was_never_wanted_or_predicted_has_zeros_and_is_left_out_of_the_average() -> None:
    matrix = confusion_matrix([0, 0, 1], [0, 1, 1], classes=4)
    assert matrix.shape == (4, 4)
    np.testing.assert_array_equal(precision(matrix), [0.5, 1.0, 0.0, 0.0])
    np.testing.assert_array_equal(recall(matrix), [1.0, 0.5, 0.0, 0.0])
    np.testing.assert_allclose(f1(matrix), [2 / 3, 2 / 3, 0.0, 0.0])
    assert macro_average(recall(matrix), matrix) == 0.75


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: confusion_matrix([0, 3], [0, 1], 3), "wanted classes from 0 to 2, got 3"),
        (lambda: confusion_matrix([0, 1], [0, -1]), "wanted classes from 0 to 1, got -1"),
        (lambda: confusion_matrix(["a", "b"], [0, 1]), "wanted classes as integers, got an array of <U"),
        (lambda: confusion_matrix([-1], [-1]), "wanted classes from 0 to 0, got -1"),
        (lambda: confusion_matrix([0.5, 1.0], [0, 1]), "wanted classes as integers, got an array of float64"),
        (lambda: precision([[1, 2]]), r"a confusion matrix of shape \(classes, classes\), got \(1, 2\)"),
        (lambda: macro_average([0.0], [[0]]), "a confusion matrix of at least one sample"),
        (lambda: roc_auc([0.1, float("nan")], [0, 1]), "got nan"),
        (lambda: roc_auc([0.1, 0.2, 0.3], [0, 1, 2]), "wanted the classes 0 and 1"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
