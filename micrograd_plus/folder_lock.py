"""Which process works on a folder of results: the system knows, and forgets it however the process ends.

The folder itself is locked, so that no file of a lock is among the results.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNDER_WAY = "a training or a sweep is under way in {}: wait for its end, or choose another with --out"


@contextmanager
def folder_lock(folder: Path) -> Iterator[bool]:
    """Lock a folder for the block; give False if another block has.

    Windows, some networks and folders that may not be read have no such locks: they give True to all.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        yield True
        return
    try:
        yield _locked(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
