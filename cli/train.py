"""`micrograd-plus train`: a classifier from a toy problem or a CSV file, and a folder with all that came of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from micrograd_plus import data
from micrograd_plus.cli.completion import one_of_or_a_file
from micrograd_plus.cli.data_options import data_options
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.named_path import NamedPath
from micrograd_plus.cli.notes import echo_notes
from micrograd_plus.cli.prepared import alone_in
from micrograd_plus.cli.repeat import REPEATS, train_repeatedly
from micrograd_plus.cli.results import HISTORY, TRAINING, UNFINISHED, default_folder, kept_file, pictures_of
from micrograd_plus.cli.run import run
from micrograd_plus.cli.settings_options import settings_options
from micrograd_plus.cli.training_job import TrainingJob
from micrograd_plus.cli.written import require_another_file
from micrograd_plus.settings import Settings

# What may be new when a run goes on; all else comes from its file.
_NEW = ("epochs", "patience", "report", "resume", "source")


@click.command()
@click.argument("source", metavar="DATA", required=False, shell_complete=one_of_or_a_file(data.NAMES))
@data_options
@click.option(
    "--validation",
    default=TrainingJob.validation,
    show_default=True,
    metavar="SHARE|CSV",
    help="The share of the samples that is not trained on, or a file with others: they tell which weights are best.",
)
@settings_options
@click.option("--repeat", type=int, default=1, metavar="N", help="Train with N seeds from --seed on; say the spread.")
@click.option(
    "--resume",
    type=NamedPath(file_okay=False, exists=True),
    metavar="DIR",
    help="Go on with the run in DIR as if it had not ended; only --epochs and --patience may be new.",
)
@click.option("--restart", is_flag=True, help="Begin anew though an unfinished run is in DIR.")
@click.option(
    "--out",
    type=NamedPath(file_okay=False),
    metavar="DIR",
    help="The folder for the results.  [default: runs/DATA]",
)
@click.option("--report/--no-report", default=True, show_default=True, help="Write report.html and training.html too.")
@click.pass_context
def train(
    ctx: click.Context,
    /,
    source: str | None,
    target: str | None,
    missing: str,
    validation: str,
    repeat: int,
    resume: Path | None,
    restart: bool,
    out: Path | None,
    report: bool,
    **settings: Any,
) -> None:
    """Train a classifier on DATA and keep the best weights it had.

    \b
    micrograd-plus train moons
    micrograd-plus train iris --hidden 8 --activation tanh --epochs 100 --out iris
    micrograd-plus train flowers.csv --target species --schedule cosine --patience 30
    micrograd-plus train --resume runs/moons --epochs 400

    DATA is moons, circles, spiral, xor or blobs; iris, or, with scikit-learn installed, wine, breast-cancer or digits;
    or a CSV file with a header, columns of numbers and a column of labels, "-" for one on standard input. A fifth of
    the samples is for validation: the weights with the smallest loss on them are kept.

    Into DIR go model.safetensors, history.csv, loss.png, for two features boundary.png, report.html with all plots and
    settings, training.html, which plays the training, and training.safetensors, from which --resume goes on. Ctrl-C
    ends the training and writes them for the epochs so far; later, it drops what is not drawn yet. Either exits with
    status 130. Whatever else ends it, --resume goes on, and the result is the same as without a break.
    """
    with taken_as_mistakes():
        if resume:
            job = _resumed(ctx, resume, source)
        elif source is None:
            raise click.UsageError("Missing argument 'DATA': want a data set by name, or the path of a CSV file")
        else:
            job = TrainingJob(source, Settings(**settings), target, missing, validation)
        if repeat < 1:
            raise click.UsageError(f"--repeat is at least 1, not {repeat}")
        echo_notes(job.notes)
        classifier, parts, about = job.classifier(), job.parts, job.about()
        title, folder = job.title, resume or out or default_folder(job.dataset.name)
        for table in (job.source, job.validation):
            require_another_file(folder / (HISTORY if repeat == 1 else REPEATS), table=Path(table))
    with alone_in(folder):
        if (folder / UNFINISHED).exists() and not (resume or restart):
            word = shlex.quote(str(folder))
            raise click.UsageError(f"an unfinished run is in {folder}: go on with --resume {word}, or add --restart")
        if repeat > 1:
            train_repeatedly(job, repeat, folder)
        else:
            pictures = pictures_of(classifier, with_pages=report)
            del job  # it holds the samples as they were before they were split: a third of the memory of a large table
            run(title, folder, classifier, *parts, pictures, about=about, resume=resume is not None)


def _resumed(ctx: click.Context, folder: Path, source: str | None) -> TrainingJob:
    """Return the job of the run in a folder, with what the command line changes."""
    given = [name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    refused = [name for name in given if name not in _NEW]
    if refused:
        raise click.UsageError(f"--{refused[0].replace('_', '-')} does not go with --resume: the run goes on as it was")
    kept = kept_file(folder)
    if kept is None:
        raise click.UsageError(f"{folder}: no run to go on with ({TRAINING} is missing)")
    job = TrainingJob.resumed(kept, **{name: ctx.params[name] for name in ("epochs", "patience") if name in given})
    if source not in (None, job.source):
        raise click.UsageError(f"the run in {folder} is of {job.source}, not of {source}")
    return job
