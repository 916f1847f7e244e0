"""The folder that a training run leaves behind: the model, its history, and pictures of both."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path

from micrograd_plus.atomic_file import atomic_write
from micrograd_plus.train import Epoch, History


@contextmanager
def writable_folder(path: Path) -> Iterator[Path]:
    """Give a folder that files can be written to, made where there is none; OSError before the block if that fails.

    A folder that was made and has nothing in it at the end is removed again.
    """
    was_there = path.exists()
    path.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=path):
            pass  # only trying tells
        yield path
    finally:
        if not was_there and not any(path.iterdir()):
            path.rmdir()


def save_history(path: Path, history: History) -> None:
    """Write a CSV file with a row for each epoch."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Epoch)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(asdict, history.epochs))
    atomic_write(path, text.getvalue().encode())
