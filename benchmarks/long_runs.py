"""Long runs: how much memory, how many cycles and how many open files 100,000 steps leave behind.

`python -m benchmarks trust` runs it; `python -m benchmarks.long_runs [--steps N] [RUN ...]` some runs.
"""

import argparse
import sys

from benchmarks.protocol import duration, show, verdict
from tests.long_runs import RUNS, Left, tried

# Runs of many milliseconds a step, and those that only look: fewer steps, in the time of the others.
LONG = 100_000
FEWER = {
    "values_with_anomaly": 20_000,
    "program_of_many_sizes": 1_000,
    "program_that_is_rebuilt": 1_000,
    "fit": 2_000,
    "fit_values": 500,
    "fit_compiled": 500,
    "fit_for_long": 5_000,  # epochs, of 16 steps each
    "sweep": 500,
    "debugger": 10_000,
    "debug": 2_000,
    "session": 2_000,
    "draw": 1_000,
    "render": 200,
    "explain": 2_000,
    "compile_anew": 1_000,
    "derivatives": 2_000,
    "new_shapes": 20_000,
    "new_formulas": 20_000,
    "refused": 20_000,
}
MOST = 1.0  # percent


def row(name: str, found: Left) -> list[str]:
    """Return a line of the table."""
    return [
        RUNS[name].begin.__doc__.splitlines()[0].rstrip("."),
        f"{found.steps:,}",
        duration(found.seconds),
        f"{100 * found.growth:+.2f} %",
        f"{100 * found.resident_growth:+.2f} %",
        f"{found.cycles:,}",
        f"{found.files[0]}, {found.files[1]}",
    ]


def main() -> int:
    """Do all runs, each in a process of its own; print the table and the verdicts, return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_runs")
    parser.add_argument("runs", nargs="*", metavar="RUN", help=f"of {', '.join(RUNS)}; by default all")
    parser.add_argument("--steps", type=int, default=LONG, help="of those that are quick; of the others in proportion")
    how = parser.parse_args()
    if unknown := set(how.runs) - RUNS.keys():
        parser.error(f"unknown runs {', '.join(sorted(unknown))}")
    rows, all_left, failures = [], [], []
    for name in how.runs or RUNS:
        found, failure = tried(name, max(FEWER.get(name, LONG) * how.steps // LONG, 10))
        if failure:
            failures.append(f"{name}: {failure}")
        else:
            rows.append(row(name, found))
            all_left.append(found)
    show(
        "Long runs: what is left of all steps but the first tenth",
        ["what a step does", "steps", "time a step, traced", "Python's memory", "resident", "cycles", "open files"],
        rows,
    )
    print(*failures, sep="\n", end="\n" if failures else "")
    verdict("percent that the memory Python holds grows", 100 * max(f.growth for f in all_left), at_most=MOST)
    verdict("percent that resident memory grows", 100 * max(f.resident_growth for f in all_left), at_most=MOST)
    verdict("objects that only the cyclic collector frees", max(f.cycles for f in all_left), at_most=0)
    verdict("files left open", max(f.files[1] - f.files[0] for f in all_left), at_most=0)
    verdict("runs that failed", len(failures), at_most=0)
    return int(bool(failures) or any(is_missed(found) for found in all_left))


def is_missed(found: Left) -> bool:
    """Tell whether a run left anything."""
    growth = 100 * max(found.growth, found.resident_growth)
    return growth > MOST or found.cycles > 0 or found.files[1] > found.files[0]


if __name__ == "__main__":
    sys.exit(main())
