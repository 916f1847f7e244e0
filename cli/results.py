"""What a training run leaves behind: a folder with the model and its history, then pictures of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from micrograd_plus.atomic_file import atomic_write, atomic_write_all
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.csv_text import csv_content
from micrograd_plus.cli.prepared import prepared
from micrograd_plus.training_history import Epoch, History

if TYPE_CHECKING:
    from micrograd_plus.viz.report import Report

MODEL, HISTORY = "model.safetensors", "history.csv"
# What a run goes on from: while it is trained, and afterwards.
UNFINISHED, TRAINING = "unfinished.safetensors", "training.safetensors"


class Picture(NamedTuple):
    """A file that is made of a run: its name, what is in it in words, and its content."""

    name: str
    text: str
    draw: Callable[[Report], bytes]


LOSS = Picture("loss.png", "the same as curves", lambda report: report.loss_png)
BOUNDARY = Picture("boundary.png", "where the model decides", lambda report: report.boundary_png)
PAGES = (
    Picture("report.html", "all about the run on one page", lambda report: report.html().encode()),
    Picture("training.html", "the training, to be played", lambda report: _player(report).encode()),
)


def _player(report: Report) -> str:
    from micrograd_plus.viz.training_player import training_player_html

    return training_player_html(report.history, report.classifier, title=report.title)


def default_folder(name: str) -> Path:
    """Return where the results of a data set go: into runs/, also those of `...csv`, whose name is `..`."""
    return Path("runs", name if name.strip(".") else "table")


def pictures_of(classifier: Classifier, *, with_pages: bool) -> list[Picture]:
    """Return the pictures of a run; the pages show what a record of the training holds."""
    plots = [LOSS, BOUNDARY] if len(classifier.feature_names) == 2 else [LOSS]
    return [*plots, *PAGES] if with_pages else plots


def save_model(folder: Path, classifier: Classifier, history: History) -> None:
    """Write the model and its history."""
    columns = [[getattr(epoch, field.name) for epoch in history.epochs] for field in fields(Epoch)]
    header = ["epoch", *(field.name for field in fields(Epoch)[1:])]
    numbers = csv_content(header, zip(*columns, strict=True))
    atomic_write_all({folder / MODEL: classifier.content(), folder / HISTORY: numbers})


def draw_pictures(folder: Path, report: Report, pictures: Iterable[Picture]) -> Iterator[Picture]:
    """Write pictures, and yield each when it is there."""
    for picture in pictures:
        with prepared(folder, [picture.name]):
            atomic_write(folder / picture.name, picture.draw(report))
        yield picture


def remove(folder: Path, pictures: Iterable[Picture]) -> None:
    """Remove what an earlier run has left of the pictures."""
    for picture in pictures:
        (folder / picture.name).unlink(missing_ok=True)


def kept_file(folder: Path) -> Path | None:
    """Return the file of the run in a folder that can go on, None if there is none."""
    return next((folder / name for name in (UNFINISHED, TRAINING) if (folder / name).exists()), None)
