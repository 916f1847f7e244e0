"""Damaged input of every kind, many times: how much was tried, refused and used, the slowest input, the memory.

`python -m benchmarks fuzzing [--inputs N] [--commands N] [--seed N] [TARGET ...]`
"""

import argparse
import sys

from tests.fuzz_targets import QUICK, TARGETS
from tests.fuzzing import Outcome, fuzz

INPUTS = 1_000_000  # of each kind that is read in no time
COMMANDS = 2_000  # whole command lines, and trainings that go on


def row(outcome: Outcome) -> str:
    """Return a line of the table."""
    used = outcome.tried - outcome.refused - bool(outcome.failure)
    slowest = f"{outcome.slowest:.3f} s (input {outcome.slowest_number})"
    counts = f"{outcome.tried:>10,}{outcome.refused:>10,}{used:>10,}"
    return f"{outcome.target:<12}{counts}   {slowest:<28}{outcome.peak / 2**20:>6.0f} MB"


def main() -> int:
    """Fuzz all targets, print a table, and return 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fuzzing")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; by default all")
    parser.add_argument("--inputs", type=int, default=INPUTS, help="of each kind that is read in no time")
    parser.add_argument("--commands", type=int, default=COMMANDS, help="whole command lines, and trainings that go on")
    parser.add_argument("--seed", type=int, default=0)
    how = parser.parse_args()
    if unknown := set(how.targets) - TARGETS.keys():
        parser.error(f"unknown targets {', '.join(sorted(unknown))}")
    print(f"\nfuzzing, seed {how.seed}")
    print(f"{'input':<12}{'tried':>10}{'refused':>10}{'used':>10}   {'slowest':<28}{'memory':>9}", flush=True)
    failures = []
    for target in how.targets or TARGETS:
        outcome = fuzz(target, seed=how.seed, count=how.inputs if target in QUICK else how.commands)
        print(row(outcome), flush=True)
        failures += [outcome.failure] if outcome.failure else []
    print(*failures, sep="\n\n", end="\n" if failures else "")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
