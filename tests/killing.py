"""Trainings that are killed at random moments, go on, and are killed again until they come to their end."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.command_line import ROOT, files

EPOCHS = 25

# Forks a training for each line that comes, its imports behind it, kills it after some seconds, if at all, and tells
# how it ended. It writes after every epoch, so that a good part of the kills comes in the middle of writing; the
# picture, which takes longer to draw than all else and writes nothing meanwhile, is one that was drawn before.
FORKING = """
import json, os, select, signal, sys
from micrograd_plus import checkpoint_keeper
from micrograd_plus.cli import main, results, train
from micrograd_plus.viz.plots import loss_curve, png

drawn = png(loss_curve([1.0, 0.01], accuracies=[0.5, 1.0]))
results.LOSS = results.LOSS._replace(draw=lambda report: drawn)
checkpoint_keeper._SECONDS = checkpoint_keeper._SHARE = 0.0
for line in sys.stdin:
    arguments, seconds = json.loads(line)
    ends, held = os.pipe()  # the end of the training closes what it holds
    child = os.fork()
    if child == 0:
        sys.stdout = open(os.devnull, "w")
        main(arguments)
    os.close(held)
    select.select([ends], [], [], seconds)
    os.close(ends)
    if seconds is not None:
        os.kill(child, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def results(folder: Path) -> dict[str, bytes]:
    """Return the files that a run leaves, without what a kill left of one that was being written."""
    return {name: (folder / name).read_bytes() for name in files(folder) if not name.startswith(".")}


@contextmanager
def trainings() -> Iterator[Callable[[list[str], float | None], bool]]:
    """Give what runs a training, kills it after some seconds, if at all, and tells whether it had ended by itself."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", FORKING], env=environment, text=True, **pipes) as forking:
        assert forking.stdin
        assert forking.stdout

        def ended(arguments: list[str], seconds: float | None = None) -> bool:
            print(json.dumps([["train", *arguments], seconds]), file=forking.stdin, flush=True)
            status = int(forking.stdout.readline())
            assert status in (0, -signal.SIGKILL)
            return status == 0

        yield ended
        forking.stdin.close()


def killed(kills: int, folder: Path) -> int:
    """Kill trainings so many times, and return how many came to their end: each to the bytes of one never killed."""
    whole, out = folder / "whole", folder / "out"
    options = ["iris", "--epochs", str(EPOCHS), "--no-report"]
    rng = random.Random(0)
    done = finished = 0
    with trainings() as ended:
        assert ended([*options, "--out", str(whole)])
        whole_time = 1.0
        while done < kills or not finished:
            is_begun = out.exists() and results(out)
            arguments = ["--resume", str(out), "--no-report"] if is_begun else [*options, "--out", str(out)]
            # A run is killed several times on its way, also when the results are written; the last is left alone.
            start = time.perf_counter()
            if ended(arguments, rng.random() ** 2 * whole_time if done < kills else None):
                finished += 1
                whole_time = whole_time if is_begun else time.perf_counter() - start
                assert results(out) == results(whole)
                shutil.rmtree(out)
            else:
                done += 1
    return finished
