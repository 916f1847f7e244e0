"""Files that come from anywhere: opened if they are files, and their JSON read if it fits into memory."""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from io import BufferedReader
from typing import Any

from micrograd_plus.atomic_file import PathLike
from micrograd_plus.texts import one_line

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
    """Return what JSON holds; `ValueError` for what is none, and for what would take a gigabyte.

    None of ours has nan, inf, a number that is taken for inf, or a key that comes twice, of which one would be lost.
    """
    items = sum(map(text.count, ",[{"))
    size = len(text) * (1 if text.isascii() else 4)
    if items > _MOST_ITEMS or size > LARGEST_FILE:
        raise ValueError(f"{items} items in {size} bytes are more than {_MOST_ITEMS} items in {LARGEST_FILE} bytes")
    return json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_object)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{one_line(text)} is more than a float holds")
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for k, key in enumerate(keys) if key in keys[:k])
        raise ValueError(f"the key {one_line(twice)!r} comes twice")
    return found
