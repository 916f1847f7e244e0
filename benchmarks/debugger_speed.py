"""How long the debugger's commands take on micrograd's demo, and how long it takes to start."""

import statistics
import subprocess
import sys
import time

from benchmarks.drawn_graphs import demo
from benchmarks.protocol import duration, show, verdict
from micrograd_plus.cli.debug_commands import answer
from micrograd_plus.cli.debugging.command import Dialog
from micrograd_plus.session import Session

ROUNDS = 9
START = [sys.executable, "-m", "micrograd_plus", "step", "tanh(x*w + b)", "--at", "x=2", "--at", "w=-3", "--at", "b=1"]

# A command, what has to be typed before it, and the milliseconds it may take.
WEIGHT = "layer1.neuron1.w1"
COMMANDS = [
    ("end", "goto 0", 50.0),
    ("goto 0", "end", 50.0),
    ("step", "restart", 50.0),
    ("back", "end", 50.0),
    ("next", "restart", 50.0),
    ("out", "restart", 50.0),
    (f"until {WEIGHT}", "restart", 50.0),
    ("list", "end", 50.0),
    ("tree", "end", 50.0),
    (f"print {WEIGHT}.grad", "end", 50.0),
    (f"why {WEIGHT}", "end", 150.0),
    (f"why {WEIGHT} by sample", "end", 150.0),
    (f"set {WEIGHT} = 0.3", "undo", 150.0),
    (f"why {WEIGHT}", f"set {WEIGHT} = 0.3", 150.0),
]


def seconds(dialog: Dialog, command: str, before: str) -> float:
    """Return the median time of a command."""
    times = []
    for _ in range(ROUNDS):
        if before != "undo" or dialog.session.done:
            answer(dialog, before)
        start = time.perf_counter()
        answer(dialog, command)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def started() -> float:
    """Return the seconds from the command line to the end of a session in which nothing is done."""
    start = time.perf_counter()
    subprocess.run(START, input=b"quit\n", stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the table and the verdicts."""
    root = demo()
    start = time.perf_counter()
    dialog = Dialog(Session(root))
    answer(dialog, "where")
    beginning = time.perf_counter() - start
    rows, misses = [], []
    for command, before, limit in COMMANDS:
        took = seconds(dialog, command, before)
        rows.append([command, before, duration(took), f"{limit:g} ms"])
        misses.append((f"milliseconds for {command} after {before}", 1e3 * took, limit))
    show("Commands on 65,818 values, medians", ["command", "after", "time", "wanted at most"], rows)
    print(f"\na session with this graph begins in {duration(beginning)}\n")
    for target, took, limit in misses:
        verdict(target, took, at_most=limit)
    verdict("seconds to start and end", statistics.median(started() for _ in range(ROUNDS)), at_most=0.6)
    recording = dialog.session.debugger.recording
    columns = (value for name, value in vars(recording).items() if name not in ("nodes", "position", "gradients"))
    verdict("bytes a step", sum(map(sys.getsizeof, columns)) / len(recording), at_most=100)


if __name__ == "__main__":
    main()
