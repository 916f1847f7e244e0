"""Learning rates side by side as pictures: paths, losses, limits, the range test, curvature; and all on one page."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from micrograd_plus.lab import rate_words
from micrograd_plus.lab.plane import PCA, landscape_of_runs
from micrograd_plus.lab.problem import FormulaProblem
from micrograd_plus.lab.rates import Comparison
from micrograd_plus.lab.run import Run
from micrograd_plus.notation import short
from micrograd_plus.viz import plots
from micrograd_plus.viz.lab.growth import Clock, Growing, growing_gif
from micrograd_plus.viz.lab.loss_axes import LossScale
from micrograd_plus.viz.lab.page import Section, lab_page
from micrograd_plus.viz.lab.rate_scales import draw_range_test, draw_ruler, draw_sharpness, shown
from micrograd_plus.viz.lab.surface import Track, Tracks, draw_surface, draw_tracks
from micrograd_plus.viz.own_figure import Figure

FINE, COARSE = 61, 41  # places along an axis of a landscape: a network takes its time for each

_PATHS = (
    "All runs begin at the white mark and follow the same loss; only the rate differs. Left: where they go; the large "
    "mark is where a run ends, an arrow where it leaves the picture. Right: the loss; the dashed line is what the runs "
    "are timed for. Below: the rates on one axis; those in the hatched part are not stable."
)
_RANGE = (
    "One run whose rate grows from step to step. The suggestion is where the smoothed loss falls fastest; it may be "
    "lower than the best rate, because by then earlier steps have done part of the way (Smith, 2015)."
)
_SHARP = (
    "The largest eigenvalue of the Hessian along each path, and dashed in its colour 2/lr: while the curvature is "
    "above that line, steps in its direction overshoot more and more."
)


class RatePictures:
    """A comparison of learning rates as PNG, as GIF, and with its numbers on a page.

    `directions` are those of the plane on which paths are seen, as for `lab.plane.landscape`, and ValueError likewise.
    """

    def __init__(self, found: Comparison, *, directions: str = PCA) -> None:
        self.found = found
        self.shown = shown(found)
        self.landscape = landscape_of_runs(
            found.problem,
            [one.run for one, _ in self.shown],
            directions=directions,
            size=FINE if isinstance(found.problem, FormulaProblem) else COARSE,
        )

    @cached_property
    def png(self) -> bytes:
        """Paths, losses, and the rates on one axis."""
        figure = Figure(figsize=(12.0, 7.4), layout="constrained")
        grid = figure.add_gridspec(2, 2, width_ratios=[1.15, 1.0], height_ratios=[3.4, 1.0])
        paths = figure.add_subplot(grid[0, 0])
        self.tracks(paths)
        self._draw_losses(figure.add_subplot(grid[0, 1]))
        draw_ruler(figure.add_subplot(grid[1, :]), self.found, self.shown)
        _legend(figure, paths)
        return plots.png(figure)

    @cached_property
    def gif(self) -> bytes:
        """Paths and losses, where all take their steps together."""
        figure = Figure(figsize=(10.6, 5.0), layout="constrained")
        paths, curves = figure.subplots(1, 2, width_ratios=[1.15, 1.0])
        tracks, lines = self.tracks(paths), self._draw_losses(curves)
        _legend(figure, paths)
        when = [one.run.steps for one, _ in self.shown]
        growing = [Growing(line, steps) for line, steps in zip(lines, when, strict=True)]
        clock = Clock(paths, lambda step: f"{self.found.unit} {step:.0f}")
        return growing_gif(figure, growing, clock, tracks=tracks, when=when)

    @cached_property
    def range_test_png(self) -> bytes:
        """The range test."""
        figure, axes = _wide()
        draw_range_test(axes, self.found)
        _legend(figure, axes)
        return plots.png(figure)

    @cached_property
    def sharpness_png(self) -> bytes:
        """The largest curvature along the paths."""
        figure, axes = _wide()
        draw_sharpness(axes, self.found)
        _legend(figure, axes)
        return plots.png(figure)

    def tracks(self, axes: Axes) -> Tracks:
        """Draw the paths on the loss."""
        draw_surface(axes, self.landscape)
        tracks = [
            Track(f"{one.lr:g}  {note}", one.run.path, one.run.losses, diverges=_comes_to_nothing(one.run))
            for one, note in self.shown
        ]
        return draw_tracks(axes, self.landscape, tracks)

    def html(self) -> str:
        """Return the report: verdicts, pictures, and what theory and trials say."""
        found = self.found
        trials = [
            (short(trial.lr, 6), "yes" if trial.is_stable else "no", str(trial.steps), short(trial.loss))
            for trial in sorted(found.stable.trials)
        ]
        sections = [
            Section("Verdicts", header=("rate", "verdict"), rows=[(f"{lr:g}", told) for lr, told in found.sentences()]),
            Section("Paths, losses, limits", _PATHS, [self.png]),
            Section("Step by step", "", [self.gif]),
            Section("Curvature", f"{_SHARP}\n{rate_words.theory(found)}", [self.sharpness_png]),
            Section("Range test", f"{_RANGE}\n{rate_words.suggestion(found)}", [self.range_test_png]),
            Section(
                "Trials of the bisection",
                rate_words.stability(found),
                header=("rate", "stable", "steps", "loss"),
                rows=trials,
            ),
        ]
        lead = "\n".join([rate_words.summary(found), rate_words.stability(found), rate_words.about(found)])
        return lab_page(f"Learning rates on {found.problem.name}", lead, sections)

    # --- parts

    def _draw_losses(self, axes: Axes) -> list[Line2D]:
        runs = [one.run for one, _ in self.shown]
        scale = LossScale([run.losses for run in runs], float(runs[0].losses[0]))
        lines = []
        for k, run in enumerate(runs):
            style: dict[str, Any] = {**plots.look(k), "markevery": max(1, len(run.steps) // 12), "markersize": 4.5}
            lines.append(scale.plot(axes, run.steps, run.losses, linewidth=1.6, **style))
        axes.set_xlabel(self.found.unit)
        scale.finish(axes, level=self.found.level)
        return lines


def _comes_to_nothing(run: Run) -> bool:
    """Tell whether a run ends above the start: its path is cut where it leaves, for it would cover the picture."""
    return run.diverged_at is not None or float(run.losses[-1]) > float(run.losses[0])


def _wide() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    return figure, figure.add_subplot()


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside right upper", frameon=False)
