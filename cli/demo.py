"""`micrograd-plus demo`: a network of single numbers is trained, drawn and explained in seconds."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import numpy as np

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.named_path import NamedPath
from micrograd_plus.cli.prepared import alone_in
from micrograd_plus.cli.results import MODEL, Picture, pictures_of
from micrograd_plus.cli.run import run
from micrograd_plus.settings import Settings
from micrograd_plus.viz.drawing import draw

TRAINING, VALIDATION = 160, 200


@click.command()
@click.option(
    "--out",
    type=NamedPath(file_okay=False),
    default="demo",
    show_default=True,
    metavar="DIR",
    help="The folder to write to.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Draws points, weights and batches.",
)
def demo(out: Path, seed: int) -> None:
    """Train a small network on two moons; draw what it learned, and how.

    \b
    micrograd-plus demo
    micrograd-plus demo --out moons --seed 7

    Every weight of MLP(2, [16, 16, 1]) is a Value of its own. DIR gets the model, its loss curve and decision boundary,
    a report, a page that plays the training, and a picture of the loss on one point with all values and gradients.
    """
    rng = np.random.default_rng(seed)
    training, validation = data.moons(TRAINING, rng=rng), data.moons(VALIDATION, rng=rng)
    settings = Settings(hidden=(16, 16), backend="scalar", lr=0.05, epochs=20, seed=seed)
    classifier = Classifier.for_samples(training[0], ("x1", "x2"), ("upper", "lower"), settings)
    title = "MLP(2, [16, 16, 1]) on two moons"
    pictures = [*pictures_of(classifier, with_pages=True), _gradients("svg"), _gradients("png")]
    with alone_in(out):
        run(title, out, classifier, training, validation, pictures)
    echo("try next:")
    echo('  micrograd-plus graph "tanh(x*w + b)" --at x=2 --at w=-3 --at b=6.9')
    echo("  micrograd-plus train spiral --hidden 32,32 --activation tanh")
    echo(f"  micrograd-plus predict {shlex.quote(str(out / MODEL))} POINTS.csv")


def _gradients(format: str) -> Picture:
    """Return the picture of the loss on the hardest sample: its gradients are large."""
    return Picture(
        f"gradients.{format}",
        "the loss on the hardest point, with all its gradients",
        lambda report: draw(report.hardest_loss(1)).render(format),
    )
