"""Sizes in deep networks: what the engine measures is what theory foretells, within the spread of the draws."""

from dataclasses import replace

import numpy as np
import pytest

from micrograd_plus.lab.depth import (
    COLUMNS,
    DeepRun,
    DepthSettings,
    compare_activations,
    compare_initialisations,
    deep_run,
    foretold,
)
from micrograd_plus.lab.initialisations import INITIALISATIONS, Layer, initialisation_named
from micrograd_plus.nn import ArrayMLP
from micrograd_plus.ops import TABLE

SMALL = DepthSettings(depth=4, width=12, samples=20, steps=3)


def run(activation: str, name: str, settings: DepthSettings) -> DeepRun:
    return deep_run(name, TABLE[activation], initialisation_named(name), settings)


@pytest.mark.parametrize(
    ("activation", "name", "kurtosis"),
    [
        ("clip", "xavier_normal", 3.0),  # without bounds: the linear network
        ("clip", "normal", 3.0),
        ("relu", "kaiming_normal", 6.0),
        ("relu", "kaiming_uniform", 6.0),
        ("relu", "xavier_uniform", 6.0),
        ("relu", "small", 6.0),
    ],
)
def test_sizes_are_as_foretold(activation: str, name: str, kurtosis: float) -> None:
    # With the samples' directions fixed, the mean square over n units is multiplied in each layer by a factor of mean 1
    # and variance (kurtosis - 1) / n, kurtosis being that of a unit's output, E[h^4] / E[h^2]^2: over the layers the
    # logarithm of the size has a standard deviation of sqrt(depth * (kurtosis - 1) / n) / 2. The draws are ten.
    settings = DepthSettings(depth=6, width=100, samples=30, steps=0)
    runs = [run(activation, name, replace(settings, seed=seed)) for seed in range(10)]
    bound = 4.0 * np.sqrt(settings.depth * (kurtosis - 1.0) / settings.width) / 2.0 / np.sqrt(len(runs))
    for measured, theory in (
        ([found.signal for found in runs], runs[0].foretold[0]),
        ([found.gradient for found in runs], runs[0].foretold[1]),
    ):
        logarithms = np.log(np.array(measured) / theory).mean(axis=0)
        # The mean of a logarithm lies half its variance below the logarithm of the mean.
        assert (abs(logarithms) < bound + settings.depth * (kurtosis - 1.0) / settings.width / 4.0).all()


def test_theory_of_a_linear_network_is_a_power() -> None:
    settings = DepthSettings(depth=5, width=16)
    signal, gradient = foretold(TABLE["clip"], initialisation_named("normal"), settings)
    np.testing.assert_allclose(signal, 4.0 ** np.arange(6), rtol=1e-9)
    np.testing.assert_allclose(gradient, signal[::-1], rtol=1e-9)


def test_kaiming_keeps_the_signal_of_any_activation_after_the_first_layer() -> None:
    for name in ("relu", "elu", "gelu", "tanh", "sigmoid", "softplus", "sin"):
        signal, _ = foretold(TABLE[name], initialisation_named("kaiming_normal"), DepthSettings(depth=30))
        np.testing.assert_allclose(signal[1:], signal[1], rtol=1e-3)


def test_gradients_are_those_of_finite_differences() -> None:
    found = run("tanh", "kaiming_normal", SMALL)
    rng = np.random.default_rng(SMALL.seed)
    X = rng.standard_normal((SMALL.samples, SMALL.width))
    top = rng.standard_normal(X.shape)
    np.testing.assert_array_equal(found.places[0].signals, X)
    np.testing.assert_array_equal(found.places[-1].gradients, top)
    rng.standard_normal(SMALL.width)
    weights = [found.initialisation.weights(layer, rng) for layer in layers(found)]

    def output(x: np.ndarray) -> float:
        for w in weights:
            x = np.tanh(x @ w)
        return float((x * top).sum())

    for sample, feature in ((0, 0), (7, 3), (19, 11)):
        moved = np.zeros(X.shape)
        moved[sample, feature] = 1e-6
        slope = (output(X + moved) - output(X - moved)) / 2e-6
        assert found.places[0].gradients[sample, feature] == pytest.approx(slope, rel=1e-6, abs=1e-8)


def layers(found: DeepRun) -> list[Layer]:
    width, name = found.settings.width, found.op.name
    return [Layer(width, width, name if k else "linear", name) for k in range(found.settings.depth)]


def test_zeros_are_symmetric_and_others_are_not() -> None:
    assert all(place.is_symmetric for place in run("sigmoid", "zeros", SMALL).places[1:-1])
    assert not any(place.is_symmetric for place in run("sigmoid", "small", SMALL).places[1:-1])


def test_dead_and_saturated_units_are_counted() -> None:
    assert run("relu", "zeros", SMALL).dead.tolist() == [1.0] * SMALL.depth
    assert run("gelu", "zeros", SMALL).dead.tolist() == [0.0] * SMALL.depth
    wide = run("tanh", "normal", SMALL)
    for place, share in zip(wide.places[1:], wide.saturated, strict=True):
        assert share == (1.0 - place.signals**2 < 0.05).mean()
    assert wide.saturated.min() > 0.3
    assert run("tanh", "small", SMALL).saturated.max() == 0.0


def test_rows_hold_the_numbers_of_the_run() -> None:
    found = run("relu", "xavier_normal", SMALL)
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in found.rows()]
    assert [row["layer"] for row in rows] == list(range(SMALL.depth + 1))
    for row, place in zip(rows, found.places, strict=True):
        assert row["signal"] == pytest.approx(np.sqrt((place.signals**2).mean()))
        assert row["gradient"] == pytest.approx(np.sqrt((place.gradients**2).mean()))
        assert row["spread"] == pytest.approx(np.sqrt(place.signals.var(axis=0).mean()))
        if place.weight_gradients is not None:
            assert row["weight_gradient"] == pytest.approx(np.sqrt((place.weight_gradients**2).mean()))
    assert rows[0]["weight_gradient"] is rows[0]["dead"] is rows[0]["saturated"] is None
    assert [row["signal_foretold"] for row in rows] == found.foretold[0].tolist()
    assert [row["gradient_foretold"] for row in rows] == found.foretold[1].tolist()


def test_all_networks_see_the_same_samples_and_a_seed_repeats() -> None:
    first, second = compare_activations(["relu", "tanh"], INITIALISATIONS["xavier_normal"], SMALL)
    np.testing.assert_array_equal(first.places[0].signals, second.places[0].signals)
    again = run("relu", "xavier_normal", SMALL)
    assert list(again.rows())[1:] == [("xavier_normal", *row[1:]) for row in first.rows()][1:]
    np.testing.assert_array_equal(again.losses, first.losses)
    other = run("relu", "xavier_normal", replace(SMALL, seed=1))
    assert other.signal[1] != again.signal[1]


def test_the_default_is_the_network_that_nn_makes() -> None:
    # The same draws for the weights, which come after those of samples, gradients and the plane.
    rng = np.random.default_rng(SMALL.seed)
    X = rng.standard_normal((SMALL.samples, SMALL.width))
    rng.standard_normal(X.shape)
    rng.standard_normal(SMALL.width)
    network = ArrayMLP(SMALL.width, [*[SMALL.width] * SMALL.depth, 1], activation="gelu", rng=rng)
    x = X
    for layer in network.layers[:-1]:
        x = layer(x)
    np.testing.assert_array_equal(run("gelu", "default", SMALL).places[-1].signals, x.data)


def test_training_ends_where_the_loss_is_not_finite() -> None:
    broken = run("exp", "normal", DepthSettings(depth=3, width=8, samples=10, steps=50))
    assert np.isfinite(broken.losses[:-1]).all()
    assert not np.isfinite(broken.losses[-1])
    assert len(run("relu", "kaiming_normal", replace(SMALL, steps=7)).losses) == 8
    assert run("relu", "kaiming_normal", replace(SMALL, steps=0)).losses.size == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"depth": 1}, "depth is at least 2, not 1"),
        ({"depth": 1001}, "depth is at most 1,000, got 1,001"),
        (
            {"depth": 100, "width": 256},
            r"depth \* width \* \(width \+ samples\) is at most 4,194,304, .* 9,113,600",
        ),
        ({"width": 1}, "width is at least 2, not 1"),
        ({"samples": 1}, "samples is at least 2, not 1"),
        ({"steps": -1}, "steps is at least 0, not -1"),
        ({"seed": -1}, "seed is at least 0, not -1"),
        ({"lr": float("nan")}, "lr is a finite number of at least 0, not nan"),
    ],
)
def test_what_makes_no_network_is_told(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DepthSettings(**settings)


def test_activations_take_all_numbers() -> None:
    with pytest.raises(ValueError, match="sqrt is defined from 0 to inf"):
        compare_initialisations(INITIALISATIONS.values(), "sqrt", SMALL)
