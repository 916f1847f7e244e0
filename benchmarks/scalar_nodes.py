"""What a scalar node costs: a 20,000-node graph beside micrograd, and chains of up to a million nodes."""

import gc
import statistics
import time
import tracemalloc

import micrograd.engine

from benchmarks.protocol import against, collector, duration, interleaved, ratio, show, verdict
from micrograd_plus import Value
from micrograd_plus.engine import graph

ROUNDS = 8


def chains_and_sum(value):
    """Return a program that builds 100 chains of 100 products and sums, adds them up and runs backward.

    Longer chains would overflow micrograd's recursion.
    """

    def program():
        w, b = value(0.5), value(0.25)
        ends = []
        for k in range(100):
            x = value(k / 100)
            for _ in range(100):
                x = x * w + b
            ends.append(x)
        total = ends[0]
        for x in ends[1:]:
            total = total + x
        total.backward()
        return total

    return program


def chain(length: int) -> float:
    """Return the seconds per node to build a chain, run backward and free it."""
    start = time.perf_counter()
    x = Value(1.0)
    step = Value(1e-9)
    for _ in range(length):
        x = x + step
    x.backward()
    del x
    return (time.perf_counter() - start) / length


def bytes_per_node(length: int) -> float:
    """Return the memory that a chain with gradients takes, by tracemalloc."""
    gc.collect()
    tracemalloc.start()
    x = Value(1.0)
    step = Value(0.1)
    for _ in range(length):
        x = x + step
    x.backward()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del x
    return taken / length


def main() -> None:
    """Print the tables and the verdicts."""
    programs = {"micrograd": chains_and_sum(micrograd.engine.Value), "micrograd_plus": chains_and_sum(Value)}
    nodes = len(graph(chains_and_sum(Value)()))
    rows, ratios = [], {}
    for on in (True, False):
        with collector(on):
            seconds = interleaved(programs, ROUNDS, turn=4)
        state = "on" if on else "off"
        rows += [[state, *row] for row in against("micrograd_plus", seconds)]
        ratios[state] = ratio(seconds["micrograd"], seconds["micrograd_plus"])[0]
    show(
        f"A graph of {nodes} nodes, forward and backward",
        ["collector", "engine", "time", "times ours", "quartiles"],
        rows,
    )

    growth, rows = {}, []
    for on in (True, False):
        with collector(on):
            pairs = [(statistics.median(chain(10_000) for _ in range(5)), chain(1_000_000)) for _ in range(3)]
        state = "on" if on else "off"
        growth[state] = statistics.median(long / short for short, long in pairs)
        short, long = (statistics.median(times) for times in zip(*pairs, strict=True))
        rows.append([state, duration(short), duration(long), f"{growth[state]:.2f}"])
    show(
        "A chain built, run backward and freed: time per node",
        ["collector", "10,000 nodes", "1,000,000 nodes", "ratio"],
        rows,
    )
    taken = bytes_per_node(100_000)
    print(f"\nmemory per node: {taken:.0f} bytes")
    verdict("20,000 nodes against micrograd, times faster, collector on", ratios["on"], at_least=4)
    verdict("time per node of the long chain over the short one, collector on", growth["on"], at_most=2.5)
    verdict("the same, collector off", growth["off"], at_most=1.5)
    verdict("bytes per node", taken, at_most=200)


if __name__ == "__main__":
    main()
