"""How much memory a picture takes, Graphviz included, and how large it is; each in a fresh process."""

import json
import os
import struct
import subprocess
import sys
import time
import warnings
from pathlib import Path

from benchmarks import drawn_graphs
from benchmarks.protocol import duration, show, verdict
from micrograd_plus.viz import draw

CHAIN = ("chain", "full", "svg")
CASES = [
    ("one_sample", "full", "svg"),
    ("one_sample", "full", "png"),
    ("demo", "auto", "png"),
    ("twenty_thousand", "full", "svg"),
    ("twenty_thousand", "full", "png"),
    CHAIN,
]
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident(process: int) -> float:
    """Return the megabytes that a process and those it started hold."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        tasks = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return 0.0  # it has ended
    return pages * PAGE / 1e6 + sum(resident(int(child)) for children in tasks for child in children.split())


def measure(name: str, detail: str, format: str) -> None:
    """Draw one picture in this process and print what it took as JSON."""
    root = getattr(drawn_graphs, name)()
    before = resident(os.getpid())
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that a picture was folded: its size tells it
        drawing = draw(root, detail)
        picture = drawing.render(format)
    seconds = time.perf_counter() - start
    width, height = struct.unpack(">II", picture[16:24]) if format == "png" else (0, 0)
    found = {"values": drawing.picture.values, "seconds": seconds, "before": before}
    print(json.dumps(found | {"megapixels": width * height / 1e6, "file": len(picture) / 1e6}))


def measured(*case: str) -> dict[str, float]:
    """Return what a picture took in a process of its own, and the most memory that was held at a time."""
    most = 0.0
    command = [sys.executable, "-m", "benchmarks.drawing_memory", *case]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while process.poll() is None:
            most = max(most, resident(process.pid))
            time.sleep(0.005)
        return json.loads(process.stdout.read()) | {"most": most}


def main() -> None:
    """Print the table and the verdicts."""
    if not Path("/proc/self/statm").exists():
        print("\n(the memory of pictures is measured on Linux only)")
        return
    found = {case: measured(*case) for case in CASES}
    rows = [
        [f"{row['values']:,}", detail, format, duration(row["seconds"])]
        + [f"{row[column]:.1f}" for column in ("before", "most", "megapixels", "file")]
        for (_, detail, format), row in found.items()
    ]
    show(
        "Memory of Python and of Graphviz together",
        ["values", "detail", "format", "time", "MB before drawing", "MB at most", "megapixels", "MB of the file"],
        rows,
    )
    print()
    chain = found.pop(CHAIN)
    verdict("megabytes at most", max(row["most"] for row in found.values()), at_most=500)
    verdict("megabytes that drawing adds to those of the longest chain", chain["most"] - chain["before"], at_most=500)
    verdict("megapixels at most", max(row["megapixels"] for row in found.values()), at_most=40)


if __name__ == "__main__":
    if sys.argv[1:]:
        measure(*sys.argv[1:])
    else:
        main()
