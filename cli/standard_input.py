"""Standard input as a text, also where it has been closed."""

from __future__ import annotations

import errno
import os
import sys
from typing import TextIO


def standard_input() -> TextIO:
    """Return what `sys.stdin` is; `OSError` where it has been closed (`<&-`): Python then has None in its place."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), "standard input")
    return sys.stdin
