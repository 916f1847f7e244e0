"""A step of a small classifier, of the shape of handwritten digits: what surrounds the arithmetic decides."""

from benchmarks.classifiers import COMPILED, FOREACH, FUSED, JAX, compared_steps
from benchmarks.protocol import ratio, verdict

GOALS = {FOREACH: 4, FUSED: 2, JAX: 2}


def main() -> None:
    """Print the table and the verdicts."""
    seconds = compared_steps("A step of a 64-32-10 classifier on 32 samples, Adam, float32", [64, 32, 10], 32, 200, 20)
    for peer, times in GOALS.items():
        if peer in seconds:
            verdict(f"compiled, times faster than {peer}", ratio(seconds[peer], seconds[COMPILED])[0], at_least=times)


if __name__ == "__main__":
    main()
