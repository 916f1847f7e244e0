"""The GPT of `scalar_gpt`, each number a Value: a training step run eagerly beside the compiled one."""

import statistics
import time

import numpy as np

from benchmarks.protocol import against, duration, interleaved, ratio, show, verdict, versions
from benchmarks.scalar_gpt import GPT, NAMES, Step, compiled, eager, loss_of
from micrograd_plus.engine import graph
from micrograd_plus.optim import Adam

ROUNDS = 40


class Training:
    """One way of training: its own model from the same seed, and the names in the same order."""

    def __init__(self, way) -> None:
        self.model = GPT(np.random.default_rng(0))
        self.step: Step = way(self.model, Adam(self.model.parameters(), lr=0.01))
        self.names = iter(np.random.default_rng(1).permutation(NAMES).tolist())
        self.losses: list[float] = []

    def run(self) -> None:
        """Take a step on the next name."""
        self.losses.append(self.step(next(self.names)))

    def learn(self, name: str) -> float:
        """Take a step on this name, off the record; return its seconds."""
        start = time.perf_counter()
        self.step(name)
        return time.perf_counter() - start


def main() -> None:
    """Print the table and the verdicts."""
    trainings = {"eager Value": Training(eager), "compiled": Training(compiled)}
    by_length = {len(name): name for name in sorted(NAMES)}
    first = {
        way: [training.learn(by_length[length]) for length in sorted(by_length)] for way, training in trainings.items()
    }
    seconds = interleaved({way: training.run for way, training in trainings.items()}, ROUNDS)
    title = f"A step of the GPT on names, one name a step ({versions('numpy')})"
    show(title, ["program", "per step", "times ours", "quartiles"], against("compiled", seconds))
    compiling = statistics.mean(first["compiled"])
    typical = by_length[round(statistics.mean(map(len, NAMES)))]
    nodes = len(graph(loss_of(trainings["compiled"].model, typical)))
    print(f"\na name of {len(typical)} letters is {nodes:,} nodes; the first step on a length, which compiles, takes")
    print(f"{duration(compiling)}, mean of {len(by_length)} lengths\n")
    one, other = (training.losses for training in trainings.values())
    difference = max(abs(a - b) for a, b in zip(one, other, strict=True))
    verdict("compiled GPT against eager Value", ratio(seconds["eager Value"], seconds["compiled"])[0], at_least=20)
    verdict(f"largest difference of a loss in {len(one)} steps", difference, at_most=1e-9)
    verdict("compiling against eager steps", compiling / statistics.mean(first["eager Value"]), at_most=10)


if __name__ == "__main__":
    main()
