"""Files written whole or not at all: to a temporary file, which then takes the old one's place."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PathLike = str | os.PathLike[str]


def atomic_write(path: PathLike, content: bytes) -> None:
    """Write `content` to `path`, as `atomic_open` does."""
    with atomic_open(path) as file:
        file.write(content)


def atomic_write_all(contents: Mapping[Path, bytes]) -> None:
    """Write each of the `contents` to its path, as `atomic_open` does, once the disk has room for all of them."""
    with ExitStack() as stack:
        for path, content in contents.items():
            file = stack.enter_context(atomic_open(path))
            file.write(content)
            file.flush()


@contextmanager
def atomic_open(path: PathLike) -> Iterator[BinaryIO]:
    """Give a binary file to write to; its content is at `path` once the block has ended without an exception.

    Until then, and after any exception or crash, `path` holds what it held before. A new file gets the usual
    permissions, an old one keeps its own; a symbolic link stays one and the file it leads to is replaced. A device or a
    pipe is written to directly. What a killed process was writing is left as a hidden file, `.*.tmp`, which nothing
    reads. Raises `OSError` that names `path`.
    """
    old = _stat(path)
    if old is not None and not stat.S_ISREG(old.st_mode):
        with _naming(path), open(path, "wb") as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    if old is not None and not os.access(target, os.W_OK):
        # Renaming asks for rights on the folder only; a file made read-only is meant to stay as it is.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    with _naming(path, temporary):
        try:
            with open(temporary, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if old is not None:
                os.chmod(temporary, stat.S_IMODE(old.st_mode))
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):  # what went wrong first is what matters
                temporary.unlink()
            raise
    with suppress(OSError):  # the file is in its place
        _sync_folder(target.parent)


@contextmanager
def _naming(path: PathLike, temporary: Path | None = None) -> Iterator[None]:
    """Let an `OSError` of the block name `path` where it names nothing, or a file that nobody knows."""
    unknown = (None, temporary and os.fspath(temporary))
    try:
        yield
    except OSError as error:
        if error.errno and error.filename in unknown:
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error
        raise


def _stat(path: PathLike) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power failure; Windows cannot open a folder."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
