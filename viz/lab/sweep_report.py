"""The report of a sweep: its heat map, what each setting does by itself, and all settings in a table."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from micrograd_plus.lab.grid import SETTINGS, values_of
from micrograd_plus.lab.sweep_table import Row, cells, described, headings, in_words, named, shown
from micrograd_plus.settings import Settings
from micrograd_plus.viz import plots
from micrograd_plus.viz.lab.heat_map import heat_map
from micrograd_plus.viz.lab.page import Section, lab_page

MOST_ROWS = 200


def sweep_page(rows: Sequence[Row], title: str) -> str:
    """Return an HTML page about the rows of a sweep, which come best first."""
    heading, names = headings(rows)
    runs = [run for row in rows for run in row.runs]
    text = "Best first: by mean validation accuracy, then by mean validation loss; settings that lost runs come last."
    if len(rows) > MOST_ROWS:
        text += f" The first {MOST_ROWS} of {len(rows)}."
    sections = [
        Section(
            "Accuracy",
            "Of the samples that are not trained on, which the seed draws, the share that is classified rightly. "
            "Differences that are smaller than the spread over seeds mean little.",
            [plots.png(heat_map(rows))],
        ),
        *_by_itself(rows, names),
        Section("Settings", text, header=heading, rows=cells(rows[:MOST_ROWS], names)),
        *_errors(rows),
    ]
    lead = f"{len(runs)} runs of {len(rows)} settings. In all: {_shared(rows)}.\n{_best(rows)}"
    return lab_page(f"Sweep: {title}", lead, sections)


def _best(rows: Sequence[Row]) -> str:
    """Return in words which setting is best on average, and which run is best of all."""
    if rows[0].accuracy is None:
        return "No run came to its end."
    first = min((run for row in rows for run in row.trained), key=lambda run: run.rank)
    return (
        f"Best setting on average: {_named(rows[0].settings, headings(rows)[1])}.\nBest run: {described(first, rows)}."
    )


def _shared(rows: Sequence[Row]) -> str:
    """Return the settings that all rows have."""
    names = [name for name in SETTINGS if name != "seed" and name not in headings(rows)[1]]
    return _named(rows[0].settings, [name for name in names if getattr(rows[0].settings, name) is not None])


def _named(settings: Settings, names: Iterable[str]) -> str:
    return ", ".join(named(name, getattr(settings, name)) for name in names)


def _by_itself(rows: Sequence[Row], names: Sequence[str]) -> Iterable[Section]:
    """Yield a table of what each value of a setting gives, as the mean over all else."""
    lines = []
    for name in names:
        for value in values_of(name, [row.settings for row in rows]):
            accuracies = [a for row in rows if getattr(row.settings, name) == value for a in row.accuracies]
            lost = sum(row.lost for row in rows if getattr(row.settings, name) == value)
            mean = f"{statistics.fmean(accuracies):.1%}" if accuracies else ""
            best = f"{max(accuracies):.1%}" if accuracies else ""
            lines.append([in_words(name), shown(value), mean, best, str(lost or "")])
    if len(names) > 1:
        yield Section(
            "Each setting by itself",
            "Over all runs that have a value: the mean and the highest validation accuracy.",
            header=["setting", "value", "mean", "highest", "lost"],
            rows=lines,
        )


def _errors(rows: Sequence[Row]) -> Iterable[Section]:
    lost = [run for row in rows for run in row.runs if run.error is not None]
    if lost:
        lines = [[described(run, rows), run.outcome, run.error or ""] for run in lost[:MOST_ROWS]]
        yield Section("Runs without a result", header=["settings", "outcome", "error"], rows=lines)
