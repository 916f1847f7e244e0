"""Ctrl-C where it may end the work, and nowhere else."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self


class Interrupts:
    """Takes over Ctrl-C for a block: in it, a KeyboardInterrupt comes up only where it is let through.

    `count` is how often Ctrl-C came.

    >>> with Interrupts() as interrupts:
    ...     signal.raise_signal(signal.SIGINT)
    >>> interrupts.count
    1
    """

    def __init__(self) -> None:
        self.count = 0
        self._is_open = False
        self._previous: Any = signal.SIG_DFL

    def __enter__(self) -> Self:
        self._previous = signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.signal(signal.SIGINT, self._previous)

    @contextmanager
    def let_through(self) -> Iterator[None]:
        """Let one Ctrl-C through; others are counted, so that nothing disturbs the block as it cleans up."""
        self._is_open = True
        try:
            yield
        finally:
            self._is_open = False

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self._is_open:
            self._is_open = False
            raise KeyboardInterrupt
