"""What `import micrograd_plus` adds to NumPy's own time, each in a fresh interpreter."""

import statistics
import subprocess
import sys
import time

from benchmarks.protocol import WITH_BYTECODE, duration, show, verdict

ROUNDS = 15


def seconds(statement: str) -> float:
    """Return how long a new interpreter takes for one statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], env=WITH_BYTECODE, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the table and the verdict."""
    seconds("import numpy, micrograd_plus")  # leaves the bytecode of both
    pairs = [(seconds("import numpy"), seconds("import micrograd_plus")) for _ in range(ROUNDS)]
    added = statistics.median(ours - numpys for numpys, ours in pairs)
    columns = [statistics.median(times) for times in zip(*pairs, strict=True)]
    rows = [["numpy", duration(columns[0])], ["micrograd_plus", duration(columns[1])]]
    show("Import in a fresh interpreter", ["module", "time"], rows)
    print()
    verdict("milliseconds added to NumPy's own time", added * 1e3, at_most=20)


if __name__ == "__main__":
    main()
