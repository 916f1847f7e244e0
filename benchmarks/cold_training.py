"""`micrograd-plus train moons` from a cold command line, with all its pictures and pages, and how good its model is."""

import sys
import tempfile
from pathlib import Path
from statistics import mean, median

from benchmarks.protocol import duration, show, timed_process, verdict
from micrograd_plus import data
from micrograd_plus.classifier import Classifier

ROUNDS, FRESH = 7, 2_000


def trained(seed: int, folder: str) -> tuple[float, float, float]:
    """Train in a new process; return the seconds it took, those of its processor, and % right of fresh points."""
    command = [sys.executable, "-m", "micrograd_plus", "train", "moons", "--seed", str(seed), "--out", folder]
    seconds, busy = timed_process(command)
    model = Classifier.load(Path(folder) / "model.safetensors")
    return seconds, busy, 100.0 * model.accuracy(*data.moons(FRESH, rng=seed + 1_000))


def main() -> None:
    """Print the table and the verdicts."""
    with tempfile.TemporaryDirectory() as folder:
        trained(0, folder)  # leaves bytecode, as pip does
        seconds, busy, right = zip(*[trained(seed, folder) for seed in range(ROUNDS)], strict=True)
    rows = [["from the command to its end", duration(median(seconds))], ["of it computing", duration(median(busy))]]
    show(f"micrograd-plus train moons, {ROUNDS} seeds: {mean(right):.2f} % right", ["what", "time"], rows)
    print()
    verdict("moons from a cold command line: % right", mean(right), at_least=99)
    verdict("moons from a cold command line: seconds", median(seconds), at_most=3)


if __name__ == "__main__":
    main()
