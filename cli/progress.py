"""A bar for what takes long, at a terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

PATIENCE = 0.5  # seconds after which the bar appears


@contextmanager
def shown_when_long(what: str, count: int) -> Iterator[Iterable[int]]:
    """Give the numbers below `count`; if the block is still running after half a second, show a bar on stderr.

    The bar counts the numbers, or only moves if there is but one.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    counted = (MofNCompleteColumn(), TimeRemainingColumn()) if count > 1 else ()
    columns = (TextColumn("{task.description}"), BarColumn(), *counted)
    console = Console(stderr=True)
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_interactive)
    task = progress.add_task(what, total=count if count > 1 else None)

    def numbers() -> Iterator[int]:
        for k in range(count):
            yield k
            progress.update(task, completed=k + 1)

    timer = threading.Timer(PATIENCE, progress.start)
    timer.daemon = True
    timer.start()
    try:
        yield numbers()
    finally:
        timer.cancel()
        timer.join()
        if progress.live.is_started:  # else rich may write an empty line
            progress.stop()
