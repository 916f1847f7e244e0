"""A table of 27 x 27 numbers learns which letter follows which: `python examples/bigram.py SEED`.

Gradient descent on the cross-entropy finds what counting finds: the share of each letter among those that follow
another. So the lowest loss is known. The names are a list of our own (CC0 1.0).
"""

import sys
from pathlib import Path

import numpy as np

from micrograd_plus import Tensor, losses, softmax
from micrograd_plus.optim import Adam

LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # the point begins and ends a name
NAMES = Path(__file__).with_name("names.txt").read_text(encoding="ascii").split()


def pairs():
    """Return the number of each letter and of the one that follows it, over all names."""
    codes = np.array([LETTERS.index(c) for c in f".{'.'.join(NAMES)}."])  # one point ends a name and begins the next
    return codes[:-1], codes[1:]


def counted(first, second):
    """Return the loss of the shares that counting gives, which no table can beat."""
    counts = np.bincount(27 * first + second, minlength=27 * 27).reshape(27, 27)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return float(-np.log(shares[first, second]).mean())


def made_up(scores, rng):
    """Return a new name, letter by letter as the scores have it."""
    name = "."
    while name == "." or name[-1] != ".":
        name += rng.choice(list(LETTERS), p=softmax(scores[LETTERS.index(name[-1])]))
    return name.strip(".")


def main(seed=0):
    """Train, make up names, and return the loss and the lowest that there is."""
    (first, second), rng = pairs(), np.random.default_rng(seed)
    scores = Tensor(rng.normal(size=(27, 27)), label="scores")
    optimizer = Adam([scores], lr=0.3)
    for step in range(1, 151):
        loss = losses.cross_entropy(scores[first], second)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step in (1, 10, 50, 150):
            print(f"step {step:3}: loss {loss.item():.4f}")
    lowest = counted(first, second)
    print(f"counted:  loss {lowest:.4f}; made up:", ", ".join(made_up(scores.data, rng) for _ in range(6)))
    return loss.item(), lowest


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
