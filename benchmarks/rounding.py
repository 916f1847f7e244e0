"""Random expressions beside their exact twins, and gradient checks at random points: how many, and how near.

`python -m benchmarks rounding [--expressions N] [--points N] [--seed N]`
"""

import argparse
import random
import sys
from collections import Counter

import numpy as np

from micrograd_plus.checks import check_gradients
from micrograd_plus.ops import TABLE
from micrograd_plus.value import Value
from tests.exact_twin import TWIN, errors, grown
from tests.sampling import inputs_in_domain, with_parameters

EXPRESSIONS = 50_000
POINTS = 200  # at which the gradient of each row is checked


def expression(rng: random.Random) -> tuple[Value, list[Value]]:
    """Return a random expression of rational rows, and its leaves."""
    leaves = [Value(rng.choice([-1.0, 1.0]) * rng.uniform(0.125, 4.0)) for _ in range(rng.randint(2, 4))]
    rows = sorted(TWIN)
    steps = [(rng.choice(rows), *(rng.randint(0, 30) for _ in range(3))) for _ in range(rng.randint(2, 12))]
    return grown(leaves, steps), leaves


def beside_exact_twins(count: int, seed: int) -> bool:
    """Print how many numbers were compared and how near they came to the bound; return whether all were within."""
    compared: Counter[str] = Counter()
    largest: Counter[str] = Counter()
    for number in range(count):
        y, leaves = expression(random.Random(f"rounding {seed} {number}"))
        for what, _, error, bound in errors(y, leaves):
            compared[what] += 1
            if error:
                largest[what] = max(largest[what], float(error) / bound if bound else float("inf"))
    print(f"\n{count:,} random expressions of {len(TWIN)} rational rows beside exact fractions, seed {seed}")
    print(f"{'what':<12}{'compared':>12}   largest error as a share of what rounding may do")
    for what, times in compared.items():
        print(f"{what:<12}{times:>12,}   {largest[what]:.3f}")
    return max(largest.values()) <= 1.0


def checked_gradients(points: int, seed: int) -> None:
    """Check the gradients of all rows to second order at random points; an error is raised at the first that fails."""
    for row in sorted(TABLE):
        rng = np.random.default_rng([seed, *row.encode()])
        for _ in range(points):
            op = with_parameters(TABLE[row], rng)
            check_gradients(lambda *x, op=op: op(*x) * 1.0, *inputs_in_domain(op, rng))
    print(f"\ngradients of {len(TABLE)} rows to order 2 at {points:,} random points each agree with differences")


def main() -> int:
    """Compare, print, and return 1 if an error was larger than rounding explains."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks rounding")
    parser.add_argument("--expressions", type=int, default=EXPRESSIONS)
    parser.add_argument("--points", type=int, default=POINTS, help="at which the gradient of each row is checked")
    parser.add_argument("--seed", type=int, default=0)
    how = parser.parse_args()
    within = beside_exact_twins(how.expressions, how.seed)
    checked_gradients(how.points, how.seed)
    return int(not within)


if __name__ == "__main__":
    sys.exit(main())
