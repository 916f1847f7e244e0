"""Figures of runs through deep networks: sizes by layer beside theory, histograms of the layers, losses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from micrograd_plus.lab.depth import DeepRun
from micrograd_plus.lab.depth_words import GUESSING, gradient_change, headline, signal_change
from micrograd_plus.notation import short
from micrograd_plus.viz.layer_plots import draw_histograms
from micrograd_plus.viz.own_figure import Figure
from micrograd_plus.viz.plots import COLOURS, ROUND, look, whole_numbers

Array = NDArray[np.float64]

REACH = 3.0  # histograms show numbers from -REACH to REACH; the inputs' standard deviation is 1
HIGHEST_LOSS = 1.6

_COLUMNS = 3
_BINS = 40
_MOST_FRAMES = 12  # each way
_STAGGER = 3


def sizes(runs: Sequence[DeepRun]) -> Figure:
    """Return a figure of the root mean square of signals (left) and gradients (right) at each layer, on log scales.

    Thick lines are measured, thin ones theory; the legend tells the factors a layer of both. What is 0 or not finite
    has no place there.
    """
    figure = Figure(figsize=(11.6, 4.4))
    left, right = figure.add_axes((0.06, 0.12, 0.315, 0.78)), figure.add_axes((0.435, 0.12, 0.315, 0.78))
    for k, run in enumerate(runs):
        _size_line(left, run.signal, run.foretold[0], k, _legend_text(run))
        _size_line(right, run.gradient, run.foretold[1], k, "")
    left.set(title="signal, forward \N{RIGHTWARDS ARROW}", ylabel="root mean square")
    right.set(title="\N{LEFTWARDS ARROW} gradient, backward")
    for axes in (left, right):
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, 0.1), max(high, 10.0))
        axes.set_xlabel("layer (0: the inputs)")
        whole_numbers(axes)
        axes.grid(alpha=0.3)
    left.plot([], [], color="#303030", linewidth=0.9, label="thin: theory")
    handles, labels = left.get_legend_handles_labels()
    title = "factor a layer: signal, gradient"
    legend = figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(0.76, 0.93), frameon=False, title=title)
    legend.set_alignment("left")
    return figure


def histograms(runs: Sequence[DeepRun]) -> Figure:
    """Return a figure with a heat map for each run: how the signals after each layer are distributed.

    Each column is a histogram over units and samples, the darker the more. What is exactly 0, as behind ReLUs, is left
    out; what lies beyond `REACH` is counted at the ends.
    """
    figure, panels = _panels(runs, [f"{run.name}: {headline(run)}" for run in runs], top=0.3)
    for axes, run in zip(panels, runs, strict=True):
        columns = [_shown(place.signals) for place in run.places]
        draw_histograms(axes, list(range(len(columns))), columns, -REACH, REACH)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=ROUND))
    _name_outer(panels, "layer", "signal")
    return figure


def losses(runs: Sequence[DeepRun]) -> Figure:
    """Return a figure of the loss over the steps of the short trainings; a cross ends one that broke."""
    figure = Figure(figsize=(8.6, 4.0))
    axes = figure.add_axes((0.08, 0.13, 0.62, 0.83))
    for k, run in enumerate(runs):
        finite = run.losses[np.isfinite(run.losses)]
        colour, marker = look(k).values()
        every = (3 * k % 10, 10)
        axes.plot(finite, color=colour, marker=marker, markevery=every, markersize=5.0, linewidth=1.6, label=run.name)
        if len(finite) < len(run.losses) and len(finite):
            at = min(finite[-1], 0.97 * HIGHEST_LOSS)
            axes.plot(len(finite) - 1, at, "x", color=colour, markersize=9, markeredgewidth=2.4)
    axes.axhline(GUESSING, color="#303030", linestyle=":", linewidth=1.2, label="guessing: log 2")
    axes.set(xlabel="step", ylabel="loss", ylim=(0.0, HIGHEST_LOSS))
    whole_numbers(axes)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return figure


class Passes:
    """The frames of a film: histograms of the signals layer by layer forward, then of the gradients back.

    `draw(frame)` redraws `figure`; there are `frames` of them.
    """

    def __init__(self, runs: Sequence[DeepRun]) -> None:
        self.runs = runs
        depth = runs[0].settings.depth
        layers = np.unique(np.linspace(0, depth, min(depth + 1, _MOST_FRAMES)).round().astype(int)).tolist()
        self.frames = [*((layer, False) for layer in layers), *((layer, True) for layer in reversed(layers))]
        self.figure, panels = _panels(runs, [run.name for run in runs], top=0.65)
        self._edges = np.linspace(-REACH, REACH, _BINS + 1)
        self._bars = [axes.stairs(np.zeros(_BINS), self._edges, fill=True) for axes in panels]
        paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
        self._notes = [
            axes.text(0.03, 0.95, "", transform=axes.transAxes, va="top", fontsize=8, bbox=paper) for axes in panels
        ]
        self._title = self.figure.text(0.5, 0.985, "", ha="center", va="top", fontsize=11, fontweight="bold")
        for artist in (*self._bars, *self._notes, self._title):
            artist.set_animated(True)  # all else is drawn once
        for axes in panels:
            axes.set(ylim=(0.0, 0.25), yticks=[])
        _name_outer(panels, "", "share of numbers")

    def draw(self, frame: int) -> None:
        """Show one layer, on the way forward or back."""
        layer, is_back = self.frames[frame]
        kind, colour = ("gradient", COLOURS[1]) if is_back else ("signal", COLOURS[0])
        depth = self.runs[0].settings.depth
        way = "backward: gradients at" if is_back else "forward: signals after"
        self._title.set_text(f"{way} layer {layer} of {depth}" if layer else f"{way.rsplit(' ', 1)[0]} at the inputs")
        for run, bars, note in zip(self.runs, self._bars, self._notes, strict=True):
            place = run.places[layer]
            shown = _shown(place.gradients if is_back else place.signals)
            counts = np.histogram(shown, self._edges)[0]
            bars.set_data(counts / max(counts.sum(), 1))
            bars.set_color(colour)
            size = (run.gradient if is_back else run.signal)[layer]
            note.set_text(f"{kind} {short(size, 2)}")


# --- parts ------------------------------------------------------------------------------------------------------------


def _size_line(axes: Axes, measured: Array, foretold: Array, k: int, label: str) -> None:
    colour, marker = look(k).values()
    # Lines may lie on one another: each has its markers at other layers, and lets the ones below be seen.
    every = (k % _STAGGER, _STAGGER)
    shown = _on_log_scale(measured)
    axes.plot(
        shown, color=colour, marker=marker, markevery=every, markersize=6.0, linewidth=2.6, alpha=0.6, label=label
    )
    axes.plot(_on_log_scale(foretold), color=colour, linewidth=0.9)


def _on_log_scale(numbers: Array) -> Array:
    return np.where(np.isfinite(numbers) & (numbers > 0.0), numbers, np.nan)


def _legend_text(run: DeepRun) -> str:
    factors = (signal_change(run).factor, gradient_change(run).factor)
    return f"{run.name}: {', '.join(short(factor, 3) for factor in factors)}"


def _panels(runs: Sequence[DeepRun], titles: Sequence[str], *, top: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with axes for each run, in rows of three, under titles and `top` inches of margin."""
    rows, columns = -(-len(runs) // _COLUMNS), min(len(runs), _COLUMNS)
    width, height = 0.8 + 3.2 * columns, 0.5 + top + 2.2 * rows
    figure = Figure(figsize=(width, height))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    figure.subplots_adjust(0.6 / width, 0.5 / height, 1.0 - 0.2 / width, 1.0 - top / height, 0.08, 0.25)
    for axes in grid.flat[len(runs) :]:
        axes.remove()
    panels = list(grid.flat[: len(runs)])
    for axes, title in zip(panels, titles, strict=True):
        axes.set_title(title, fontsize=9)
    return figure, panels


def _name_outer(panels: Sequence[Axes], xlabel: str, ylabel: str) -> None:
    for k, axes in enumerate(panels):
        if k % _COLUMNS == 0:
            axes.set_ylabel(ylabel)
        if k + _COLUMNS >= len(panels):
            axes.set_xlabel(xlabel)
            axes.tick_params(labelbottom=True)


def _shown(numbers: Array) -> Array:
    """Return the numbers that a histogram shows, those beyond its ends put there."""
    return np.asarray(np.clip(numbers[(numbers != 0.0) & np.isfinite(numbers)], -REACH, REACH))
