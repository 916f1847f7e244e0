"""The initial weights that are compared: each has the standard deviation that it tells."""

import math

import numpy as np
import pytest

from micrograd_plus.lab.initialisations import INITIALISATIONS, Layer, initialisation_named
from micrograd_plus.nn import initial

LAYER = Layer(120, 80, "relu", "tanh")


@pytest.mark.parametrize("row", INITIALISATIONS.values(), ids=lambda row: row.name)
def test_weights_have_the_standard_deviation_that_theory_is_told(row) -> None:
    weights = row.weights(LAYER, np.random.default_rng(0))
    assert weights.shape == (120, 80)
    # A standard deviation of n normal draws varies by 1 / sqrt(2 n) of itself, of uniform ones by less.
    assert abs(weights.std() - row.std(LAYER)) <= 4.0 * row.std(LAYER) / math.sqrt(2.0 * weights.size)


@pytest.mark.parametrize("name", ["xavier_normal", "xavier_uniform"])
def test_xavier_is_that_of_nn(name: str) -> None:
    drawn = initialisation_named(name).weights(LAYER, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn, getattr(initial, name)(120, 80, rng=1))


@pytest.mark.parametrize("name", ["kaiming_normal", "kaiming_uniform"])
def test_kaiming_suits_what_the_inputs_come_through(name: str) -> None:
    drawn = initialisation_named(name).weights(LAYER, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn, getattr(initial, name)(120, 80, "relu", rng=1))


def test_default_is_what_layers_begin_with() -> None:
    drawn = initialisation_named("default").weights(LAYER, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn, initial.initial_weights(120, 80, "tanh", rng=1))


def test_unknown_names_are_told() -> None:
    with pytest.raises(ValueError, match="unknown initialisation 'orthogonal': want zeros, small, "):
        initialisation_named("orthogonal")
