"""A sweep as the terminal shows it: a progress bar, a table of the settings, which files were written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from micrograd_plus.cli.csv_text import csv_text
from micrograd_plus.cli.errors import INTERRUPTED
from micrograd_plus.cli.interrupts import Interrupts
from micrograd_plus.cli.results import draft_of
from micrograd_plus.cli.text_table import table
from micrograd_plus.cli.written import print_files
from micrograd_plus.data import Dataset
from micrograd_plus.lab.sweep import Run, SweepError, train_all
from micrograd_plus.lab.sweep_folder import BEST, JOURNAL, SweepFolder
from micrograd_plus.lab.sweep_table import HEADER, Row, csv_rows, in_words, rows_of, varying, written
from micrograd_plus.notation import short
from micrograd_plus.settings import Settings

TABLE, HEAT_MAP = "sweep.csv", "heatmap.png"

_MOST_ROWS = 10


def remove_files(folder: Path) -> None:
    """Remove what a sweep has left in a folder."""
    for name in (JOURNAL, BEST, TABLE, HEAT_MAP):
        (folder / name).unlink(missing_ok=True)


def run(
    kept: SweepFolder,
    points: Sequence[Settings],
    datasets: Mapping[int, Dataset],
    *,
    jobs: int | None,
    client: Any,
    again: str,
) -> None:
    """Do the runs that are waiting, write the results to the folder, and print the best settings.

    Ctrl-C stops the runs that are not done: the results are those of the others, without pictures. It ends the process
    with status 130, after a line with `again`, the command that goes on.
    """
    dataset = next(iter(datasets.values()))
    title = f"{dataset.name} ({len(dataset.feature_names)} features, {len(dataset.class_names)} classes)"
    with Interrupts() as interrupts:
        waiting = kept.waiting(points)
        done = sum(point in kept.runs for point in points)
        click.echo(f"{title}: {len(points)} runs" + (f", {done} of them done before" if done else ""))
        failed: list[Run] = []
        try:
            with interrupts.let_through(), _progress(len(points), done) as show:
                for trained in train_all(waiting, datasets, jobs=jobs or -1, client=client):
                    kept.add(trained)
                    if trained.run.outcome == "failed":
                        failed.append(trained.run)
                    show(kept)
        except KeyboardInterrupt:
            done = sum(point in kept.runs for point in points)
            click.echo(f"interrupted: {done} of {len(points)} runs are done and kept; to go on: {again}", err=True)
        _finish(kept, failed, title, with_pictures=not interrupts.count)
    if interrupts.count:
        raise click.exceptions.Exit(INTERRUPTED)


def _finish(kept: SweepFolder, failed: Sequence[Run], title: str, *, with_pictures: bool) -> None:
    """Write the table, and the pictures if they are wanted, and print the best settings and the files."""
    rows = rows_of([*kept.runs.values(), *failed])
    for error in dict.fromkeys(run.error for run in failed):
        click.echo(f"failed: {error}", err=True)
    if not kept.best:
        errors = dict.fromkeys(run.error for row in rows for run in row.runs)
        if with_pictures:
            raise SweepError(f"every run diverged or failed: {'; '.join(map(str, errors))}")
        return
    files = {TABLE: "a row for each run"}
    with draft_of(kept.folder, [TABLE, HEAT_MAP]) as draft:
        (draft / TABLE).write_text(csv_text(HEADER, csv_rows(rows)))
        if with_pictures:
            (draft / HEAT_MAP).write_bytes(_heat_map(rows))
            files[HEAT_MAP] = "the mean accuracy of each setting"
    if not with_pictures:
        (kept.folder / HEAT_MAP).unlink(missing_ok=True)  # it would be that of fewer runs
    _print_rows(rows)
    files[BEST] = f"the model with the highest validation accuracy: {_named(kept.best)}"
    print_files(kept.folder, files)


def _heat_map(rows: Sequence[Row]) -> bytes:
    from micrograd_plus.viz import plots  # matplotlib would keep the processes waiting at the start
    from micrograd_plus.viz.lab.heat_map import heat_map

    return plots.png(heat_map(rows))


def _print_rows(rows: Sequence[Row]) -> None:
    names = varying(row.settings for row in rows) or ["lr"]
    header = [in_words(name) for name in names] + ["accuracy", "spread", "loss", "seconds", "runs"]
    cells = [[written(getattr(row.settings, name)) or "none" for name in names] + _measures(row) for row in rows]
    for line in table([header, *cells[:_MOST_ROWS]], " " * len(names) + "rrrr "):
        click.echo(line)
    if len(rows) > _MOST_ROWS:
        click.echo(f"... and {len(rows) - _MOST_ROWS} more settings in {TABLE}")


def _measures(row: Row) -> list[str]:
    accuracy, spread, loss = row.accuracy, row.spread, row.loss
    return [
        "" if accuracy is None else f"{accuracy:.1%}",
        "" if spread is None else f"{100 * spread:.1f}",
        "" if loss is None else short(loss, 3),
        f"{row.seconds:.2f}",
        f"{len(row.runs)}" + (f", {row.lost} lost" if row.lost else ""),
    ]


def _named(run: Run) -> str:
    return f"{run.best.validation_accuracy:.1%}" if run.best else ""


@contextmanager
def _progress(count: int, done: int) -> Iterator[Callable[[SweepFolder], None]]:
    """Give what shows, in a terminal, how many of the runs are done and the best so far; a pipe stays quiet."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_interactive:
        yield lambda kept: None
        return
    best = TextColumn("{task.fields[best]}")
    columns = (TextColumn("run"), MofNCompleteColumn(), BarColumn(bar_width=None), best, TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=count, completed=done, best="")

        def show(kept: SweepFolder) -> None:
            text = f"best {kept.best.best.validation_accuracy:.1%}" if kept.best and kept.best.best else ""
            progress.update(task, advance=1, best=text)

        yield show
