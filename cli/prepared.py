"""A folder for results: there and writable before the work begins."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from micrograd_plus.folder_lock import UNDER_WAY, folder_lock


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


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make `folder`, as `prepared` does, this process's alone for the block; `click.UsageError` if it is another's."""
    with prepared(folder, []), folder_lock(folder) as free:
        if not free:
            raise click.UsageError(UNDER_WAY.format(folder))
        yield


def _require_writable(folder: Path) -> None:
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:  # it names a file that nobody knows
        raise OSError(error.errno, error.strerror, str(folder)) from error
