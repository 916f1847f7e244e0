"""Waiting for what other processes do: for as long as a busy machine may need, and not for ever."""

import time
from collections.abc import Callable

LONGEST = 120.0  # seconds, for what takes one or two where nothing else runs
# Seconds for what hangs and is to be stopped, but has to begin first: longer each time, until it has.
PATIENCE = (0.3, 2.0, 10.0, 60.0)


def wait_until(is_so: Callable[[], bool], seconds: float = LONGEST) -> None:
    """Return as soon as something is so; `TimeoutError` if it does not become so."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:g} seconds")
        time.sleep(0.01)
