"""Plots of layers: the numbers that they draw, their notes, and what cannot be drawn."""

import numpy as np
import pytest

from micrograd_plus import data, losses
from micrograd_plus.layer_statistics import LayerHistory
from micrograd_plus.nn import ArrayMLP
from micrograd_plus.optim import SGD
from micrograd_plus.train import fit
from micrograd_plus.viz import layer_plots, plots

X, Y = data.moons(60, rng=0)


def layers_of(sizes: list[int], activation: str = "relu", epochs: int = 6, lr: float = 0.5) -> LayerHistory:
    model = ArrayMLP(2, sizes, activation=activation, rng=0)
    sgd = SGD(model.parameters(), lr=lr)
    history = fit(model, X, Y, loss=losses.hinge, optimizer=sgd, epochs=epochs, batch_size=20, rng=0, record=True)
    assert history.record is not None
    return LayerHistory.of(history.record)


RELU = layers_of([8, 6, 1])


@pytest.mark.parametrize("plot", [layer_plots.activation_histograms, layer_plots.gradient_histograms])
def test_each_layer_has_a_heat_map_with_a_histogram_for_each_epoch(plot) -> None:
    panels = plot(RELU).axes
    assert [axes.get_title().split("\n")[0] for axes in panels] == [
        "layer1: 8 ReLU units",
        "layer2: 6 ReLU units",
        "layer3: 1 output",
    ]
    for axes in panels:
        [mesh] = axes.collections
        shares = np.asarray(mesh.get_array()).reshape(-1, 7)
        np.testing.assert_allclose(shares.sum(axis=0), 1.0)


def test_activations_are_where_the_heat_map_shows_them() -> None:
    for k, axes in enumerate(layer_plots.activation_histograms(RELU).axes):
        shares = np.asarray(axes.collections[0].get_array()).reshape(-1, 7)
        low, high = axes.get_ylim()
        middles = low + (np.arange(len(shares)) + 0.5) / len(shares) * (high - low)
        for frame in range(7):
            values = RELU.frames[frame][k].activations
            mean = values[values != 0.0].mean()
            assert shares[:, frame] @ middles == pytest.approx(mean, abs=(high - low) / len(shares))


def test_zeros_are_said_rather_than_drawn() -> None:
    first = layer_plots.activation_histograms(RELU).axes[0]
    zeros = np.mean(RELU.frames[-1][0].activations == 0.0)
    assert 0.2 < zeros < 0.8
    assert first.get_title().endswith(f"\n{zeros:.0%} exactly 0")
    tanh = layer_plots.activation_histograms(layers_of([4, 1], "tanh")).axes[0]
    assert tanh.get_title() == "layer1: 4 Tanh units"


def test_medians_of_gradients_are_powers_of_ten_on_one_scale() -> None:
    panels = layer_plots.gradient_histograms(RELU).axes
    for k, axes in enumerate(panels):
        wanted = []
        for frame in RELU.frames:
            sizes = np.abs(frame[k].gradients)
            wanted.append(np.median(np.log10(sizes[sizes > 0.0])))
        assert list(axes.lines[0].get_xdata()) == RELU.epochs
        np.testing.assert_allclose(axes.lines[0].get_ydata(), wanted)
        assert axes.get_ylim() == panels[0].get_ylim()
    panels[0].figure.draw_without_rendering()
    for tick, label in zip(panels[0].get_yticks(), panels[0].get_yticklabels(), strict=True):
        assert float(label.get_text().replace("\N{MINUS SIGN}", "-")) == pytest.approx(10.0**tick)


def test_dead_relus_are_drawn_for_each_hidden_layer() -> None:
    layers = layers_of([8, 6, 1], lr=30.0)
    [axes] = layer_plots.dead_relus(layers).axes
    assert [line.get_label() for line in axes.lines] == ["layer1", "layer2"]
    for k, line in enumerate(axes.lines):
        wanted = [np.mean((frame[k].activations == 0.0).all(axis=0)) for frame in layers.frames]
        assert list(line.get_ydata()) == wanted
    assert layers.dead_fractions[-1].max() > 0.5  # such steps kill
    assert axes.get_ylim()[1] > layers.dead_fractions[:, :-1].max()


@pytest.mark.parametrize("layers", [layers_of([4, 1], "tanh"), layers_of([1])])
def test_a_network_without_relus_has_no_dead_ones(layers: LayerHistory) -> None:
    with pytest.raises(ValueError, match="wanted a network with ReLUs, got one of layers"):
        layer_plots.dead_relus(layers)


def test_update_ratios_are_powers_of_ten_with_the_rule_of_thumb() -> None:
    [axes] = layer_plots.update_ratios(RELU).axes
    *lines, guide = axes.lines
    for k, line in enumerate(lines):
        assert np.isnan(line.get_ydata()[0])  # before training there is no step
        np.testing.assert_allclose(10.0 ** line.get_ydata()[1:], RELU.update_ratios[1:, k])
    assert 10.0 ** guide.get_ydata()[0] == pytest.approx(1e-3)
    assert [text.get_text() for text in axes.get_legend().get_texts()][-1] == "1e-3, rule of thumb"


def test_gradients_that_are_all_zero_can_be_drawn() -> None:
    layers = layers_of([4, 1], epochs=1, lr=0.0)
    record = layers.record
    record.loss = lambda outputs, targets: (outputs * 0.0).sum()
    histograms = layer_plots.gradient_histograms(LayerHistory.of(record))
    assert [axes.get_title().endswith("100% exactly 0") for axes in histograms.axes] == [True, True]
    for figure in (histograms, layer_plots.update_ratios(LayerHistory.of(record))):
        assert plots.png(figure).startswith(b"\x89PNG")


@pytest.mark.slow
def test_twelve_layers_stand_in_rows_of_four_and_equal_figures_are_equal_bytes() -> None:
    layers = layers_of([3] * 11 + [1], "tanh", epochs=1)
    figure = layer_plots.gradient_histograms(layers)
    assert len(figure.axes) == 12
    assert len({round(axes.get_position().y0, 6) for axes in figure.axes}) == 3
    assert plots.png(figure, 40) == plots.png(layer_plots.gradient_histograms(layers), 40)
