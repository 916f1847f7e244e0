"""Standard input as a text, also where it has been closed."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO


def standard_input() -> TextIO:
    """Return `sys.stdin`, which takes any bytes then; `OSError` where it has been closed (`<&-`): Python has None."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), "standard input")
    if isinstance(sys.stdin, io.TextIOWrapper):
        with suppress(io.UnsupportedOperation):  # a script has read from it
            sys.stdin.reconfigure(errors="replace")
    return sys.stdin
