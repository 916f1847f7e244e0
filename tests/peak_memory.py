"""How much memory a program takes, which is run in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import ROOT

needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")

# The peak so far. What a process was before it became Python does not count, as it does for getrusage.
_PEAK = """
def peak():
    [line] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
    return 1024 * int(line.split()[1])
"""


def output_of(program: str, *arguments: object, stdin: int | None = None) -> str:
    """Return what a program prints that may ask for its `peak()`, in bytes."""
    command = [sys.executable, "-c", _PEAK + program, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, stdin=stdin, capture_output=True, text=True, check=True).stdout
