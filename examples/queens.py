"""Eight queens, none attacks another, found by gradient descent: `python examples/queens.py SEED`.

In each row the queen stands in every column at once, with probabilities. The number of attacks that are to be expected
is a formula, so it has a slope: probability flows away from squares under attack until each queen stands on one.
"""

import sys

import numpy as np

from micrograd_plus import Tensor, softmax
from micrograd_plus.optim import Adam

N = 8
ROW, COLUMN = np.divmod(np.arange(N * N), N)
APART = ROW[:, None] != ROW
# attacks[i, j] is 1 where queens on the squares i and j attack each other, in two rows: they share a line.
ATTACKS = APART & np.logical_or.reduce([line[:, None] == line for line in (COLUMN, ROW + COLUMN, ROW - COLUMN)])


def expected_attacks(scores):
    """Return how many pairs of queens attack each other, on average over where they may stand."""
    squares = softmax(scores, axis=1).reshape(N * N)
    return squares @ ATTACKS.astype(float) @ squares / 2.0


def descend(rng, steps=150):
    """Train scores from a random start; return the column of each row's queen and the attacks that are left."""
    scores = Tensor(rng.normal(size=(N, N)), label="scores")
    optimizer = Adam([scores], lr=0.2)
    for _ in range(steps):
        loss = expected_attacks(scores)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scores.data += 0.02 * rng.normal(size=(N, N))  # no two squares stay equally good
    columns = scores.data.argmax(axis=1)
    certain = Tensor(100.0 * np.eye(N)[columns])
    return columns, round(expected_attacks(certain).item())


def main(seed=0):
    """Start anew until no queen is attacked; print the board and return the columns."""
    rng = np.random.default_rng(seed)
    for attempt in range(1, 100):
        columns, attacks = descend(rng)
        print(f"start {attempt}: {attacks} attacks left")
        if not attacks:
            break
    for column in columns:
        print(" ".join("Q" if k == column else "." for k in range(N)))
    return columns


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
