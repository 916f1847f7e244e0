"""How long graphs of a million nodes take in all that is done with a graph, and how much memory.

`python -m tests.huge_graphs GRAPH FEATURE --size 1000000` tries one feature on one graph.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.apart import Apart, apart, forget_peak, peak, resident
from tests.huge_features import FEATURES
from tests.huge_shapes import GRAPHS

MOST_MEMORY = 6 * 2**30  # bytes
MOST_SECONDS = 900.0

# Memory at the peak, beside that of the graph alone; the largest is that of a gradient's gradient, two graphs more.
MOST_FACTOR = 15.0
# What is imported for a feature.
LOADED = 100 * 2**20  # bytes


class Took(NamedTuple):
    """What a graph took to be built, and what was done with it: seconds of processor time, bytes, and what came out.

    `own` is the memory of the graph, `peak` the most there was at a time, both without what there was before.
    """

    built: float
    own: int
    seconds: float
    peak: int
    deleted: float
    answer: str

    @property
    def is_modest(self) -> bool:
        """Whether the memory was within a factor of that of the graph."""
        return self.peak <= MOST_FACTOR * self.own + LOADED


def took(name: str, of: str, size: int) -> Took:
    """Do one thing with a graph in this process."""
    gc.collect()
    before = resident()
    built, huge = _timed(GRAPHS[name], size)
    own = resident() - before
    forget_peak()
    seconds, answer = _timed(FEATURES[of], huge)
    most = peak() - before
    start = time.process_time()
    del huge
    deleted = time.process_time() - start
    return Took(built, own, seconds, most, deleted, str(answer)[:200])


def _timed(work: Callable[[Any], Any], given: Any) -> tuple[float, Any]:
    start = time.process_time()
    answer = work(given)
    return time.process_time() - start, answer


def tried(name: str, of: str, size: int) -> Apart:
    """Return what `took` does, found out in a process of its own."""
    limits = {"most_memory": MOST_MEMORY, "most_seconds": MOST_SECONDS}
    found = apart("tests.huge_graphs", name, of, "--size", size, **limits)
    return found if found.failure else Apart(Took(*found.found))


def main() -> None:
    """Try one feature in this process and print what it took as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("graph", choices=GRAPHS)
    parser.add_argument("feature", choices=FEATURES)
    parser.add_argument("--size", type=int, default=1_000_000)
    how = parser.parse_args()
    warnings.simplefilter("ignore", RuntimeWarning)  # that a picture was folded
    print(json.dumps(took(how.graph, how.feature, how.size)))  # noqa: T201 - to the process that asked


if __name__ == "__main__":
    main()
