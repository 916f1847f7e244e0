"""How long compiling takes beside an eager step of the same graph, and how much memory; each in a fresh process."""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import micrograd_plus
from benchmarks.compile_scalar_mnist import network, sample_loss
from benchmarks.protocol import duration, show, verdict
from benchmarks.scalar_step import demo_loss
from micrograd_plus import Value, nn, optim
from micrograd_plus.data import moons
from micrograd_plus.engine import graph

STEPS, TIMES = 3, 3
MOONS, MANY_MOONS = 100, 1_530
KILOBYTE = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss

Graph = tuple[Any, Callable[[], Value]]  # a model, and a function that builds the loss


def demo(samples: int) -> Graph:
    """Return micrograd's demo on so many samples."""
    points, targets = moons(samples, 0.1, rng=1337)
    model = nn.MLP(2, [16, 16, 1], rng=1337)
    return model, partial(demo_loss, model, Value, points.tolist(), (2 * targets - 1).tolist())


def mnist_sample() -> Graph:
    """Return a sample of MNIST's shape."""
    model = network()
    x, target = [k / 784 for k in range(784)], [float(k == 3) for k in range(10)]
    return model, lambda: sample_loss(model, list(map(Value, x)), list(map(Value, target)))


# What there is to compile, and how many seconds and megabytes it may take.
GRAPHS = {
    "micrograd's demo": (partial(demo, MOONS), 0.5, None),
    "MLP(784, [50, 10])": (mnist_sample, 1.5, None),
    "a million values": (partial(demo, MANY_MOONS), 15.0, 1000.0),
}


def eager_step(loss_of, optimizer) -> float:
    """Return the seconds of a step that builds the graph, walks it and frees it."""
    start = time.perf_counter()
    loss = loss_of()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    del loss
    return time.perf_counter() - start


def compiling(loss_of, optimizer) -> float:
    """Return the seconds to compile a graph that has been built, until the program has given its first loss."""
    loss = loss_of()
    start = time.perf_counter()
    micrograd_plus.compile(loss, optimizer=optimizer)()
    return time.perf_counter() - start


def measure(name: str) -> None:
    """Measure one graph in this process and print what it took as JSON."""
    model, loss_of = GRAPHS[name][0]()
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    values = len(graph(loss_of()))
    eager = statistics.median(eager_step(loss_of, optimizer) for _ in range(STEPS))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE / 1e6
    compiled = statistics.median(compiling(loss_of, optimizer) for _ in range(TIMES))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE / 1e6
    print(json.dumps({"values": values, "eager": eager, "compiled": compiled, "before": before, "most": most}))


def measured(name: str) -> dict[str, float]:
    """Return what compiling a graph took in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.compile_time", name]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def main() -> None:
    """Print the table and the verdicts."""
    found = {name: measured(name) for name in GRAPHS}
    rows = [
        [
            name,
            f"{row['values']:,.0f}",
            duration(row["eager"]),
            duration(row["compiled"]),
            f"{row['compiled'] / row['eager']:.1f}",
            f"{row['before']:.0f}",
            f"{row['most']:.0f}",
        ]
        for name, row in found.items()
    ]
    header = [
        "graph",
        "values",
        "eager step",
        "to compile",
        "eager steps",
        "MB at most, eager",
        "MB at most, compiling",
    ]
    show("Compiling a graph that has been built", header, rows)
    print()
    for name, row in found.items():
        _, seconds, megabytes = GRAPHS[name]
        verdict(f"{name}: eager steps that compiling takes", row["compiled"] / row["eager"], at_most=10)
        verdict(f"{name}: seconds", row["compiled"], at_most=seconds)
        if megabytes:
            verdict(f"{name}: megabytes at most", row["most"], at_most=megabytes)


if __name__ == "__main__":
    if sys.argv[1:]:
        measure(*sys.argv[1:])
    else:
        main()
