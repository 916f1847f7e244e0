"""Promises broken on purpose: which test notices each patch of tests/broken/ first.

`python -m benchmarks broken [PATCH ...]`
"""

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.breaking import copy_tree, noticed
from tests.promises import PROMISES, Promise


def main() -> int:
    """Break each promise by each of its patches, print the tests that notice, and return 1 if a patch survives."""
    names = sys.argv[1:]
    cases = [(p, name) for p in PROMISES for name in p.broken if name in names or not names]
    copies: SimpleQueue[Path] = SimpleQueue()

    def notice(case: tuple[Promise, str]) -> str:
        copy = copies.get()
        try:
            return noticed(copy, *case).failed.partition("[")[0]
        finally:
            copies.put(copy)

    print(f"\n{'patch':<42}noticed by", flush=True)
    survivors = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        for k in range(os.cpu_count() or 1):
            copies.put(copy_tree(Path(folder, f"copy{k}")))
        for (_, name), test in zip(cases, pool.map(notice, cases), strict=True):
            print(f"{name:<42}{test or 'NO TEST'}", flush=True)
            survivors += not test
    patches = {name for _, name in cases}
    promises = {promise.says for promise, _ in cases}
    print(f"\n{len(promises)} promises, broken {len(cases)} times by {len(patches)} patches: {survivors} unnoticed")
    return int(bool(survivors))


if __name__ == "__main__":
    sys.exit(main())
