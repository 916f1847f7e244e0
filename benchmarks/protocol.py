"""How speed is measured: programs interleaved in one process, medians of paired ratios, collector on and off."""

import gc
import math
import os
import platform
import random
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1") | {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
}

# With bytecode, as pip leaves it.
WITH_BYTECODE = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

Program = Callable[[], object]
Made = tuple[Program, Callable[[], Sequence[Any]]]  # a training step, and a function that reads its parameters


def computer() -> str:
    """Return what the figures were measured on."""
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"


def machine() -> str:
    """Return what speed was measured on."""
    return f"{computer()}, one thread used"


def installed(*packages: str) -> list[str]:
    """Return those of `packages` that are installed, and say which are not."""
    found = []
    for package in packages:
        try:
            version(package)
            found.append(package)
        except PackageNotFoundError:
            print(f"({package} is not installed: its rows are missing)")
    return found


def versions(*packages: str) -> str:
    """Return the installed versions as one line."""
    return ", ".join(f"{package} {version(package)}" for package in packages)


def use_one_core() -> None:
    """Keep this process and those it starts on one core: JAX computes on a second one whatever its flags say."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@contextmanager
def collector(on: bool):
    """Run a block with the cyclic garbage collector on or off."""
    gc.collect()
    (gc.enable if on else gc.disable)()
    try:
        yield
    finally:
        gc.enable()


def freeze() -> None:
    """Take what has been loaded and made so far out of the collector's walks: JAX and PyTorch are a long one."""
    gc.collect()
    gc.freeze()


def interleaved(programs: dict[str, Program], rounds: int, *, turn: int = 1) -> dict[str, list[float]]:
    """Let the programs take turns, `rounds` times and once before to warm up; return the seconds per run of each turn.

    Each round has an order of its own, drawn with a fixed seed: what ran before decides what the caches hold, and none
    shall always follow the same.
    In a turn of several runs, as in a training loop, a program pays for collecting the cycles that its own runs leave
    behind; what the last one leaves is then collected off the clock, so that the next program does not pay for it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    order, rng = list(programs.items()), random.Random(0)
    for counted in [False] + [True] * rounds:
        rng.shuffle(order)
        for name, program in order:
            start = time.perf_counter()
            for _ in range(turn):
                program()
            elapsed = time.perf_counter() - start
            if turn > 1:
                gc.collect()
            if counted:
                seconds[name].append(elapsed / turn)
    return seconds


def compared(
    title: str, made: Mapping[str, Made], ours: str, *, agree: int, rounds: int, turn: int
) -> dict[str, list[float]]:
    """Print how training steps agree after so many of them and how long they take beside `ours`; return the seconds."""
    for step, _ in made.values():
        for _ in range(agree):
            step()
    difference = largest_difference(made)
    freeze()
    seconds = interleaved({name: step for name, (step, _) in made.items()}, rounds, turn=turn)
    show(title, ["program", "per step", "times ours", "quartiles"], against(ours, seconds))
    print(f"\nlargest difference of a parameter between programs after {agree} steps: {difference:.1e}")
    return seconds


def timed_process(command: Sequence[str]) -> tuple[float, float]:
    """Run a program of ours; return the seconds it took, and those of all processors."""
    import resource  # which Windows has not

    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, env=WITH_BYTECODE, stdout=subprocess.DEVNULL, check=True)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def largest_difference(made: Mapping[str, Made]) -> float:
    """Return the largest difference between a parameter of the first program and of any other."""
    first, *others = ([np.array(p) for p in read()] for _, read in made.values())
    return max(float(abs(a - b).max()) for other in others for a, b in zip(first, other, strict=True))


def ratio(slower: Sequence[float], faster: Sequence[float]) -> tuple[float, float, float]:
    """Return the median of the paired ratios with its lower and upper quartile."""
    low, middle, high = statistics.quantiles([a / b for a, b in zip(slower, faster, strict=True)], n=4)
    return middle, low, high


def against(ours: str, seconds: dict[str, list[float]]) -> list[list[str]]:
    """Return table rows: each program's median time, and how many times as long as `ours` it takes."""
    rows = []
    for name, times in seconds.items():
        middle, low, high = ratio(times, seconds[ours])
        spread = "" if name == ours else f"{low:.2f} to {high:.2f}"
        rows.append([name, duration(statistics.median(times)), f"{middle:.2f}", spread])
    return rows


def duration(seconds: float) -> str:
    """Return a time with a fitting unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    print(f"\n{title}\n")
    for row in [header, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")


def verdict(target: str, measured: float, *, at_least: float = -math.inf, at_most: float = math.inf) -> None:
    """Print whether a target is met."""
    met = at_least <= measured <= at_most
    wanted = f"at least {at_least:g}" if at_most == math.inf else f"at most {at_most:g}"
    print(f"{'met   ' if met else 'MISSED'} {target}: {measured:.4g}, wanted {wanted}", flush=True)
