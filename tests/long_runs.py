"""What long runs leave behind: memory, cycles of references, open files.

`python -X tracemalloc -m tests.long_runs RUN --steps 100000` does one and prints what its steps left behind.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tests import repeated_changes, repeated_looking, repeated_training
from tests.apart import Apart, apart, resident

RUNS = repeated_training.RUNS | repeated_looking.RUNS | repeated_changes.RUNS
FILES = Path("/proc/self/fd")


@contextmanager
def _without_collector() -> Iterator[None]:
    """Set aside what lives, and let nothing but reference counts free memory."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


class Left(NamedTuple):
    """What steps left behind: `memory` and `resident` are bytes at the begin and at the end, `cycles` objects.

    The begin is after a tenth of the steps.
    """

    steps: int
    seconds: float
    memory: tuple[int, int]
    resident: tuple[int, int]
    cycles: int
    files: tuple[int, int]

    @property
    def growth(self) -> float:
        """By how much of itself the memory that Python holds has grown."""
        return self.memory[1] / self.memory[0] - 1.0

    @property
    def resident_growth(self) -> float:
        """By how much of itself the memory of the process has grown."""
        return self.resident[1] / self.resident[0] - 1.0


def left(name: str, steps: int) -> Left:
    """Do the steps of a run in this process, in which `tracemalloc` runs; return what all but the first tenth left."""
    with tempfile.TemporaryDirectory() as folder:
        step = RUNS[name].begin(Path(folder))
        first = max(steps // 10, 1)
        for k in range(first):
            step(k)
        with _without_collector():
            before = _held()
            start = time.process_time()
            for k in range(first, steps):
                step(k)
            seconds = time.process_time() - start
            cycles = gc.collect()  # which empties Python's lists of freed objects too, as it did before
            after = _held()
    pairs = zip(before, after, strict=True)
    memory, resident_, files = pairs
    return Left(steps, seconds / (steps - first), memory, resident_, cycles, files)


def _held() -> tuple[int, int, int]:
    return tracemalloc.get_traced_memory()[0], resident(), _open_files()


def _open_files() -> int:
    """Return how many files are open; pipes and sockets come and go with the threads of other tests."""
    count = 0
    for number in os.listdir(FILES):
        with suppress(FileNotFoundError):  # the list itself was open while it was read
            count += os.readlink(FILES / number).startswith("/")
    return count


def tried(name: str, steps: int) -> Apart:
    """Return what `left` does, found out in a process of its own."""
    # Traced from the begin, so that growth is measured against all that Python holds, also what is imported.
    limits = {"most_memory": 4 * 2**30, "most_seconds": 3600.0}
    found = apart("tests.long_runs", name, "--steps", steps, **limits, options=["-X", "tracemalloc"])
    return found if found.failure else Apart(Left(*found.found))


def main() -> None:
    """Do one run in this process and print what it left as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", choices=RUNS)
    parser.add_argument("--steps", type=int, default=1000)
    how = parser.parse_args()
    tracemalloc.start()  # again, unless Python has it from its begin
    print(json.dumps(left(how.run, how.steps)))  # noqa: T201 - to the process that asked


if __name__ == "__main__":
    main()
