"""A sweep as the terminal shows it: a progress bar, then a table of the settings and the files that were written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import click

from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.errors import INTERRUPTED
from micrograd_plus.cli.interrupts import Interrupts
from micrograd_plus.cli.sweep_results import print_rows, write_results
from micrograd_plus.data import Dataset
from micrograd_plus.lab.sweep import SweepError, SweepRun, Trained, train_all
from micrograd_plus.lab.sweep_folder import SweepFolder
from micrograd_plus.lab.sweep_table import rows_of
from micrograd_plus.settings import Settings
from micrograd_plus.texts import counted


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
    title = next(iter(datasets.values())).title
    done = _done(kept, points)
    echo(f"{title}: {counted(len(points), 'run')}" + (f", {done} of them done before" if done else ""))
    with Interrupts() as interrupts:
        runs = train_all(kept.waiting(points), datasets, jobs=jobs or -1, client=client)
        with _progress(len(points), done) as show:
            failed = _keep(runs, kept, show, interrupts)
        if interrupts.count:
            line = f"interrupted: {_done(kept, points)} of {len(points)} runs are done and kept; to go on: {again}"
            echo(line, err=True)
        for error in dict.fromkeys(run.error for run in failed):
            echo(f"failed: {error}", err=True)
        rows = rows_of([*kept.runs.values(), *failed])
        print_rows(rows)
        write_results(kept, rows, title, interrupts)
    if interrupts.count:
        raise click.exceptions.Exit(INTERRUPTED)
    if kept.best is None:
        raise SweepError("no run came to its end: see the column error of sweep.csv")


def _done(kept: SweepFolder, points: Sequence[Settings]) -> int:
    return sum(point in kept.runs for point in points)


def _keep(
    runs: Iterator[Trained], kept: SweepFolder, show: Callable[[SweepFolder], None], interrupts: Interrupts
) -> list[SweepRun]:
    """Keep the runs until there are no more or Ctrl-C comes, which never leaves one half kept; return the failed."""
    failed = []
    with closing(runs):  # type: ignore[type-var]  # it is a generator
        while not interrupts.count:
            try:
                with interrupts.let_through():
                    trained = next(runs, None)
            except KeyboardInterrupt:
                break
            if trained is None:
                break
            kept.add(trained)
            if trained.run.outcome == "failed":
                failed.append(trained.run)
            show(kept)
    return failed


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
