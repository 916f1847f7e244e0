"""A step of a classifier of the shape of MNIST: matrix products decide."""

from benchmarks.classifiers import COMPILED, FUSED, JAX, JAX_LATER, compared_steps
from benchmarks.protocol import ratio, verdict


def main() -> None:
    """Print the table and the verdict."""
    title = "A step of a 784-256-128-10 classifier on 128 samples, Adam, float32"
    seconds = compared_steps(title, [784, 256, 128, 10], 128, 60, 10)
    peers = [peer for peer in (FUSED, JAX, JAX_LATER) if peer in seconds]
    if peers:
        best = min(peers, key=lambda peer: sum(seconds[peer]))
        verdict(
            f"compiled against the best peer ({best}), times", ratio(seconds[COMPILED], seconds[best])[0], at_most=1.1
        )


if __name__ == "__main__":
    main()
