"""`micrograd-plus train`: a classifier from a toy problem or a CSV file, and a folder with all that came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from micrograd_plus import data
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.notes import echo_notes
from micrograd_plus.cli.results import pictures_of
from micrograd_plus.cli.run import run
from micrograd_plus.settings import BACKENDS, LOSSES, OPTIMIZERS, Settings

VALIDATION_SHARE = 0.2

_LR = ", ".join(f"{Settings(optimizer=name).chosen_lr} for {name}" for name in OPTIMIZERS)
_EPOCHS = ", ".join(f"{Settings(backend=name).chosen_epochs} for {name}" for name in BACKENDS)
_LOSS = f"{Settings().chosen_loss(2)} for two classes, {Settings().chosen_loss(3)} for more"


def _sizes(ctx: click.Context, param: click.Parameter, text: str) -> tuple[int, ...]:
    try:
        return tuple(int(size) for size in text.split(",")) if text.strip() else ()
    except ValueError:
        raise click.BadParameter(f"{text!r} is no list of sizes such as 16,16", ctx, param) from None


@click.command()
@click.argument("source", metavar="DATA")
@click.option("--target", metavar="NAME", help="The label column of a CSV file.  [default: the last one]")
@click.option(
    "--missing",
    default="error",
    show_default=True,
    metavar="WAY",
    help="For empty cells, NA, ? and the like in a CSV file: error, drop (their rows) or mean (of the column).",
)
@click.option(
    "--hidden",
    default="16,16",
    show_default=True,
    metavar="SIZES",
    callback=_sizes,
    help='Neurons in each hidden layer; "" for none.',
)
@click.option(
    "--activation",
    default=Settings.activation,
    show_default=True,
    metavar="NAME",
    help="Any operation of one number: relu, tanh, sigmoid, gelu, ...",
)
@click.option(
    "--loss",
    metavar="NAME",
    help=f"One of {', '.join(LOSSES)}.  [default: {_LOSS}]",
)
@click.option(
    "--optimizer",
    default=Settings.optimizer,
    show_default=True,
    metavar="NAME",
    help=f"One of {', '.join(OPTIMIZERS)}.",
)
@click.option("--lr", type=float, metavar="NUMBER", help=f"The learning rate.  [default: {_LR}]")
@click.option(
    "--batch-size", type=int, default=Settings.batch_size, show_default=True, metavar="N", help="Samples in each step."
)
@click.option("--epochs", type=int, metavar="N", help=f"Passes over the data.  [default: {_EPOCHS}]")
@click.option(
    "--seed", type=int, default=Settings.seed, show_default=True, metavar="N", help="Draws data, weights and batches."
)
@click.option(
    "--backend",
    default=Settings.backend,
    show_default=True,
    metavar="NAME",
    help=f"One of {', '.join(BACKENDS)}: single numbers show every gradient, arrays are fast, programs faster.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder for the results.  [default: runs/DATA]",
)
@click.option("--report/--no-report", default=True, show_default=True, help="Write report.html and training.html too.")
def train(source: str, target: str | None, missing: str, out: Path | None, report: bool, **settings: Any) -> None:
    """Train a classifier on DATA and keep the best weights it had.

    \b
    micrograd-plus train moons
    micrograd-plus train iris --hidden 8 --activation tanh --epochs 100 --out iris
    micrograd-plus train flowers.csv --target species

    DATA is moons, circles, spiral, xor or blobs; iris, or, with scikit-learn installed, wine, breast-cancer or digits;
    or a CSV file with a header, columns of numbers and a column of labels; - is one on standard input. A fifth of the
    samples is for validation: the weights with the smallest loss on them are kept. Into DIR go model.safetensors,
    history.csv, loss.png, for two features boundary.png, report.html with all plots and settings, and training.html,
    which plays the training. Ctrl-C ends the training and writes them for the epochs so far; later, it drops what is
    not drawn yet. Either exits with status 130.
    """
    with taken_as_mistakes():
        chosen = Settings(**settings)
        dataset = data.load(source, target, rng=chosen.seed, missing=missing)
        echo_notes(dataset.notes)
        training, validation = data.split(dataset.X, dataset.y, VALIDATION_SHARE, rng=chosen.seed)
        classifier = Classifier.for_samples(training[0], dataset.feature_names, dataset.class_names, chosen)
    title = f"{dataset.name} ({len(dataset.feature_names)} features, {len(dataset.class_names)} classes)"
    pictures = pictures_of(classifier, with_pages=report)
    run(title, out or Path("runs") / dataset.name, classifier, training, validation, pictures)
