"""Batch sizes as pictures: losses per epoch, per update and per second, paths, and the noise of the gradient."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from micrograd_plus.lab import batch_size_words
from micrograd_plus.lab.batch_sizes import BatchSizeComparison, BatchSizeRun, Cost
from micrograd_plus.lab.plane import Landscape, landscape_of_runs
from micrograd_plus.lab.wording import at_rate
from micrograd_plus.notation import short
from micrograd_plus.viz import plots
from micrograd_plus.viz.lab.growth import Clock, Growing, growing_gif
from micrograd_plus.viz.lab.loss_axes import LossScale
from micrograd_plus.viz.lab.page import Section, lab_page
from micrograd_plus.viz.lab.surface import Tracks, draw_surface, draw_tracks, track_of
from micrograd_plus.viz.own_figure import Figure

Array = NDArray[Any]

_LOSSES = (
    "The same losses, over all samples, three times; thin as they were, thick as means over up to an epoch: by how "
    "often each sample was seen, by updates of the weights, and by measured seconds (medians over rounds in which the "
    "sizes took turns; without compiling, and without looking at the loss)."
)
_NOISE = (
    "Left: the cosine of the angle between the gradient of a mini-batch and that of all samples: 1 is the same "
    "direction, 0 says nothing about it. Marks are means of drawn batches, at three places on the way that the largest "
    "ones took; the lines are what theory expects of the spread of the samples' gradients: 1 / sqrt(1 + (noise / "
    "gradient)^2), with the squared noise tr(Cov) / B * (n - B) / (n - 1). Right: what an update costs."
)
_HEADER = ("batch size", "best rate", "epochs", "samples", "updates", "seconds", "settles at", "an update takes")


class BatchSizePictures:
    """A comparison of batch sizes as PNG, as GIF, and with its numbers on a page."""

    def __init__(self, found: BatchSizeComparison) -> None:
        self.found = found

    @cached_property
    def below(self) -> Landscape:
        """The loss on a plane that shows the paths of the best runs."""
        return landscape_of_runs(self.found.problem, [one.run for one in self.found.runs])

    @cached_property
    def png(self) -> bytes:
        """The losses by epoch, by update and by second."""
        figure = Figure(figsize=(12.0, 4.6), layout="constrained")
        panels = figure.subplots(1, 3, sharey=True)
        self._draw_losses(panels[0], "epochs", lambda cost: cost.epochs)
        self._draw_losses(panels[1], "updates", lambda cost: cost.updates, first=1.0)
        fastest = min(one.seconds_per_update for one in self.found.runs)
        self._draw_losses(panels[2], "seconds", lambda cost: cost.seconds, first=fastest)
        for axes in panels[1:]:
            axes.set_ylabel("")
        for text in (*panels[0].texts, *panels[1].texts):
            text.set_visible(False)  # the level's number, which the last one has too
        _legend(figure, panels[0])
        return plots.png(figure)

    @cached_property
    def noise_png(self) -> bytes:
        """How far the gradients of mini-batches point away, and what an update costs."""
        figure = Figure(figsize=(12.0, 4.2), layout="constrained")
        noise, price = figure.subplots(1, 2, width_ratios=[1.5, 1.0])
        self._draw_noise(noise)
        self._draw_price(price)
        return plots.png(figure)

    @cached_property
    def paths_png(self) -> bytes:
        """Paths, and losses by epoch."""
        return plots.png(self._grown()[0])

    @cached_property
    def gif(self) -> bytes:
        """The same, where all see the samples at one pace."""
        figure, paths, lines, tracks = self._grown()
        when = [np.array([cost.epochs for cost in one.costs]) for one in self.found.runs]
        growing = [Growing(line, times) for line, times in zip(lines, when, strict=True)]
        clock = Clock(paths, lambda epochs: f"{epochs:.1f} epochs")
        return growing_gif(figure, growing, clock, tracks=tracks, when=when)

    def html(self) -> str:
        """Return the report: the verdict, the pictures, a table, and a sentence for each size."""
        found = self.found
        level = "" if found.level is None else f"Epochs to seconds: what it takes to reach loss {short(found.level)}."
        sections = [
            Section("Losses", _LOSSES, [self.png]),
            Section("Paths", "All begin at the white mark, and see the samples at one pace.", [self.gif]),
            Section("Noise of the gradient, and the price of an update", _NOISE, [self.noise_png]),
            Section("In numbers", level, header=_HEADER, rows=[self._row(one) for one in found.runs]),
            Section("One by one", "\n".join(batch_size_words.sentence(found, one) for one in found.runs)),
        ]
        return lab_page(f"Batch sizes on {found.problem.name}", "\n".join(batch_size_words.verdict(found)), sections)

    # --- parts

    def _grown(self) -> tuple[Figure, Axes, list[Line2D], Tracks]:
        """Return a figure of paths and losses, with the axes of the paths and what may grow in it."""
        figure = Figure(figsize=(12.0, 5.4), layout="constrained")
        paths, curves = figure.subplots(1, 2, width_ratios=[1.2, 1.0])
        draw_surface(paths, self.below)
        tracks = draw_tracks(paths, self.below, [track_of(_label(one), one.run) for one in self.found.runs])
        lines = self._draw_losses(curves, "epochs", lambda cost: cost.epochs, has_records=False)
        _legend(figure, paths)
        return figure, paths, lines, tracks

    def _draw_losses(
        self,
        axes: Axes,
        name: str,
        measure: Callable[[Cost], float],
        *,
        first: float | None = None,
        has_records: bool = True,
    ) -> list[Line2D]:
        """Draw the losses over a cost; on a log scale from `first` on if it is given."""
        runs = self.found.runs
        scale = LossScale([one.run.losses for one in runs], float(runs[0].run.losses[0]))
        lines = []
        for k, one in enumerate(runs):
            colour, costs = plots.look(k)["color"], [measure(cost) for cost in one.costs]
            if has_records:
                scale.plot(axes, costs, one.run.losses, color=colour, linewidth=0.6, alpha=0.35)
            lines.append(scale.plot(axes, costs, one.mean_losses(), color=colour, linewidth=1.6, label=_label(one)))
        axes.set_xlabel(name)
        if first is not None:
            axes.set_xscale("log")
            axes.set_xlim(left=0.8 * first)
        scale.finish(axes, level=self.found.level)
        return lines

    def _draw_noise(self, axes: Axes) -> None:
        sizes = np.unique(np.geomspace(1, self.found.problem.samples, 60).round()).astype(int)
        for k, (noise, name) in enumerate(zip(self.found.noise, self.found.noise_points, strict=True)):
            style = plots.look(k)
            axes.plot(sizes, [noise.spread.cosine(size) for size in sizes], color=style["color"], linewidth=1.4)
            means = [draws.cosine for draws in noise.draws]
            axes.plot([draws.batch_size for draws in noise.draws], means, linestyle="", label=name, **style)
        axes.plot([], [], color="#606060", linewidth=1.4, label="line: expected of the spread")
        axes.axhline(0.0, color="#404040", linewidth=0.8)
        axes.set(xscale="log", xlabel="batch size", ylabel="cosine to the full gradient", ylim=(-0.25, 1.08))
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, loc="lower right")

    def _draw_price(self, axes: Axes) -> None:
        sizes = np.array([one.batch_size for one in self.found.runs])
        prices = 1e6 * np.array([one.seconds_per_update for one in self.found.runs])
        axes.plot(sizes, prices, linewidth=1.5, label="measured", **plots.look(0))
        axes.plot(sizes, prices[0] * sizes / sizes[0], "--", color="#606060", label="if each sample cost the same")
        axes.set(xscale="log", yscale="log", xlabel="batch size", ylabel="microseconds for an update")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)

    def _row(self, one: BatchSizeRun) -> list[str]:
        cost = self.found.reached(one)
        costs = (
            ["-"] * 4
            if cost is None
            else [short(cost.epochs, 3), f"{cost.samples:,}", f"{cost.updates:,}", short(cost.seconds, 2)]
        )
        return [
            one.name,
            short(one.tuned.lr),
            *costs,
            short(one.tuned.settled, 3),
            f"{1e6 * one.seconds_per_update:.0f} µs",
        ]


def _label(one: BatchSizeRun) -> str:
    return at_rate(one.name, one.tuned.lr)


def _legend(figure: Figure, axes: Axes) -> None:
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False)
