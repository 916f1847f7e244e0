"""What a sweep leaves behind: a table of its runs, a heat map and a report beside the journal and the best model.

matplotlib is loaded when it draws: before, it would keep the processes waiting for their work.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.cli.csv_text import csv_content
from micrograd_plus.cli.echo import echo
from micrograd_plus.cli.interrupts import Interrupts
from micrograd_plus.cli.sentences import say
from micrograd_plus.cli.text_table import table
from micrograd_plus.cli.written import print_files
from micrograd_plus.lab.sweep_folder import BEST, SweepFolder
from micrograd_plus.lab.sweep_table import HEADER, Row, cells, csv_rows, described, headings

TABLE, HEAT_MAP, REPORT = "sweep.csv", "heatmap.png", "report.html"

_IN_TABLE = "a row for each run"
_MOST_ROWS = 10


def remove_files(folder: Path) -> None:
    """Remove the results of an earlier sweep."""
    for name in (TABLE, HEAT_MAP, REPORT):
        (folder / name).unlink(missing_ok=True)


def print_rows(rows: Sequence[Row]) -> None:
    """Print the best settings, a line each."""
    if not rows:
        return
    heading, names = headings(rows)
    for line in table([heading, *cells(rows[:_MOST_ROWS], names)], " " * len(names) + "rrrr "):
        echo(line)
    if len(rows) > _MOST_ROWS:
        echo(f"... and {len(rows) - _MOST_ROWS} more settings in {TABLE}")


def write_results(kept: SweepFolder, rows: Sequence[Row], title: str, interrupts: Interrupts) -> None:
    """Write the table and the pictures; Ctrl-C, before or while they are drawn, drops the pictures."""
    if kept.best is not None:
        say(f"best model: {kept.folder / BEST}: {described(kept.best, rows)}")
    if not interrupts.count:
        try:
            with interrupts.let_through():
                _write_all(kept.folder, rows, title)
            return
        except KeyboardInterrupt:
            echo(f"interrupted: the runs and the best model are kept, not drawn: {HEAT_MAP}, {REPORT}", err=True)
    for name in (HEAT_MAP, REPORT):  # those of an earlier sweep are of fewer runs
        (kept.folder / name).unlink(missing_ok=True)
    atomic_write(kept.folder / TABLE, _numbers(rows))
    print_files(kept.folder, {TABLE: _IN_TABLE})


def _numbers(rows: Sequence[Row]) -> bytes:
    return csv_content(HEADER, csv_rows(rows))


def _write_all(folder: Path, rows: Sequence[Row], title: str) -> None:
    from micrograd_plus.cli.lab.results import ResultFile, write
    from micrograd_plus.viz import plots
    from micrograd_plus.viz.lab.heat_map import heat_map
    from micrograd_plus.viz.lab.sweep_report import sweep_page

    files = [
        ResultFile(TABLE, _IN_TABLE, lambda: _numbers(rows)),
        ResultFile(HEAT_MAP, "the mean accuracy of each setting", lambda: plots.png(heat_map(rows))),
        ResultFile(REPORT, "all about the sweep on one page", lambda: sweep_page(rows, title).encode()),
    ]
    write(folder, files)
