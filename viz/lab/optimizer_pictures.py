"""Optimizers on one surface as pictures: where they went, how their losses fell, and what other rates gave."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from micrograd_plus.lab import optimizer_words
from micrograd_plus.lab.levels import settled
from micrograd_plus.lab.optimizers import OptimizerComparison
from micrograd_plus.lab.plane import Landscape, landscape_of_runs
from micrograd_plus.lab.problem import FormulaProblem
from micrograd_plus.lab.wording import at_rate
from micrograd_plus.notation import short
from micrograd_plus.viz import plots
from micrograd_plus.viz.lab.growth import Clock, Growing, growing_gif
from micrograd_plus.viz.lab.loss_axes import LossScale
from micrograd_plus.viz.lab.page import Section, lab_page
from micrograd_plus.viz.lab.surface import Track, draw_surface, draw_tracks, track_of
from micrograd_plus.viz.own_figure import Figure

Array = NDArray[Any]

_EXPLAINED = (
    "Left: where the best run of each optimizer went; the large mark is where it ended. Above right: its loss. Below "
    "right: where the runs at all rates settle: the wider a curve's low part, the more forgiving the optimizer.\n"
    "RMSProp, Adagrad and Adam scale each axis by itself, which suits valleys that run along an axis."
)
_DECAY = "The weight decay of AdamW, 0.01, pulls towards zero, so that it comes to rest beside the lowest place."
_HEADER = (
    "optimizer",
    "best rate",
    "steps to the level",
    "settles at",
    "from the lowest place",
    "rates that reach the level",
    "diverges from",
)


class OptimizerPictures:
    """A comparison of optimizers as PNG, as GIF, and with its numbers on a page."""

    def __init__(self, found: OptimizerComparison) -> None:
        self.found = found

    @cached_property
    def below(self) -> Landscape:
        """The loss on a plane that shows the paths of the best runs."""
        problem = self.found.problem
        runs = [one.run for one in self.found.tuned.values()]
        return landscape_of_runs(problem, runs, window=problem.window if isinstance(problem, FormulaProblem) else None)

    @cached_property
    def png(self) -> bytes:
        """Paths, losses, and where the runs at all rates settle."""
        figure, (paths, curves, rates) = _panels()
        draw_surface(paths, self.below)
        draw_tracks(paths, self.below, self._tracks())
        self._draw_losses(curves)
        self._draw_rates(rates)
        _legend(figure, paths)
        return plots.png(figure)

    @cached_property
    def gif(self) -> bytes:
        """The same, where all take their steps together."""
        figure, (paths, curves, rates) = _panels()
        draw_surface(paths, self.below)
        tracks = draw_tracks(paths, self.below, self._tracks())
        when = [one.run.steps for one in self.found.tuned.values()]
        lines = [Growing(line, steps) for line, steps in zip(self._draw_losses(curves), when, strict=True)]
        self._draw_rates(rates)
        _legend(figure, paths)
        clock = Clock(paths, lambda step: f"step {step:.0f}")
        return growing_gif(figure, lines, clock, tracks=tracks, when=when)

    def html(self) -> str:
        """Return the report: the verdict, the pictures, a table, and a sentence for each optimizer."""
        found = self.found
        sections = [
            Section("Paths, losses and rates", _EXPLAINED, [self.png]),
            Section("Step by step", "", [self.gif]),
            Section("In numbers", _DECAY if "adamw" in found.tuned else "", header=_HEADER, rows=self._rows()),
            Section("One by one", "\n".join(optimizer_words.sentence(found, one) for one in found.order)),
        ]
        return lab_page(f"Optimizers on {found.problem.name}", "\n".join(optimizer_words.verdict(found)), sections)

    # --- parts

    def _tracks(self) -> list[Track]:
        return [track_of(at_rate(name, one.lr), one.run) for name, one in self.found.tuned.items()]

    def _draw_losses(self, axes: Axes) -> list[Line2D]:
        runs = [one.run for one in self.found.tuned.values()]
        scale = LossScale([run.losses for run in runs], self.found.start_loss)
        colours = [plots.look(k)["color"] for k in range(len(runs))]
        lines = [
            scale.plot(axes, run.steps, run.losses, color=colour, linewidth=1.6)
            for run, colour in zip(runs, colours, strict=True)
        ]
        axes.set_xlabel("step")
        plots.whole_numbers(axes)
        scale.finish(axes, level=self.found.level)
        return lines

    def _draw_rates(self, axes: Axes) -> None:
        """Draw where each run settled, by its rate; rates that diverge are crosses at the top, the best has a ring."""
        tuned = list(self.found.tuned.values())
        ends = [np.array([settled(run) for run in one.runs.values()]) for one in tuned]
        scale = LossScale(ends, self.found.start_loss)
        for k, (one, losses) in enumerate(zip(tuned, ends, strict=True)):
            style = plots.look(k)
            rates = np.array(list(one.runs))
            scale.plot(axes, rates, losses, linewidth=1.3, markersize=4.5, **style)
            best = np.where(rates == one.lr, losses, np.nan)
            scale.plot(axes, rates, best, marker="o", markersize=11, markerfacecolor="none", color=style["color"])
            diverging = rates[~np.isfinite(losses)]
            heights = np.full(len(diverging), 0.97 - 0.035 * k)
            axes.plot(
                diverging, heights, "x", color=style["color"], markersize=4.5, transform=axes.get_xaxis_transform()
            )
        axes.set(xlabel="learning rate (ring: the best; x: diverges)", xscale="log")
        scale.finish(axes, "loss it settles at", level=self.found.level)

    def _rows(self) -> list[list[str]]:
        return [self._row(name) for name in self.found.order]

    def _row(self, name: str) -> list[str]:
        found, one = self.found, self.found.tuned[name]
        reaching = "-" if found.level is None else f"{len(one.reaching(found.level))} of {len(one.runs)}"
        return [
            name,
            short(one.lr),
            _told(found.reached_at(name)),
            short(one.settled, 3),
            _told(found.distance(name)),
            reaching,
            _told(one.smallest_that_diverges),
        ]


def _panels() -> tuple[Figure, tuple[Axes, Axes, Axes]]:
    figure = Figure(figsize=(12.0, 6.6), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=[1.3, 1.0])
    return figure, (figure.add_subplot(grid[:, 0]), figure.add_subplot(grid[0, 1]), figure.add_subplot(grid[1, 1]))


def _legend(figure: Figure, paths: Axes) -> None:
    figure.legend(*paths.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)


def _told(number: float | None) -> str:
    return "-" if number is None else short(number, 3)
