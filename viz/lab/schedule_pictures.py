"""Schedules as pictures: the rate and the loss over the epochs, where runs end, and the paths."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from micrograd_plus.lab import schedule_words
from micrograd_plus.lab.plane import Landscape, landscape_of_runs
from micrograd_plus.lab.schedule_runs import CONSTANT, ScheduleComparison
from micrograd_plus.lab.wording import at_rate
from micrograd_plus.notation import short
from micrograd_plus.texts import shortened
from micrograd_plus.viz import plots
from micrograd_plus.viz.lab.growth import Clock, Growing, growing_gif
from micrograd_plus.viz.lab.loss_axes import COMPARED, LossScale
from micrograd_plus.viz.lab.page import Section, lab_page
from micrograd_plus.viz.lab.surface import Track, Tracks, draw_surface, draw_tracks, track_of
from micrograd_plus.viz.own_figure import Figure

Array = NDArray[Any]

_EXPLAINED = (
    "Above left: the learning rate in each epoch (of a plateau, with the first seed). Below left: the loss over all "
    "samples, the mean over the seeds. Right, in the same colours: the loss at the end, a mark for each seed and a bar "
    "at the mean; the dashed line is the mean of the constant rate. A seed is an order of the samples; all schedules "
    "have the same."
)
_HEADER = ("schedule", "rate", "half-way", "at the end", "spread", "lower than constant", "last rate")


class SchedulePictures:
    """A comparison of schedules as PNG, as GIF, and with its numbers on a page."""

    def __init__(self, found: ScheduleComparison) -> None:
        self.found = found

    @cached_property
    def below(self) -> Landscape:
        """The loss on a plane that shows the paths with the first seed."""
        return landscape_of_runs(self.found.problem, [one.runs[0] for one in self.found.runs.values()])

    @cached_property
    def png(self) -> bytes:
        """Rates and losses over the epochs, and the losses at the end by seed."""
        figure = Figure(figsize=(12.0, 6.6), layout="constrained")
        grid = figure.add_gridspec(2, 2, width_ratios=[1.3, 1.0])
        self._draw_rates(figure.add_subplot(grid[0, 0]))
        self._draw_losses(figure.add_subplot(grid[1, 0]), [one.losses for one in self.found.runs.values()])
        self._draw_ends(figure.add_subplot(grid[:, 1]))
        return plots.png(figure)

    @cached_property
    def paths_png(self) -> bytes:
        """Paths, rates and losses with the first seed."""
        return plots.png(self._grown()[0])

    @cached_property
    def gif(self) -> bytes:
        """The same, epoch by epoch."""
        figure, paths, lines, tracks = self._grown()
        growing = [Growing(line, np.asarray(line.get_xdata())) for line in lines]
        clock = Clock(paths, lambda epoch: f"epoch {epoch:.0f}")
        when = [np.arange(len(one.runs[0].steps)) for one in self.found.runs.values()]
        return growing_gif(figure, growing, clock, tracks=tracks, when=when)

    def html(self) -> str:
        """Return the report: the verdict, the pictures, a table, and a sentence for each schedule."""
        found = self.found
        sections = [
            Section("Rates and losses", _EXPLAINED, [self.png]),
            Section("Paths, epoch by epoch", "With the first seed; a mark for each epoch.", [self.gif]),
            Section("In numbers", "", header=_HEADER, rows=[self._row(text) for text in found.order]),
            Section("One by one", "\n".join(schedule_words.sentence(found, one) for one in found.order)),
        ]
        return lab_page(
            f"Schedules for {found.optimizer} on {found.problem.name}",
            "\n".join(schedule_words.verdict(found)),
            sections,
        )

    # --- parts

    def _grown(self) -> tuple[Figure, Axes, list[Line2D], Tracks]:
        """Return a figure of paths, rates and losses, with the axes of the paths and what may grow in it."""
        figure = Figure(figsize=(12.0, 6.2), layout="constrained")
        grid = figure.add_gridspec(2, 2, width_ratios=[1.3, 1.0])
        paths, rates, curves = (figure.add_subplot(place) for place in (grid[:, 0], grid[0, 1], grid[1, 1]))
        draw_surface(paths, self.below)
        tracks = draw_tracks(paths, self.below, self._tracks())
        losses = [one.runs[0].losses for one in self.found.runs.values()]
        lines = [*self._draw_rates(rates), *self._draw_losses(curves, losses)]
        figure.legend(*paths.get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False)
        return figure, paths, lines, tracks

    def _tracks(self) -> list[Track]:
        return [track_of(at_rate(text, one.lr), one.runs[0]) for text, one in self.found.runs.items()]

    def _draw_rates(self, axes: Axes) -> list[Line2D]:
        lines = []
        for k, text in enumerate(self.found.runs):
            lrs = self.found.lrs(text)
            colour = plots.look(k)["color"]
            (line,) = axes.plot(range(1, len(lrs) + 1), lrs, color=colour, linewidth=1.6, drawstyle="steps-mid")
            lines.append(line)
        highest = [max(self.found.lrs(text)) for text in self.found.runs]
        if max(highest) > 5.0 * min(highest) > 0.0:
            axes.set(yscale="log", ylim=(min(highest) / 30.0, max(highest) * 1.5))
        axes.set(xlabel="epoch", ylabel="learning rate")
        plots.whole_numbers(axes)
        axes.grid(alpha=0.3)
        return lines

    def _draw_losses(self, axes: Axes, losses: list[Array]) -> list[Line2D]:
        scale = LossScale(losses, float(losses[0][0]))
        lines = [
            scale.plot(axes, range(len(curve)), curve, color=plots.look(k)["color"], linewidth=1.6)
            for k, curve in enumerate(losses)
        ]
        axes.set_xlabel("epoch")
        plots.whole_numbers(axes)
        scale.finish(axes)
        return lines

    def _draw_ends(self, axes: Axes) -> None:
        """Draw the losses at the end in rows, the lowest above."""
        found = self.found
        looks = {text: plots.look(k) for k, text in enumerate(found.runs)}
        names = []
        for row, text in enumerate(found.order):
            one, style = found.runs[text], looks[text]
            names.append(f"{shortened(at_rate(text, one.lr), 34)}\n{one}")
            ends = one.ends[np.isfinite(one.ends)]
            axes.plot(ends, np.full(len(ends), row), linestyle="", markersize=5, alpha=0.7, **style)
            if np.isfinite(one.mean):
                axes.plot(one.mean, row, "|", markersize=24, markeredgewidth=3, color=style["color"])
        if np.isfinite(found.constant.mean):
            axes.axvline(found.constant.mean, **COMPARED)
        axes.set_yticks(range(len(names)), names)
        for tick, text in zip(axes.get_yticklabels(), found.order, strict=True):
            tick.set(color=looks[text]["color"], parse_math=False)
        axes.set(xlabel="loss at the end", ylim=(len(names) - 0.5, -0.5))
        every = np.concatenate([one.ends for one in found.runs.values()])
        if plots.falls_far(every):
            axes.set_xscale("log")
        axes.grid(alpha=0.3, axis="x")

    def _row(self, text: str) -> list[str]:
        found, one = self.found, self.found.runs[text]
        half = len(one.losses) // 2
        return [
            text,
            short(one.lr),
            short(float(one.losses[half]), 3),
            short(one.mean, 3),
            short(one.spread, 2),
            "-" if text == CONSTANT else f"{found.lower(text)} of {found.seeds}",
            short(float(found.lrs(text)[-1]), 3),
        ]
