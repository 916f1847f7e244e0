"""`micrograd-plus lab init`: one deep network, its weights drawn in several ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.lab.depth_results import finished, network_options, show
from micrograd_plus.cli.lab.results import out_option
from micrograd_plus.cli.lists import names
from micrograd_plus.lab.depth import DepthSettings, compare_initialisations
from micrograd_plus.lab.initialisations import INITIALISATIONS, initialisation_named
from micrograd_plus.viz.lab.depth_report import DepthReport


@click.command()
@click.option(
    "--initialisations",
    default=",".join(INITIALISATIONS),
    show_default=True,
    metavar="NAMES",
    callback=names,
    help="How to draw the weights.",
)
@click.option("--activation", default="relu", show_default=True, metavar="NAME", help="Any operation of one number.")
@network_options
@out_option("init")
def init(initialisations: tuple[str, ...], activation: str, out: Path, **settings: Any) -> None:
    """See which initial weights keep the size of signals and gradients in a deep network.

    \b
    micrograd-plus lab init
    micrograd-plus lab init --activation tanh --depth 50

    One network, its weights drawn in several ways: how large the signal is after each layer on the way forward and the
    gradient at each on the way back, beside what theory foretells; how the numbers are distributed, which units are
    dead or saturated; and whether a short training gets anywhere.
    """
    with taken_as_mistakes():
        chosen = DepthSettings(**settings)
        rows = [initialisation_named(name) for name in initialisations]
        runs = compare_initialisations(rows, activation, chosen)
    measured = finished(runs, len(rows))
    lead = [f"{chosen.depth} layers of {chosen.width} {activation} units, biases 0. The weights:"]
    lead += [f"{row.name}: {row.text}." for row in rows]
    show(DepthReport("Initial weights, layer by layer", "\n".join(lead), measured, has_functions=False), out)
