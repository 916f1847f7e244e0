"""A training run as the terminal shows it: how it goes, what the best epoch gave, which files were written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from micrograd_plus.checkpoint_keeper import CheckpointKeeper
from micrograd_plus.classifier import Classifier
from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.errors import INTERRUPTED
from micrograd_plus.cli.interrupts import Interrupts
from micrograd_plus.cli.live import shown_live
from micrograd_plus.cli.measures import print_best
from micrograd_plus.cli.prepared import prepared
from micrograd_plus.cli.results import (
    HISTORY,
    MODEL,
    TRAINING,
    UNFINISHED,
    Picture,
    draw_pictures,
    kept_file,
    remove,
    save_model,
)
from micrograd_plus.cli.written import print_files
from micrograd_plus.train import DivergedError
from micrograd_plus.training_history import History

if TYPE_CHECKING:
    from micrograd_plus.viz.report import Report, Samples

_FILES = {MODEL: "the model", HISTORY: "loss and accuracy by epoch", TRAINING: "what --resume goes on from"}


def run(
    title: str,
    folder: Path,
    classifier: Classifier,
    training: Samples,
    validation: Samples,
    pictures: Sequence[Picture],
    *,
    about: Mapping[str, Any] | None = None,
    resume: bool = False,
) -> None:
    """Train, write the model, its history and the pictures to `folder`, and say so under `title`.

    Ctrl-C ends the training early: the results are those of the epochs so far. Once training has ended the model and
    its history are in place, and Ctrl-C drops the pictures that are not drawn yet. Either ends the process with status
    130. `about` and `resume` as for `trained_in`.
    """
    with Interrupts() as interrupts:
        with prepared(folder, [*_FILES, *(picture.name for picture in pictures)]):
            echo(f"{title}: {len(training[1])} training samples, {len(validation[1])} validation samples")
            with shown_live(classifier.settings.chosen_epochs) as on_epoch:
                history = trained_in(
                    folder,
                    classifier,
                    training,
                    validation,
                    interrupts,
                    pictures,
                    about=about,
                    resume=resume,
                    on_epoch=on_epoch,
                )
        _print_end(history)
        print_best(classifier, history, validation)
        from micrograd_plus.viz.report import Report  # here, for with matplotlib --help would take twice as long

        report = Report(classifier, history, training, validation, title=title)
        files = {name: text for name, text in _FILES.items() if about is not None or name != TRAINING}
        files |= _draw(folder, report, pictures, interrupts)
        print_files(folder, files)
    if interrupts.count:
        raise click.exceptions.Exit(INTERRUPTED)


def trained_in(
    folder: Path,
    classifier: Classifier,
    training: Samples,
    validation: Samples,
    interrupts: Interrupts,
    pictures: Sequence[Picture] = (),
    *,
    about: Mapping[str, Any] | None = None,
    resume: bool = False,
    **options: Any,
) -> History:
    """Train, write the model and its history to `folder`, and return the history; `click.Abort` without an epoch.

    Training that diverged is raised, once the best model so far is written, if there is one. `pictures` that an earlier
    run has left are removed: they would not belong to this model.

    With what is to be said `about` the run, it is kept in the folder while it is trained, and can go on after whatever
    ended it: with `resume` it does. `options` are those of `classifier.fit`.
    """
    with prepared(folder, [*_FILES, UNFINISHED]), _kept(folder, about, resume=resume) as keeper:
        try:
            with interrupts.let_through():
                history = classifier.fit(*training, validation=validation, record=True, keeper=keeper, **options)
        except DivergedError as error:
            if not (best := error.history.best):
                raise
            if not resume:
                (folder / TRAINING).unlink(missing_ok=True)  # of an earlier run
            _save(folder, classifier, error.history, pictures)
            message = f"{error}; {folder / MODEL} has the weights of epoch {best.number}"
            raise DivergedError(message, error.history) from error
        if history.best is None:
            raise click.Abort
        _save(folder, classifier, history, pictures)
    return history


def _save(folder: Path, classifier: Classifier, history: History, pictures: Sequence[Picture]) -> None:
    save_model(folder, classifier, history)
    remove(folder, pictures)


@contextmanager
def _kept(folder: Path, about: Mapping[str, Any] | None, *, resume: bool) -> Iterator[CheckpointKeeper | None]:
    """Give what keeps a training in the folder while the block runs, and afterwards; nothing if it came to nothing."""
    if about is None:
        yield None
        return
    unfinished, finished = folder / UNFINISHED, folder / TRAINING
    try:
        yield CheckpointKeeper(unfinished, about, resume=resume and (kept_file(folder) or finished))
    except (FloatingPointError, click.Abort):
        if not resume:  # it would come to nothing again
            unfinished.unlink(missing_ok=True)
        raise
    os.replace(unfinished, finished)


def _print_end(history: History) -> None:
    if history.interrupted:
        echo(f"interrupted after epoch {len(history.epochs)}: the best weights so far are kept", err=True)
    if history.stopped_early and history.best:
        echo(f"stopped after epoch {len(history.epochs)}: none was better than epoch {history.best.number}")


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
            echo(f"interrupted: the model and its history are kept, not drawn: {', '.join(missing)}", err=True)
    return drawn
