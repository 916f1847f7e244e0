"""What `lab init` and `lab activation` share: the options of the network, and what they print and write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from micrograd_plus.cli.lab.results import ResultFile, numbers_csv, write
from micrograd_plus.cli.progress import shown_when_long
from micrograd_plus.cli.sentences import say
from micrograd_plus.lab.depth import COLUMNS, DeepRun, DepthSettings
from micrograd_plus.lab.depth_words import verdict
from micrograd_plus.viz.lab.depth_report import DepthReport

_OPTIONS = (
    ("--depth", int, "Hidden layers."),
    ("--width", int, "Features, and units in each hidden layer."),
    ("--samples", int, "Samples to measure and train on."),
    ("--steps", int, "Steps of the short training; 0 for none."),
    ("--lr", float, "The learning rate of the short training."),
    ("--seed", int, "Draws samples and weights."),
)


def network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that `DepthSettings` takes."""
    for name, kind, text in reversed(_OPTIONS):
        default = getattr(DepthSettings(), name[2:])
        metavar = "N" if kind is int else "NUMBER"
        command = click.option(name, type=kind, default=default, show_default=True, metavar=metavar, help=text)(command)
    return command


def finished(runs: Iterator[DeepRun], count: int) -> list[DeepRun]:
    """Return all runs; a bar shows that it takes long."""
    with shown_when_long("measuring", count) as numbers:
        return [next(runs) for _ in numbers]


def show(report: DepthReport, out: Path) -> None:
    """Print the verdicts and write the files."""
    runs = report.runs
    width = max(len(run.name) for run in runs)
    for run in runs:
        say(f"{run.name:<{width}}  {verdict(run)}", indent=width + 2)
    sizes = [row for run in runs for row in run.rows()]
    files = [
        ResultFile("sizes.png", "signals and gradients by layer, beside theory", lambda: report.sizes_png),
        ResultFile("histograms.png", "how the signals of each layer are distributed", lambda: report.histograms_png),
        ResultFile("layers.gif", "the same layer by layer, then the gradients back", lambda: report.passes_gif),
        ResultFile("layers.csv", "every size in numbers", lambda: numbers_csv(COLUMNS, sizes)),
    ]
    if report.has_functions:
        files.insert(0, ResultFile("functions.png", "the functions and their slopes", lambda: report.functions_png))
    if report.has_losses:
        rows = [(run.name, step, loss) for run in runs for step, loss in enumerate(run.losses)]
        files += [
            ResultFile("losses.png", "the losses of a short training", lambda: report.losses_png),
            ResultFile("losses.csv", "the same in numbers", lambda: numbers_csv(("name", "step", "loss"), rows)),
        ]
    page = ResultFile("report.html", "all on one page", lambda: report.html().encode())
    write(out, [*files, page])
