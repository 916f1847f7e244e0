"""The report of an experiment on depth: pictures, film, verdicts and numbers on one page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from micrograd_plus.lab.depth import DeepRun
from micrograd_plus.lab.depth_words import factor_of, gradient_change, signal_change, verdict
from micrograd_plus.notation import short
from micrograd_plus.viz.lab import depth
from micrograd_plus.viz.lab.activation_curves import activation_curves
from micrograd_plus.viz.lab.film import gif
from micrograd_plus.viz.lab.page import Section, lab_page
from micrograd_plus.viz.plots import png

SECONDS_PER_FRAME = 0.7

_DPI = 110
_NUMBERS = ("signal a layer", "theory", "gradient a layer", "theory", "dead", "saturated", "last loss")


class DepthReport:
    """Runs and their pictures, each made once, as PNG or GIF and all together as one HTML page.

    `has_functions` says that the activation functions differ from run to run and are to be shown.
    """

    def __init__(self, title: str, lead: str, runs: Sequence[DeepRun], *, has_functions: bool) -> None:
        self.title = title
        self.lead = lead
        self.runs = runs
        self.has_functions = has_functions

    @cached_property
    def sizes_png(self) -> bytes:
        """Signals and gradients by layer, beside theory."""
        return png(depth.sizes(self.runs), _DPI)

    @cached_property
    def histograms_png(self) -> bytes:
        """How the signals of each layer are distributed."""
        return png(depth.histograms(self.runs), _DPI)

    @cached_property
    def losses_png(self) -> bytes:
        """The losses of the short trainings."""
        return png(depth.losses(self.runs), _DPI)

    @cached_property
    def passes_gif(self) -> bytes:
        """The histograms layer by layer, forward and back."""
        film = depth.Passes(self.runs)
        return gif(film.figure, film.draw, len(film.frames), SECONDS_PER_FRAME)

    @cached_property
    def functions_png(self) -> bytes:
        """The activation functions of the runs and their slopes."""
        return png(activation_curves([run.op for run in self.runs]), _DPI)

    @property
    def has_losses(self) -> bool:
        """Whether there was a training."""
        return bool(self.runs[0].losses.size)

    def html(self) -> str:
        """Return the page."""
        return lab_page(self.title, self.lead, self._sections())

    def _sections(self) -> list[Section]:
        verdicts = [[run.name, verdict(run)] for run in self.runs]
        sections = [Section("Verdicts", header=["", "what the numbers say"], rows=verdicts)]
        if self.has_functions:
            sections.append(Section("Functions and slopes", _FUNCTIONS, [self.functions_png]))
        sections += [
            Section("Sizes by layer", _SIZES, [self.sizes_png]),
            Section("Layer by layer", _FILM, [self.passes_gif]),
            Section("Signals by layer", _HISTOGRAMS, [self.histograms_png]),
        ]
        if self.has_losses:
            settings = self.runs[0].settings
            told = f"{settings.steps} steps of gradient descent on all samples, learning rate {short(settings.lr)}. "
            sections.append(Section("Does it train?", told + _LOSSES, [self.losses_png]))
        return [*sections, Section("Numbers", _FACTORS, header=["", *_NUMBERS], rows=list(map(_numbers, self.runs)))]


_FUNCTIONS = (
    "The gain makes up for what a function takes from the size of a signal: with weights of variance gain^2 / nin, "
    "signals of size 1 stay so. What that does to a gradient, layer by layer, stands beside it."
)
_SIZES = (
    "Signals of size 1 go in at the inputs, gradients of size 1 at the last hidden layer. Thick lines are measured, "
    "thin ones foretold: in a layer of n inputs and weights of variance v, what goes into the activation f has the "
    "mean square n v E[signal^2], and the gradient's mean square is multiplied by n v E[f'^2] on its way back."
)
_FILM = "The numbers themselves, forward (blue) and back (orange); what lies beyond the ends is counted there."
_HISTOGRAMS = (
    f"A column is a histogram over units and samples, the darker the more, from -{depth.REACH:.0f} to "
    f"{depth.REACH:.0f}; what lies beyond is counted at the ends, what is exactly 0 is left out."
)
_LOSSES = (
    "Two classes of samples on the two sides of a plane: guessing costs log 2 = 0.69. A cross ends a training whose "
    f"loss was no longer finite; what is above {depth.HIGHEST_LOSS} is beyond the top."
)
_FACTORS = "Factors are geometric means over the layers; shares of dead and of saturated units are means."


def _numbers(run: DeepRun) -> list[str]:
    signal, gradient = run.foretold
    factors = [
        signal_change(run).factor,
        factor_of(signal[1:]),
        gradient_change(run).factor,
        factor_of(gradient[:0:-1]),
    ]
    shares = [f"{np.mean(share):.0%}" for share in (run.dead, run.saturated)]
    return [run.name, *(short(factor, 3) for factor in factors), *shares, *(short(x, 3) for x in run.losses[-1:])]
