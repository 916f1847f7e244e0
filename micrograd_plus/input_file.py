"""Files that come from anywhere: opened if they are files, and their JSON read if it fits into memory."""

from __future__ import annotations

import errno
import json
import os
import stat
from io import BufferedReader
from typing import Any

from micrograd_plus.atomic_file import PathLike

# Python takes up to a hundred bytes for each item; a graph of a million nodes has eight million.
_MOST_ITEMS = 2**23
LARGEST_FILE = 2**27  # bytes


def open_regular(path: PathLike) -> BufferedReader:
    """Open a file for reading; `OSError` where there is none, and for a pipe or a device, which might never end."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # of a folder, open() says what it is
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
    return open(path, "rb")


def read_whole(path: PathLike) -> bytes:
    """Return what a file holds; `OSError` as for `open_regular`, and for more than `LARGEST_FILE`."""
    with open_regular(path) as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), os.fspath(path))
    return content


def bounded_json(text: str) -> Any:
    """Return what JSON holds; `ValueError` for what is none, for nan and inf, and for what would take a gigabyte."""
    items = sum(map(text.count, ",[{"))
    size = len(text) * (1 if text.isascii() else 4)
    if items > _MOST_ITEMS or size > LARGEST_FILE:
        raise ValueError(f"{items} items in {size} bytes are more than {_MOST_ITEMS} items in {LARGEST_FILE} bytes")
    return json.loads(text, parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
