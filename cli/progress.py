"""Training with a progress bar: in a terminal, that is; a pipe and a file stay quiet."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from micrograd_plus.classifier import Classifier
from micrograd_plus.train import Epoch, History

Samples = tuple[Any, Any]


def fit_with_progress(classifier: Classifier, training: Samples, held_back: Samples) -> History:
    """Return `classifier.fit(*training, validation=held_back)`, with a bar on stderr that counts the epochs."""
    console = Console(stderr=True)
    columns = (
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[measures]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=classifier.settings.chosen_epochs, measures="")

        def show(epoch: Epoch) -> None:
            progress.update(task, completed=epoch.number, measures=_measures(epoch))

        return classifier.fit(*training, validation=held_back, on_epoch=show)


def _measures(epoch: Epoch) -> str:
    return f"loss {epoch.loss:.4f}  held back {epoch.validation_loss:.4f}, {epoch.validation_accuracy:.1%} right"
