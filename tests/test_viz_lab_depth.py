"""Figures on depth: they draw the numbers of the runs, and theory beside."""

import numpy as np
import pytest

from micrograd_plus.lab.depth import DepthSettings, compare_activations, compare_initialisations
from micrograd_plus.lab.initialisations import INITIALISATIONS
from micrograd_plus.ops import TABLE
from micrograd_plus.viz.lab import depth
from micrograd_plus.viz.lab.activation_curves import activation_curves

SETTINGS = DepthSettings(depth=15, width=24, samples=12, steps=10)
NAMES = ("zeros", "small", "normal", "kaiming_normal")
RUNS = list(compare_initialisations([INITIALISATIONS[name] for name in NAMES], "relu", SETTINGS))


def test_sizes_are_drawn_over_theory() -> None:
    left, right = depth.sizes(RUNS).axes
    for axes, kind, theory in ((left, "signal", 0), (right, "gradient", 1)):
        measured, foretold = axes.lines[: 2 * len(RUNS) : 2], axes.lines[1 : 2 * len(RUNS) : 2]
        for run, thick, thin in zip(RUNS, measured, foretold, strict=True):
            sizes = getattr(run, kind)
            np.testing.assert_array_equal(thick.get_ydata(), np.where(sizes > 0.0, sizes, np.nan))
            expected = run.foretold[theory]
            np.testing.assert_array_equal(thin.get_ydata(), np.where(expected > 0.0, expected, np.nan))
            assert thin.get_linewidth() < thick.get_linewidth()
        low, high = axes.get_ylim()
        assert low <= 0.1
        assert high >= 10.0


def test_the_legend_tells_the_factors() -> None:
    [legend] = depth.sizes(RUNS).legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert [text.split(":")[0] for text in texts] == [*NAMES, "thin"]
    assert texts[0] == "zeros: 0, 0"


def test_histograms_show_where_the_signals_are() -> None:
    for axes, run in zip(depth.histograms(RUNS).axes, RUNS, strict=True):
        assert axes.get_title().startswith(f"{run.name}: ")
        shares = np.asarray(axes.collections[0].get_array()).reshape(-1, SETTINGS.depth + 1)
        edges = np.linspace(-depth.REACH, depth.REACH, len(shares) + 1)
        middles = (edges[1:] + edges[:-1]) / 2.0
        for layer, place in enumerate(run.places):
            values = np.clip(place.signals[place.signals != 0.0], -depth.REACH, depth.REACH)
            assert shares[:, layer].sum() == pytest.approx(1.0 if values.size else 0.0)
            if values.size:
                assert shares[:, layer] @ middles == pytest.approx(values.mean(), abs=edges[1] - edges[0])


def test_losses_end_with_a_cross_where_they_break() -> None:
    [axes] = depth.losses(RUNS).axes
    curves = {line.get_label(): line for line in axes.lines}
    broken = [run for run in RUNS if not np.isfinite(run.losses[-1])]
    assert [run.name for run in broken] == ["normal"]
    for run in RUNS:
        np.testing.assert_array_equal(curves[run.name].get_ydata(), run.losses[np.isfinite(run.losses)])
    [cross] = [line for line in axes.lines if line.get_marker() == "x"]
    assert cross.get_xdata()[0] == np.isfinite(broken[0].losses).sum() - 1


def test_the_film_goes_forward_and_back_and_shows_the_numbers() -> None:
    film = depth.Passes(RUNS)
    layers, ways = zip(*film.frames, strict=True)
    half = len(layers) // 2
    assert layers[:half] == layers[: half - 1 : -1] == tuple(sorted(layers[:half]))
    assert (layers[0], layers[half], half <= 12) == (0, SETTINGS.depth, True)
    assert ways == (False,) * half + (True,) * half
    for k, (layer, is_back) in enumerate(film.frames):
        film.draw(k)
        for axes, run in zip(film.figure.axes, RUNS, strict=True):
            [bars] = axes.patches
            place = run.places[layer]
            values = place.gradients if is_back else place.signals
            values = values[values != 0.0]
            counts, edges, _ = bars.get_data()
            expected = np.histogram(np.clip(values, -depth.REACH, depth.REACH), edges)[0] / max(values.size, 1)
            np.testing.assert_allclose(counts, expected)


def test_functions_and_slopes_are_those_of_the_rows() -> None:
    ops = [TABLE[name] for name in ("tanh", "gelu", "sign", "relu")]
    axes_of = activation_curves(ops).axes
    assert len(axes_of) == len(ops)
    for axes, op in zip(axes_of, ops, strict=True):
        function, slope = axes.lines[-2:]
        x = function.get_xdata()
        np.testing.assert_array_equal(function.get_ydata(), op(x))
        step = 1e-6
        smooth = abs(x) > 1e-3
        differences = (op(x + step) - op(x - step)) / (2.0 * step)
        np.testing.assert_allclose(slope.get_ydata()[smooth], differences[smooth], atol=1e-8)
        assert axes.get_title().startswith(f"{op.name}: gain ")


def test_one_run_has_one_panel() -> None:
    runs = list(compare_activations(["tanh"], INITIALISATIONS["default"], SETTINGS))
    assert [len(figure.axes) for figure in (depth.histograms(runs), depth.Passes(runs).figure)] == [1, 1]
