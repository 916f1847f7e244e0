"""How much of all cores a sweep of 64 runs uses, its start and its pages included: short runs, and longer ones."""

import csv
import os
import sys
import tempfile
from pathlib import Path

from benchmarks.protocol import duration, show, timed_process, verdict

RUNS = 64
DATA = ("moons", "digits")


def swept(data: str, folder: str) -> tuple[float, float, float]:
    """Sweep the default grid; return the seconds it took, those of all processors, and those within a training."""
    seconds, busy = timed_process([sys.executable, "-m", "micrograd_plus", "sweep", data, "--out", folder])
    with open(Path(folder) / "sweep.csv", encoding="utf-8", newline="") as file:
        training = [float(row["seconds"]) for row in csv.DictReader(file)]
    assert len(training) == RUNS
    return seconds, busy, sum(training)


def main() -> None:
    """Print the table and the verdicts."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # other benchmarks keep to one core
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    shares, rows = {}, []
    for name in DATA:
        with tempfile.TemporaryDirectory() as folder:
            seconds, busy, training = swept(name, folder)
        shares[name] = 100 * busy / (seconds * cores)
        in_training = 100 * training / (seconds * cores)
        rows.append([name, duration(seconds), duration(busy), f"{shares[name]:.1f}", f"{in_training:.1f}"])
    header = ["data", "time", "of processors", "% of all cores", "% in a training"]
    show(f"micrograd-plus sweep, {RUNS} runs, {cores} cores", header, rows)
    print()
    for name, share in shares.items():
        verdict(f"% of all cores that a sweep of {name} uses", share, at_least=90)


if __name__ == "__main__":
    main()
