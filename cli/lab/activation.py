"""`micrograd-plus lab activation`: one deep network with several activation functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.lab.depth_results import finished, network_options, show
from micrograd_plus.cli.lab.results import out_option
from micrograd_plus.cli.lists import names
from micrograd_plus.lab.depth import DepthSettings, compare_activations
from micrograd_plus.lab.initialisations import INITIALISATIONS, initialisation_named
from micrograd_plus.viz.lab.depth_report import DepthReport


@click.command()
@click.option(
    "--activations",
    default="relu,leaky_relu,elu,gelu,silu,tanh,sigmoid,softplus,sin",
    show_default=True,
    metavar="NAMES",
    callback=names,
    help="Any operations of one number.",
)
@click.option(
    "--initialisation",
    default="kaiming_normal",
    show_default=True,
    metavar="NAME",
    help=f"How to draw the weights: {', '.join(INITIALISATIONS)}.",
)
@network_options
@out_option("activation")
def activation(activations: tuple[str, ...], initialisation: str, out: Path, **settings: Any) -> None:
    """See which activation functions keep the size of signals and gradients in a deep network.

    \b
    micrograd-plus lab activation
    micrograd-plus lab activation --activations tanh,arctan,erf --depth 30

    Each function and its slope; then, in a deep network whose weights suit it, how large the signal is after each layer
    on the way forward and the gradient at each on the way back, beside what theory foretells; how the numbers are
    distributed, which units are dead or saturated; and whether a short training gets anywhere.
    """
    with taken_as_mistakes():
        chosen = DepthSettings(**settings)
        row = initialisation_named(initialisation)
        runs = compare_activations(activations, row, chosen)
    measured = finished(runs, len(activations))
    lead = f"{chosen.depth} layers of {chosen.width} units, biases 0. The weights: {row.name}, {row.text}."
    show(DepthReport("Activation functions, layer by layer", lead, measured, has_functions=True), out)
