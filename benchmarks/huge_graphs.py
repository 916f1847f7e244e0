"""Graphs of a million nodes, deep and wide, in every feature: how long it takes and how much memory, or who refuses.

`python -m benchmarks trust` runs it; `python -m benchmarks huge_graphs [--size N] [--graphs ...] [FEATURE ...]` a part.
"""

import argparse
import sys

from benchmarks.protocol import duration, show, verdict
from tests.huge_graphs import FEATURES, GRAPHS, MOST_FACTOR, Took, tried

SIZE = 1_000_000


def cell(found: Took) -> str:
    """Return what a feature took, as a cell of the table."""
    return f"{duration(found.seconds)}, {found.peak / 2**20:,.0f} MB"


def main() -> int:
    """Try all features on all graphs, each in a process of its own; return 1 if one fails or takes too much memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks huge_graphs")
    parser.add_argument("features", nargs="*", metavar="FEATURE", help=f"of {', '.join(FEATURES)}; by default all")
    parser.add_argument("--graphs", nargs="+", choices=GRAPHS, default=list(GRAPHS))
    parser.add_argument("--size", type=int, default=SIZE, help="nodes, or as many leaves of a flat sum")
    how = parser.parse_args()
    if unknown := set(how.features) - FEATURES.keys():
        parser.error(f"unknown features {', '.join(sorted(unknown))}")
    rows, failures, immodest = [], [], []
    for of in how.features or FEATURES:
        row = [of.replace("_", " ")]
        for name in how.graphs:
            found, failure = tried(name, of, how.size)
            row.append("failed" if failure else cell(found))
            if failure:
                failures.append(f"{of} of {name}: {failure.strip().splitlines()[-1]}")
            elif not found.is_modest:
                immodest.append(f"{of} of {name}")
        rows.append(row)
        print(" | ".join(row), file=sys.stderr, flush=True)
    show(
        f"Graphs of {how.size:,} nodes: seconds of processor time, memory at most with that of the graph",
        ["feature", *[name.replace("_", " ") for name in how.graphs]],
        rows,
    )
    for name in how.graphs:
        print(f"{name.replace('_', ' ')}: {GRAPHS[name].__doc__}")
    print(*failures, *immodest, sep="\n", end="\n" if failures or immodest else "")
    verdict("features that fail", len(failures), at_most=0)
    verdict(f"features that take more than {MOST_FACTOR:g} times the memory of the graph", len(immodest), at_most=0)
    return int(bool(failures or immodest))


if __name__ == "__main__":
    sys.exit(main())
