"""How much of all cores a sweep of 64 runs uses: `micrograd-plus sweep digits`, its start and its pages included."""

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.import_time import ENVIRONMENT
from benchmarks.protocol import duration, show, verdict

RUNS = 64


def main() -> None:
    """Print the table and the verdict."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # other benchmarks keep to one core
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        command = [sys.executable, "-m", "micrograd_plus", "sweep", "digits", "--out", folder]
        subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)
        seconds = time.perf_counter() - start
        with open(Path(folder) / "sweep.csv", encoding="utf-8", newline="") as file:
            training = [float(row["seconds"]) for row in csv.DictReader(file)]
    assert len(training) == RUNS
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = used.ru_utime + used.ru_stime
    rows = [
        ["from the command to its end", duration(seconds), ""],
        ["processors, all processes", duration(busy), f"{100 * busy / (seconds * cores):.1f}"],
        ["in a training, all processes", duration(sum(training)), f"{100 * sum(training) / (seconds * cores):.1f}"],
    ]
    show(f"micrograd-plus sweep digits, {RUNS} runs, {cores} cores", ["what", "time", "% of all cores"], rows)
    print()
    verdict("% of all cores that a sweep uses", 100 * busy / (seconds * cores), at_least=90)


if __name__ == "__main__":
    main()
