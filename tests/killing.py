"""Trainings that are killed at random moments, go on, and are killed again until they come to their end."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.command_line import ROOT, files

# Written after every epoch, so that a good part of the kills comes in the middle of writing.
EAGER = """
import sys
from micrograd_plus import checkpoint_keeper
from micrograd_plus.cli import main
checkpoint_keeper._SECONDS = checkpoint_keeper._SHARE = 0.0
print("begun", flush=True)
main(sys.argv[1:])
"""


def results(folder: Path) -> dict[str, bytes]:
    """Return the files that a run leaves, without what a kill left of one that was being written."""
    return {name: (folder / name).read_bytes() for name in files(folder) if not name.startswith(".")}


@contextmanager
def begun(arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Give a training that is about to begin, its imports behind it."""
    command = [sys.executable, "-c", EAGER, "train", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as run:
        assert run.stdout
        run.stdout.readline()
        yield run
        run.communicate()
    assert run.returncode in (0, -signal.SIGKILL)


def time_of(arguments: list[str]) -> float:
    """Run a training to its end and return how many seconds that took."""
    with begun(arguments):
        start = time.perf_counter()
    return time.perf_counter() - start


def ended(arguments: list[str], seconds: float | None = None) -> bool:
    """Run a training, kill it after a while, if at all, and tell whether it had ended by itself."""
    with begun(arguments) as run:
        if seconds is not None:
            time.sleep(seconds)
            run.kill()
    return run.returncode == 0


def killed(kills: int, folder: Path) -> int:
    """Kill trainings so many times, and return how many came to their end: each to the bytes of one never killed."""
    whole, out = folder / "whole", folder / "out"
    options = ["moons", "--epochs", "300", "--no-report"]
    whole_time = time_of([*options, "--out", str(whole)])
    rng = random.Random(0)
    done = finished = 0
    while done < kills or not finished:
        is_begun = out.exists() and results(out)
        arguments = ["--resume", str(out), "--no-report"] if is_begun else [*options, "--out", str(out)]
        # A run is killed several times on its way, also when the results are written; the last is left alone.
        if ended(arguments, rng.uniform(0.05, 0.25) * whole_time if done < kills else None):
            finished += 1
            assert results(out) == results(whole)
            shutil.rmtree(out)
        else:
            done += 1
    return finished
