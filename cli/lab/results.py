"""What an experiment leaves behind: a folder with pictures, an animation, numbers and a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from micrograd_plus.atomic_file import atomic_write_all
from micrograd_plus.cli.csv_text import csv_content
from micrograd_plus.cli.named_path import NamedPath
from micrograd_plus.cli.prepared import prepared
from micrograd_plus.cli.progress import shown_when_long
from micrograd_plus.cli.written import print_files


class ResultFile(NamedTuple):
    """A file of an experiment: its name, what is in it in words, and what makes its content."""

    name: str
    text: str
    make: Callable[[], bytes]


def write(folder: Path, files: Sequence[ResultFile]) -> None:
    """Make files in `folder`, all or none, and print which; a bar shows that it takes long."""
    with prepared(folder, [file.name for file in files]):
        with shown_when_long("drawing", len(files)) as numbers:
            made = {folder / files[k].name: files[k].make() for k in numbers}
        atomic_write_all(made)
    print_files(folder, {file.name: file.text for file in files})


def numbers_csv(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Return a table as the bytes of a CSV file; numbers are written so that reading gives the same ones."""
    plain = ([cell.item() if hasattr(cell, "item") else cell for cell in row] for row in rows)
    return csv_content(header, plain)


def out_option(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option `--out DIR` of the experiment `name`, a Path passed as `out` that can be written to."""
    return click.option(
        "--out",
        type=NamedPath(file_okay=False),
        callback=_writable,
        default=f"runs/lab-{name}",
        show_default=True,
        metavar="DIR",
        help="The folder to write to.",
    )


def _writable(ctx: click.Context, param: click.Parameter, folder: Path) -> Path:
    """Return the folder; an experiment takes long, so that one that cannot be written to is refused before."""
    with prepared(folder, ()):
        return folder
