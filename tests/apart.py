"""Python in a process of its own, within limits of memory and time: a fault there is a failure and no dead machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
STATUS = Path("/proc/self/status")


class Apart(NamedTuple):
    """What a process printed last, as JSON, or why there is nothing: the signal or the end of its traceback."""

    found: Any
    failure: str = ""


def apart(module: str, *arguments: object, most_memory: int, most_seconds: float, options: Sequence[str] = ()) -> Apart:
    """Run `python -m module arguments`, which prints JSON in its last line; of memory, bytes may be mapped.

    `options` are Python's own. It runs on one thread, with warnings as errors.
    """
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({most_memory}, {most_memory}))"
    begin = f"{limit}; import runpy, sys; sys.argv[0] = ''; runpy.run_module({module!r}, run_name='__main__')"
    try:
        child = subprocess.run(
            [sys.executable, "-W", "error", *options, "-c", begin, *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=most_seconds,
        )
    except subprocess.TimeoutExpired:
        return Apart(None, f"longer than {most_seconds:g} seconds")
    if child.returncode:
        return Apart(None, f"ended with {child.returncode}: {child.stderr[-2000:]}")
    return Apart(json.loads(child.stdout.splitlines()[-1]))


def resident() -> int:
    """Return the bytes of memory that this process holds now."""
    return _status("VmRSS")


def peak() -> int:
    """Return the most bytes of memory that this process held since `forget_peak`, or since it began."""
    return _status("VmHWM")


def forget_peak() -> None:
    """Let the peak begin anew with what is held now."""
    Path("/proc/self/clear_refs").write_text("5")


def _status(field: str) -> int:
    [line] = [line for line in STATUS.read_text().splitlines() if line.startswith(f"{field}:")]
    return int(line.split()[1]) * 1024
