"""Standardised features, missing values among them, and what is saved of how they were measured."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.standardiser import Standardiser


def test_standardised_training_samples_have_mean_zero_and_deviation_one():
    X = np.random.default_rng(0).normal([5, -300, 1e6], [0.1, 40, 1e-2], (200, 3))
    Z = Standardiser.fit(X).transform(X)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-7)
    np.testing.assert_allclose(Z.std(axis=0), 1, rtol=1e-12)


def test_new_samples_are_measured_by_the_training_part():
    standardiser = Standardiser.fit([[0.0], [2.0]])
    assert standardiser.transform([[4.0], [1.0]]).tolist() == [[3.0], [0.0]]
    assert standardiser.transform([4.0]).tolist() == [3.0]


def test_a_constant_column_keeps_its_scale_even_where_rounding_hides_that_it_is_constant():
    X = np.full((10, 2), 0.1)
    assert (X.std(axis=0) != 0).all()  # the reason for the rule
    standardiser = Standardiser.fit(X)
    assert standardiser.scale.tolist() == [1.0, 1.0]
    np.testing.assert_allclose(standardiser.transform(X), 0, atol=1e-15)


@given(seed=st.integers(0, 999), share=st.floats(0.0, 0.9))
def test_missing_values_are_filled_with_the_mean_of_the_others(seed, share):
    rng = np.random.default_rng(seed)
    X = rng.normal([3, -20], [1, 5], (30, 2))
    X[rng.random(X.shape) < share] = np.nan
    X[:2] = [[1, 2], [3, 4]]
    standardiser = Standardiser.fit(X)
    np.testing.assert_allclose(standardiser.mean, np.nanmean(X, axis=0), rtol=1e-12)
    np.testing.assert_allclose(standardiser.scale, np.nanstd(X, axis=0), rtol=1e-12)
    filled = np.where(np.isnan(X), standardiser.mean, X)
    np.testing.assert_array_equal(standardiser.transform(X), standardiser.transform(filled))
    assert standardiser.fills_missing == np.isnan(X).any()


def test_missing_values_are_measured_by_scikit_learn_alike():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    X = np.random.default_rng(0).normal([3, -20], [1, 5], (30, 2))
    X[3:9, 0] = np.nan
    theirs = preprocessing.StandardScaler().fit(X)
    ours = Standardiser.fit(X)
    np.testing.assert_allclose(ours.mean, theirs.mean_, rtol=1e-12)
    np.testing.assert_allclose(ours.scale, theirs.scale_, rtol=1e-12)
    np.testing.assert_allclose(ours.transform(X), np.nan_to_num(theirs.transform(X)), rtol=1e-9, atol=1e-12)


def test_a_feature_that_is_missing_in_all_samples_tells_nothing():
    standardiser = Standardiser.fit([[np.nan, 1.0], [np.nan, 3.0]])
    assert standardiser.transform([[np.nan, 2.0]]).tolist() == [[0.0, 0.0]]


def test_standardising_leaves_the_samples_as_they_are():
    X = np.array([[1.0, np.nan], [3.0, 5.0]])
    Standardiser.fit(X).transform(X)
    np.testing.assert_array_equal(X, [[1.0, np.nan], [3.0, 5.0]])


def test_a_standardiser_of_an_earlier_version_fills_nothing():
    assert not Standardiser.from_dict({"mean": [0.0], "scale": [1.0]}).fills_missing


def test_a_standardiser_survives_json_to_the_last_bit():
    standardiser = Standardiser.fit(np.random.default_rng(1).normal(size=(9, 4)))
    again = Standardiser.from_dict(json.loads(json.dumps(standardiser.to_dict())))
    assert again.mean.tobytes() == standardiser.mean.tobytes()
    assert again.scale.tobytes() == standardiser.scale.tobytes()
    for samples in ([[1.0], [2.0]], [[1.0], [np.nan]]):
        standardiser = Standardiser.fit(samples)
        assert Standardiser.from_dict(standardiser.to_dict()).fills_missing == standardiser.fills_missing


@pytest.mark.parametrize("bad", [float("inf"), 1e300])
def test_a_column_that_can_not_be_standardised_is_named(bad):
    with pytest.raises(ValueError, match="feature 2 cannot be standardised"):
        Standardiser.fit([[1.0, bad], [2.0, -1e300]])


def test_samples_of_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(n, features\)"):
        Standardiser.fit([1.0, 2.0])
    with pytest.raises(ValueError, match=r"shape \(n, features\)"):
        Standardiser.fit(np.zeros((0, 2)))
    with pytest.raises(ValueError, match="samples of 2 features are wanted"):
        Standardiser.fit([[1.0, 2.0], [3.0, 5.0]]).transform([[1.0]])


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"mean": [0.0]},
        {"mean": ["a"], "scale": [1.0]},
        {"mean": [0.0], "scale": [1.0, 2.0]},
        {"mean": 0.0, "scale": 1.0},
        {"mean": [0.0], "scale": [0.0]},
        {"mean": [None], "scale": [1.0]},
        {"mean": [0.0], "scale": [1.0], "fills_missing": "yes"},
        [],
    ],
)
def test_what_no_standardiser_wrote_is_a_value_error(plain):
    with pytest.raises(ValueError, match=r"^(a standardiser|mean and scale|feature 1)"):
        Standardiser.from_dict(plain)
