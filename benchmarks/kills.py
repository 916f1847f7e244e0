"""Trainings that are killed at random moments, also while they write: what they come to in the end.

`python -m benchmarks kills [--kills N]`
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.killing import killed

KILLS = 200


def main() -> int:
    """Kill, print what came of it, and end with a traceback if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks kills")
    parser.add_argument("--kills", type=int, default=KILLS)
    kills = parser.parse_args().kills
    with tempfile.TemporaryDirectory() as folder:
        finished = killed(kills, Path(folder))
    print(f"\n{kills:,} kills of trainings at random moments: all survived")
    print(f"{finished:,} trainings went on with --resume after each kill, and ended in the bytes of one never killed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
