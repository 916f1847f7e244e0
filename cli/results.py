"""What a training run leaves behind: a folder with the model, its history, and plots."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.csv_text import csv_text
from micrograd_plus.train import Epoch, History
from micrograd_plus.viz import plots

MODEL = "model.safetensors"

Samples = tuple[Any, Any]


@contextmanager
def draft_of(folder: Path) -> Iterator[Path]:
    """Give an empty folder whose files move into `folder` when the block ends; none does if it raises.

    `folder` is made where there is none, and removed again if nothing comes of it. Raises OSError before the block
    where it cannot be written to.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=folder) as draft:
            yield Path(draft)
            for file in Path(draft).iterdir():
                os.replace(file, folder / file.name)
    finally:
        for path in made:
            with suppress(OSError):  # it has not been made, or it holds the results
                path.rmdir()


def save_run(
    folder: Path, classifier: Classifier, history: History, training: Samples, held_back: Samples
) -> dict[str, str]:
    """Write the model, its history and the plots; return the files' names, each with what is in it."""
    classifier.save(folder / MODEL)
    columns = {field.name: [getattr(epoch, field.name) for epoch in history.epochs] for field in fields(Epoch)}
    text = csv_text(["epoch", *list(columns)[1:]], zip(*columns.values(), strict=True))
    atomic_write(folder / "history.csv", text.encode())
    plots.save(_loss_curve(columns), folder / "loss.png")
    written = {MODEL: "the model", "history.csv": "loss and accuracy by epoch", "loss.png": "the same as curves"}
    if len(classifier.feature_names) == 2:
        plots.save(_boundary(classifier, training, held_back), folder / "boundary.png")
        written["boundary.png"] = "where the model decides"
    return written


def _loss_curve(columns: dict[str, list[float]]) -> Figure:
    return plots.loss_curve(
        columns["loss"],
        columns["validation_loss"],
        accuracies=columns["accuracy"],
        validation_accuracies=columns["validation_accuracy"],
    )


def _boundary(classifier: Classifier, training: Samples, held_back: Samples) -> Figure:
    return plots.decision_boundary(
        classifier.probabilities if classifier.has_probabilities else classifier.predict,
        *training,
        classifier.class_names,
        validation=held_back,
        feature_names=classifier.feature_names,
    )
