"""`micrograd-plus predict`: a table of samples goes in, a table of classes and probabilities comes out."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.csv_text import csv_content
from micrograd_plus.cli.echo import echo, echo_lines
from micrograd_plus.cli.named_path import NamedPath
from micrograd_plus.cli.notes import echo_notes
from micrograd_plus.cli.written import require_another_file
from micrograd_plus.data import read_features


@click.command()
@click.argument("model", type=NamedPath())
@click.argument("table", metavar="CSV", type=NamedPath())
@click.option("-o", "--output", type=NamedPath(), metavar="FILE", help="Write to a file instead of the terminal.")
def predict(model: Path, table: Path, output: Path | None) -> None:
    """Predict the class of each row of a CSV file.

    \b
    micrograd-plus train iris --out iris
    micrograd-plus predict iris/model.safetensors flowers.csv -o classes.csv

    MODEL is a file that `micrograd-plus train` wrote, CSV a file or - for standard input. The columns it was trained on
    are found by their names, in any order; other columns are left out. Missing values are taken by a model that was
    trained with `--missing mean`: the mean of its training samples stands in for them. What comes out is a CSV again: a
    row's class and the probability of every class, or, after training with the hinge loss, which has no probabilities,
    a score that is positive for the second class. The name of a class that a spreadsheet would take for a formula, such
    as =1+2 or @a, is led by an apostrophe.
    """
    if output is not None:
        require_another_file(output, model=model, table=table)
    classifier = Classifier.load(model)
    X, notes = read_features(
        table, classifier.feature_names, missing="mean" if classifier.standardiser.fills_missing else "error"
    )
    echo_notes(notes)
    content = csv_content(_header(classifier), _rows(classifier, X))
    if output is None:
        if sys.stdout.isatty():
            echo_lines(content.decode().removesuffix("\n"))
        else:
            click.echo(content.decode(), nl=False, color=True)  # or else click would take parts of names away
    else:
        atomic_write(output, content)
        echo(f"wrote {output}: {len(X)} rows")


def _header(classifier: Classifier) -> list[str]:
    if not classifier.has_probabilities:
        return ["class", "score"]
    return ["class", *(f"p({name})" for name in classifier.class_names)]


def _rows(classifier: Classifier, X: Any) -> Iterable[list[str]]:
    numbers = classifier.probabilities(X) if classifier.has_probabilities else classifier.scores(X)[:, None]
    for k, row in zip(classifier.predict(X), numbers, strict=True):
        yield [classifier.class_names[k], *(f"{number:.6g}" for number in row.tolist())]
