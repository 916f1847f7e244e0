"""Plots of what goes on in each layer over a training run: activations, gradients, dead ReLUs, sizes of steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from micrograd_plus.layer_statistics import LayerHistory
from micrograd_plus.nn.activation_names import written
from micrograd_plus.viz.own_figure import Figure
from micrograd_plus.viz.plots import COLOURS, ROUND, look, whole_numbers

Array = NDArray[Any]

CUSTOMARY_RATIO = -3.0  # as a power of ten

_BINS = 40
_COLUMNS = 4
_DECADES = 8  # of gradients that are shown, from the largest down


def activation_histograms(layers: LayerHistory) -> Figure:
    """Return a figure with a heat map for each layer: how its activations are distributed after each recorded epoch.

    Each column is a histogram over units and samples, the darker the more. What is exactly 0, as behind ReLUs, is left
    out of it; how much that is stands in the title, for the last epoch.
    """
    values = [[frame[k].activations.ravel() for frame in layers.frames] for k in range(len(layers.record.layer_names))]
    figure, panels = _panels(layers, values, "activation")
    for axes, columns in zip(panels, values, strict=True):
        low, high = min(column.min() for column in columns), max(column.max() for column in columns)
        draw_histograms(axes, layers.epochs, [_shown(column) for column in columns], low, high)
    return figure


def gradient_histograms(layers: LayerHistory) -> Figure:
    """Return a figure with a heat map for each layer: the sizes of its parameters' gradients, on a log scale.

    Read as `activation_histograms`; the line is the median. All layers share the scale, so that gradients which vanish
    or explode from layer to layer are seen to (Glorot and Bengio, "Understanding the difficulty of training deep
    feedforward neural networks", 2010, figure 7).
    """
    values = [[frame[k].gradients for frame in layers.frames] for k in range(len(layers.record.layer_names))]
    figure, panels = _panels(layers, values, "size of gradient", sharey=True)
    sizes = [[np.log10(np.abs(_shown(column))) for column in columns] for columns in values]
    every = np.concatenate([column for columns in sizes for column in columns])
    high = every.max() if every.size else 0.0
    low = max(every.min(), high - _DECADES) if every.size else -1.0
    for axes, columns in zip(panels, sizes, strict=True):
        draw_histograms(axes, layers.epochs, columns, low, high)
        medians = [np.median(column) if column.size else np.nan for column in columns]
        axes.plot(layers.epochs, medians, color=COLOURS[1], linewidth=1.6)
        _mark_powers_of_ten(axes)
    return figure


def dead_relus(layers: LayerHistory) -> Figure:
    """Return a figure of the fraction of dead ReLUs in each hidden layer over the epochs; see `LayerStatistics.dead`.

    Raises ValueError for a network without ReLUs.
    """
    record = layers.record
    if not has_relus(layers):
        raise ValueError(f"wanted a network with ReLUs, got one of layers {record.sizes} and {record.activation}")
    figure, axes = _lines(layers, layers.dead_fractions[:, :-1])
    axes.set(ylabel="dead ReLUs", ylim=(-0.02, max(1.1 * layers.dead_fractions.max(), 0.25)))
    axes.yaxis.set_major_formatter("{x:.0%}")
    return figure


def has_relus(layers: LayerHistory) -> bool:
    """Tell whether there are ReLUs in the network."""
    return layers.record.units_can_die(0)


def update_ratios(layers: LayerHistory) -> Figure:
    """Return a figure of each layer's ratio of update to weight size over the epochs, on a log scale.

    A rule of thumb wants it near 1e-3, the dotted line: a far lower one learns slowly, a far higher one is unstable
    (Karpathy, "CS231n: Neural Networks Part 3", section "Ratio of weights:updates").
    """
    ratios = layers.update_ratios
    figure, axes = _lines(layers, np.log10(np.where(ratios > 0.0, ratios, np.nan)))
    axes.axhline(CUSTOMARY_RATIO, color="#303030", linestyle=":", linewidth=1.4, label="1e-3, rule of thumb")
    axes.set_ylabel("update / weight size")
    _mark_powers_of_ten(axes)
    _legend(axes)
    return figure


def draw_histograms(axes: Axes, places: list[int], columns: list[Array], low: float, high: float) -> None:
    """Draw the histograms of columns of numbers, one at each of the places, such as epochs, along the axis."""
    edges = np.linspace(low, high if high > low else low + 1.0, _BINS + 1)
    counts = [np.histogram(column, edges)[0] for column in columns]
    shares = np.array([count / max(count.sum(), 1) for count in counts]).T
    axes.pcolormesh(_edges(places), edges, shares, cmap="Blues", vmin=0.0, vmax=np.quantile(shares, 0.98) or 1.0)
    axes.set_ylim(edges[0], edges[-1])


# --- parts ------------------------------------------------------------------------------------------------------------


def _panels(
    layers: LayerHistory, values: list[list[Array]], ylabel: str, *, sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """Return a figure with axes for each layer, in rows of four, under titles."""
    record = layers.record
    count = len(values)
    rows, columns = -(-count // _COLUMNS), min(count, _COLUMNS)
    width, height = 10.4, 0.2 + 2.7 * rows
    figure = Figure(figsize=(width, height))
    grid = figure.subplots(rows, columns, sharey=sharey, squeeze=False)
    # Margins in inches; to have them found by matplotlib would take as long as all the rest.
    figure.subplots_adjust(
        0.7 / width, 0.5 / height, 1.0 - 0.25 / width, 1.0 - 0.5 / height, 0.12 if sharey else 0.25, 0.45
    )
    for axes in grid.flat[count:]:
        axes.remove()
    panels = list(grid.flat[:count])
    for k, axes in enumerate(panels):
        kind = "output" if k == count - 1 else f"{written(record.activation)} unit"
        units = record.sizes[k + 1]
        zeros = np.mean(values[k][-1] == 0.0)
        note = f"\n{zeros:.0%} exactly 0" if zeros else ""
        axes.set_title(f"{record.layer_names[k]}: {units} {kind}{'s' * (units > 1)}{note}", fontsize=9)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, steps=ROUND))
        if k % _COLUMNS == 0:
            axes.set_ylabel(ylabel)
        if k + columns >= count:
            axes.set_xlabel("epoch")
    return figure, panels


def _mark_powers_of_ten(axes: Axes) -> None:
    """Say of the numbers on the vertical axis that they are powers of ten."""
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, steps=ROUND))
    axes.yaxis.set_major_formatter("1e{x:.0f}")


def _shown(column: Array) -> Array:
    return np.asarray(column[(column != 0.0) & np.isfinite(column)])


def _edges(places: list[int]) -> Array:
    """Return where the columns at the places begin and end: half way between them."""
    middles = (np.array(places[1:]) + places[:-1]) / 2.0
    return np.array([places[0] - 0.5, *middles, places[-1] + 0.5])


def _lines(layers: LayerHistory, values: Array) -> tuple[Figure, Axes]:
    """Return a figure with a line for each column of values, shape (frames, layers), over the epochs."""
    figure = Figure(figsize=(7.0, 3.4))
    axes = figure.add_axes((0.1, 0.13, 0.62, 0.83))
    for k, name in enumerate(layers.record.layer_names[: values.shape[1]]):
        axes.plot(layers.epochs, values[:, k], linewidth=1.4, markersize=3.5, label=name, **look(k))
    axes.set_xlabel("epoch")
    whole_numbers(axes)
    axes.grid(alpha=0.3)
    _legend(axes)
    return figure, axes


def _legend(axes: Axes) -> None:
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
