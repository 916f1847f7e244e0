"""A training run as the terminal shows it: a progress bar, what the best epoch gave, which files were written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.errors import INTERRUPTED
from micrograd_plus.cli.interrupts import Interrupts
from micrograd_plus.cli.results import HISTORY, MODEL, Picture, draft_of, draw_pictures, remove, save_model
from micrograd_plus.cli.written import print_files
from micrograd_plus.train import Epoch, History
from micrograd_plus.viz.report import Report, Samples


def run(
    title: str,
    folder: Path,
    classifier: Classifier,
    training: Samples,
    validation: Samples,
    pictures: Sequence[Picture],
) -> None:
    """Train, write the model, its history and the pictures to `folder`, and say so under `title`.

    Ctrl-C ends the training early: the results are those of the epochs so far. Once training has ended the model and
    its history are in place, and Ctrl-C drops the pictures that are not drawn yet. Either ends the process with status
    130.
    """
    files = {MODEL: "the model", HISTORY: "loss and accuracy by epoch"}
    with Interrupts() as interrupts:
        with draft_of(folder, [*files, *(picture.name for picture in pictures)]) as draft:
            click.echo(f"{title}: {len(training[1])} training samples, {len(validation[1])} validation samples")
            history = _fit(classifier, training, validation, interrupts)
            if history.best is None:
                raise click.Abort
            save_model(draft, classifier, history)
        remove(folder, pictures)
        if history.interrupted:
            click.echo(f"interrupted after epoch {len(history.epochs)}: the best weights so far are kept", err=True)
        _print_best(history.best)
        report = Report(classifier, history, training, validation, title=title)
        files |= _draw(folder, report, pictures, interrupts)
        print_files(folder, files)
    if interrupts.count:
        raise click.exceptions.Exit(INTERRUPTED)


def _fit(classifier: Classifier, training: Samples, validation: Samples, interrupts: Interrupts) -> History:
    """Train, in a terminal with a bar on stderr that counts the epochs; a pipe and a file stay quiet."""
    console = Console(stderr=True)
    if not console.is_interactive:
        with interrupts.let_through():
            return classifier.fit(*training, validation=validation, record=True)
    columns = (
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[measures]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=classifier.settings.chosen_epochs, measures="")

        def show(epoch: Epoch) -> None:
            progress.update(task, completed=epoch.number, measures=_measures(epoch))

        with interrupts.let_through():
            return classifier.fit(*training, validation=validation, on_epoch=show, record=True)


def _measures(epoch: Epoch) -> str:
    return f"loss {epoch.loss:.4f}, validation {epoch.validation_loss:.4f}, {epoch.validation_accuracy:6.1%} right"


def _print_best(best: Epoch) -> None:
    click.echo(f"best epoch: {best.number}")
    click.echo(f"  training:   loss {best.loss:.3g}, accuracy {best.accuracy:.1%}")
    click.echo(f"  validation: loss {best.validation_loss:.3g}, accuracy {best.validation_accuracy:.1%}")


def _draw(folder: Path, report: Report, pictures: Sequence[Picture], interrupts: Interrupts) -> dict[str, str]:
    """Draw the pictures that no Ctrl-C drops, say of the others that they are missing, and return what there is."""
    drawn: dict[str, str] = {}
    try:
        with interrupts.let_through():
            if interrupts.count > report.history.interrupted:
                raise KeyboardInterrupt  # it came while the model was being written
            for picture in draw_pictures(folder, report, pictures):
                drawn[picture.name] = picture.text
    except KeyboardInterrupt:
        missing = [picture.name for picture in pictures if picture.name not in drawn]
        if missing:
            click.echo(f"interrupted: the model and its history are kept, not drawn: {', '.join(missing)}", err=True)
    return drawn
