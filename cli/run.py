"""A training run as the terminal shows it: a progress bar, what the best epoch gave, which files were written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.errors import INTERRUPTED
from micrograd_plus.cli.results import Samples, draft_of, save_run
from micrograd_plus.train import Epoch, History

Written = dict[str, str]  # names of files, each with what is in it


def run(
    title: str,
    folder: Path,
    classifier: Classifier,
    training: Samples,
    held_back: Samples,
    *,
    add: Callable[[Path], Written] = lambda draft: {},
) -> None:
    """Train, write the results to `folder`, and say so under `title`.

    `add` writes further files to the folder it is given and returns what is in them. Ctrl-C ends the training early:
    the results are those of the epochs so far, and the process ends with status 130.
    """
    with draft_of(folder) as draft:
        click.echo(f"{title}: {len(training[1])} samples to train on, {len(held_back[1])} held back")
        history = _fit(classifier, training, held_back)
        if history.best is None:
            raise click.Abort
        written = save_run(draft, classifier, history, training, held_back) | add(draft)
    if history.interrupted:
        click.echo(f"interrupted after epoch {len(history.epochs)}: the best weights so far are kept", err=True)
    _print_results(history.best, folder, written)
    if history.interrupted:
        raise click.exceptions.Exit(INTERRUPTED)


def _fit(classifier: Classifier, training: Samples, held_back: Samples) -> History:
    """Train, in a terminal with a bar on stderr that counts the epochs; a pipe and a file stay quiet."""
    console = Console(stderr=True)
    if not console.is_interactive:
        return classifier.fit(*training, validation=held_back)
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

        return classifier.fit(*training, validation=held_back, on_epoch=show)


def _measures(epoch: Epoch) -> str:
    return f"loss {epoch.loss:.4f}, held back {epoch.validation_loss:.4f}, {epoch.validation_accuracy:6.1%} right"


def _print_results(best: Epoch, folder: Path, written: Written) -> None:
    """Print what the best epoch gave, and each file in `folder` with what is in it."""
    click.echo(f"best epoch: {best.number}")
    click.echo(f"  training:  loss {best.loss:.3g}, accuracy {best.accuracy:.1%}")
    click.echo(f"  held back: loss {best.validation_loss:.3g}, accuracy {best.validation_accuracy:.1%}")
    click.echo("wrote:")
    width = max(len(str(folder / name)) for name in written)
    for name, content in written.items():
        click.echo(f"  {folder / name!s:<{width}}  {content}")
