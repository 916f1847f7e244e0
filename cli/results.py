"""What a training run leaves behind: a folder with the model and its history, then pictures of the run."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.csv_text import csv_text
from micrograd_plus.train import Epoch, History
from micrograd_plus.viz.report import Report
from micrograd_plus.viz.training_player import training_player_html

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
    return training_player_html(report.history, report.classifier, title=report.title)


def pictures_of(classifier: Classifier, *, with_pages: bool) -> list[Picture]:
    """Return the pictures of a run; the pages show what a record of the training holds."""
    plots = [LOSS, BOUNDARY] if len(classifier.feature_names) == 2 else [LOSS]
    return [*plots, *PAGES] if with_pages else plots


@contextmanager
def prepared(folder: Path, names: Iterable[str]) -> Iterator[None]:
    """Make `folder` where there is none for the block; it is removed again if nothing stands in it then.

    Raises OSError before the block where it cannot be written to, or where one of the `names` to come is that of a
    folder.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            if (folder / name).is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(folder / name))
        _require_writable(folder)
        yield
    finally:
        for path in made:
            with suppress(OSError):  # it has not been made, or it holds the results
                path.rmdir()


def _require_writable(folder: Path) -> None:
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:  # it names a file that nobody knows
        raise OSError(error.errno, error.strerror, str(folder)) from error


@contextmanager
def draft_of(folder: Path, names: Iterable[str] = ()) -> Iterator[Path]:
    """Give an empty folder whose files move into `folder` when the block ends; none does if it raises.

    `folder` is `prepared` for files of these `names`.
    """
    with prepared(folder, names), tempfile.TemporaryDirectory(prefix=".", dir=folder) as draft:
        yield Path(draft)
        for file in Path(draft).iterdir():
            os.replace(file, folder / file.name)


def save_model(folder: Path, classifier: Classifier, history: History) -> None:
    """Write the model and its history."""
    classifier.save(folder / MODEL)
    columns = [[getattr(epoch, field.name) for epoch in history.epochs] for field in fields(Epoch)]
    header = ["epoch", *(field.name for field in fields(Epoch)[1:])]
    atomic_write(folder / HISTORY, csv_text(header, zip(*columns, strict=True)).encode())


def draw_pictures(folder: Path, report: Report, pictures: Iterable[Picture]) -> Iterator[Picture]:
    """Write pictures, and yield each when it is there."""
    for picture in pictures:
        with draft_of(folder, [picture.name]) as draft:
            (draft / picture.name).write_bytes(picture.draw(report))
        yield picture


def remove(folder: Path, pictures: Iterable[Picture]) -> None:
    """Remove what an earlier run has left of the pictures: it would not belong to this run's model."""
    for picture in pictures:
        (folder / picture.name).unlink(missing_ok=True)
