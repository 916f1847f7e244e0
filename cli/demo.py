"""`micrograd-plus demo`: a network of single numbers is trained, drawn and explained in seconds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
import numpy as np

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.results import MODEL, Samples
from micrograd_plus.cli.run import Written, run
from micrograd_plus.settings import Settings
from micrograd_plus.viz.drawing import draw

TRAINING, HELD_BACK = 160, 200
PICTURES = ("gradients.svg", "gradients.png")


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
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
    and a picture of the loss on one point with all values and gradients.
    """
    rng = np.random.default_rng(seed)
    training, held_back = data.moons(TRAINING, rng=rng), data.moons(HELD_BACK, rng=rng)
    settings = Settings(hidden=(16, 16), backend="scalar", lr=0.05, epochs=20, seed=seed)
    classifier = Classifier.for_samples(training[0], ("x1", "x2"), ("upper", "lower"), settings)
    title = "MLP(2, [16, 16, 1]) on two moons"
    run(title, out, classifier, training, held_back, add=partial(_draw_gradients, classifier, held_back))
    click.echo("try next:")
    click.echo('  micrograd-plus graph "tanh(x*w + b)" --at x=2 --at w=-3 --at b=6.9')
    click.echo("  micrograd-plus train spiral --hidden 32,32 --activation tanh")
    click.echo(f"  micrograd-plus predict {out / MODEL} POINTS.csv")


def _draw_gradients(classifier: Classifier, samples: Samples, folder: Path) -> Written:
    """Draw the loss on the sample whose class is the least probable: its gradients are large."""
    X, y = samples
    hardest = int(classifier.probabilities(X)[np.arange(len(y)), y].argmin())
    loss = classifier.sample_loss(X[hardest], y[hardest])
    loss.label = "loss"
    loss.backward()
    drawing = draw(loss)
    for name in PICTURES:
        drawing.save(folder / name)
    return dict.fromkeys(PICTURES, "the loss on the hardest point, with all its gradients")
