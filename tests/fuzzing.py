"""Fuzzing within bounds: inputs that a seed and a number make, a limit of time for each, a limit of memory for all.

`python -m tests.fuzzing TARGET --seed 0 --first 1234 --count 1` tries one input again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
MOST_MEMORY = 2**30  # bytes
IN_MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # a folder: whole files are written for each input
MOST_TIME = 20.0  # seconds of one input, of processor time; ten times that by the clock
FEWEST = 50  # inputs, however slow the machine is: of each target some are used and some refused


class Target(NamedTuple):
    """What is fuzzed: `draw` makes an input, `read` takes it and raises one of `refusals` for what is wrong with it."""

    draw: Callable[[random.Random], Any]
    read: Callable[[Any], None]
    refusals: tuple[type[BaseException], ...]


class Refused(Exception):  # noqa: N818 - no error, but an answer
    """Raised by targets that are told of a mistake in another way than by an exception."""


def in_one_line(error: Exception) -> None:
    """Complain if what is wrong is not said in one line, or only because memory is limited here."""
    said = str(error)
    assert len(said.splitlines()) == 1, said
    assert "larger than memory" not in said, said


class Outcome(NamedTuple):
    """What came of some inputs; `failure` says which one did what it must not, with its traceback."""

    target: str
    tried: int = 0
    refused: int = 0
    slowest: float = 0.0  # seconds
    slowest_number: int = 0
    peak: int = 0  # bytes of memory
    failure: str = ""


class Hang(BaseException):
    """Raised in the middle of an input that takes too long; no handler of errors is to take it for its own."""


def fuzz(target: str, *, seed: int = 0, first: int = 0, count: int = 10**9, seconds: float = 1e9) -> Outcome:
    """Try inputs `first`, `first + 1`, ... of a seed in a process of its own, until the first failure.

    It ends after `count` inputs, or after some seconds and `FEWEST` inputs.
    """
    command = [sys.executable, "-m", "tests.fuzzing", target, "--seed", seed, "--first", first, "--count", count]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        progress = Path(folder, "progress")
        child = subprocess.run(
            [*map(str, command), "--seconds", str(seconds), "--progress", progress],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if child.returncode == 0:
            return Outcome(**json.loads(child.stdout.splitlines()[-1]))
        number = progress.read_text() if progress.exists() else "the first"
    failure = f"{target}, seed {seed}, input {number}: the process ended with {child.returncode}\n{child.stderr}"
    return Outcome(target, failure=failure)


def tried(
    name: str,
    target: Target,
    seed: int,
    numbers: range,
    *,
    seconds: float = 1e9,
    most_time: float = MOST_TIME,
    progress: Path | None = None,
) -> Outcome:
    """Try inputs of these numbers in this process, until the first failure or the end of some seconds."""
    refused, slowest, slowest_number = 0, 0.0, 0
    failure = ""
    end = time.monotonic() + seconds
    count = 0
    with open(progress or os.devnull, "wb", buffering=0) as file:
        for number in numbers:
            if count >= FEWEST and time.monotonic() >= end:
                break
            os.pwrite(file.fileno(), b"%12d" % number, 0)
            given = target.draw(random.Random(f"{name} {seed} {number}"))
            count += 1
            begin = time.process_time()
            try:
                with _limited_time(most_time):
                    target.read(given)
            except target.refusals:
                refused += 1
            except BaseException:  # noqa: BLE001 - it is reported
                what = f"{name}, seed {seed}, input {number}: {given!r:.3000}"
                failure = f"{what}\n{traceback.format_exc()[-5000:]}"
                break
            if (taken := time.process_time() - begin) > slowest:
                slowest, slowest_number = taken, number
    peak = _peak_memory()
    if not failure and peak > MOST_MEMORY:
        failure = f"{name}, seed {seed}: {peak} bytes of memory"
    return Outcome(name, count, refused, slowest, slowest_number, peak, failure)


def _peak_memory() -> int:
    """Return the most bytes of memory that this program held, without what the process was before it began."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


@contextmanager
def _limited_time(most: float) -> Iterator[None]:
    def hang(*signal_and_frame: object) -> None:
        # What does not come back to Python cannot be interrupted: the second signal then ends the process.
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        raise Hang(f"longer than {most} seconds")

    signal.signal(signal.SIGPROF, hang)
    signal.signal(signal.SIGALRM, hang)
    signal.setitimer(signal.ITIMER_PROF, most, 2 * most)
    signal.setitimer(signal.ITIMER_REAL, 10 * most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _limit_memory() -> None:
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MOST_MEMORY, mapped + MOST_MEMORY))


def main() -> None:
    """Try inputs in this process and print the outcome as JSON."""
    from tests.fuzz_targets import TARGETS

    parser = argparse.ArgumentParser()
    parser.add_argument("target", choices=TARGETS)
    for name, default in [("seed", 0), ("first", 0), ("count", 1)]:
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--progress", type=Path)
    how = parser.parse_args()
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", RuntimeWarning)  # of numbers, as NumPy has them
    _limit_memory()
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        inner = Path(folder, "here", "there")  # what is written beside the folder is still within
        inner.mkdir(parents=True)
        os.chdir(inner)
        numbers = range(how.first, how.first + how.count)
        outcome = tried(how.target, TARGETS[how.target], how.seed, numbers, seconds=how.seconds, progress=how.progress)
        os.chdir(ROOT)
    print(json.dumps(outcome._asdict()))  # noqa: T201 - to the process that asked


if __name__ == "__main__":
    main()
