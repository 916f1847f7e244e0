"""Verdicts come from the numbers: they change with the scale of the weights, the activation and the training."""

import math
from dataclasses import replace

import numpy as np
import pytest

from micrograd_plus.lab.depth import DeepRun, DepthSettings, compare_activations, deep_run
from micrograd_plus.lab.depth_words import (
    change,
    factor_of,
    gradient_change,
    headline,
    signal_change,
    training,
    verdict,
)
from micrograd_plus.lab.initialisations import INITIALISATIONS, Initialisation
from micrograd_plus.ops import TABLE

SETTINGS = DepthSettings(depth=8, width=48, samples=30, steps=0)


def scaled(activation: str, scale: float, settings: DepthSettings = SETTINGS) -> DeepRun:
    """Return a run whose weights are `scale` times those that keep the size of the signal."""
    kaiming = INITIALISATIONS["kaiming_normal"]
    row = Initialisation("scaled", "", lambda layer: scale * kaiming.std(layer))
    return deep_run(activation, TABLE[activation], row, settings)


@pytest.mark.parametrize(
    ("scale", "kind"),
    [(0.1, "vanishes"), (0.5, "vanishes"), (1.0, "keeps its size"), (2.0, "explodes"), (10.0, "explodes")],
)
def test_the_verdict_follows_the_scale_of_the_weights(scale: float, kind: str) -> None:
    run = scaled("relu", scale)
    assert headline(run) == kind
    assert signal_change(run).factor == pytest.approx(scale, rel=0.15)
    assert gradient_change(run).factor == pytest.approx(scale, rel=0.15)
    verb = {"vanishes": "shrinks by", "keeps its size": "stays,", "explodes": "grows by"}[kind]
    assert verdict(run).startswith(
        f"{kind}: the signal {verb} {signal_change(run).factor:.3g} a layer (theory {scale:g})"
    )


def test_theory_and_measurement_are_told_apart() -> None:
    told = change("signal", np.array([1.0, 0.1, 0.01]), np.array([1.0, 0.5, 0.25]), is_back=False)
    assert (told.kind, told.factor) == ("vanishes", pytest.approx(0.1))
    assert told.text == "the signal shrinks by 0.1 a layer (theory 0.5), after 3 layers to 0.01"


@pytest.mark.parametrize(
    ("last", "kind"), [(0.11, "keeps its size"), (0.09, "vanishes"), (9.0, "keeps its size"), (11.0, "explodes")]
)
def test_a_size_is_kept_within_a_factor_of_ten(last: float, kind: str) -> None:
    sizes = np.array([1.0, math.sqrt(last), last])
    assert change("gradient", sizes, sizes, is_back=True).kind == kind


@pytest.mark.parametrize(
    ("sizes", "is_back", "kind", "text"),
    [
        ([1.0, 0.0, 0.0], False, "vanishes", "the signal is 0 after 2 layers"),
        ([0.0, 0.0, 0.0], False, "vanishes", "the signal is 0 after 1 layer"),
        ([1.0, 0.0, 0.0], True, "vanishes", "the signal is 0 after 1 layer on its way back"),
        ([1.0, 1e9, math.inf], False, "breaks", "the signal is inf after 3 layers"),
        ([1.0, math.nan, math.nan], True, "breaks", "the signal is nan after 1 layer on its way back"),
    ],
)
def test_where_a_size_ends(sizes: list[float], is_back: bool, kind: str, text: str) -> None:
    told = change("signal", np.array(sizes), np.ones(3), is_back=is_back)
    assert (told.kind, told.text) == (kind, text)


def test_factors_are_geometric_means() -> None:
    assert factor_of(np.array([2.0, 100.0, 8.0])) == pytest.approx(2.0)
    assert factor_of(np.array([1.0, 0.5, 0.0])) == factor_of(np.zeros(3)) == 0.0


def test_zeros_are_symmetric() -> None:
    for name in ("relu", "tanh", "sigmoid"):
        [run] = compare_activations([name], INITIALISATIONS["zeros"], SETTINGS)
        assert verdict(run).startswith("symmetric, all units of a layer are the same: the signal ")


def test_equal_weights_are_symmetric_though_signals_and_gradients_flow() -> None:
    run = scaled("tanh", 1.0)
    alike = [
        replace(
            place, **{name: np.repeat(getattr(place, name)[:, :1], 48, axis=1) for name in ("signals", "gradients")}
        )
        for place in run.places
    ]
    told = verdict(replace(run, places=tuple(alike)))
    assert told.startswith("symmetric, all units of a layer are the same: the signal stays, ")


def test_what_fares_worse_is_named_where_signal_and_gradient_differ() -> None:
    assert headline(scaled("sigmoid", 1.0)) == "the gradient vanishes"
    assert headline(scaled("tanh", 8.0)) == "the gradient explodes"
    assert headline(scaled("sign", 1.0)) == "the gradient vanishes"


def test_units_are_told_of() -> None:
    assert "% saturated (slope below 5% of the steepest)" in verdict(scaled("tanh", 8.0))
    assert "saturated" not in verdict(scaled("tanh", 0.5))
    assert "samples look alike: they differ by" in verdict(scaled("sigmoid", 1.0))
    assert "alike" not in verdict(scaled("tanh", 1.0))
    [dead] = compare_activations(["relu"], INITIALISATIONS["zeros"], SETTINGS)
    assert "100% of the units are dead" in verdict(dead)
    assert "dead" not in verdict(scaled("leaky_relu", 1.0))


@pytest.mark.parametrize(
    ("losses", "told"),
    [
        ([0.7, 0.5, 0.1], ["trains: loss 0.7 to 0.1 in 2 steps"]),
        ([3.0, 0.5], ["trains slowly: loss 3 to 0.5 in 1 step"]),
        ([0.693, 0.692], ["does not train: loss 0.69 to 0.69 in 1 step"]),
        ([9.0, 1.0], ["does not train: loss 9 to 1 in 1 step"]),
        ([9.0, 80.0, math.nan], ["training breaks: the loss is nan after 2 steps"]),
        ([], []),
    ],
)
def test_whether_it_trains(losses: list[float], told: list[str]) -> None:
    assert training(replace(scaled("relu", 1.0), losses=np.array(losses))) == told


def test_a_network_that_keeps_sizes_trains_and_one_that_does_not_does_not() -> None:
    settings = DepthSettings()
    told = {scale: training(scaled("relu", scale, settings))[0].split(":")[0] for scale in (0.1, 1.0, 4.0)}
    assert told == {0.1: "does not train", 1.0: "trains", 4.0: "training breaks"}
