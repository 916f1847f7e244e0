"""One line cannot part XOR, a hidden layer can: `python examples/xor.py SEED`. Every weight is one Value."""

import sys

from micrograd_plus import nn
from micrograd_plus.optim import Adam

CORNERS = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]


def trained(model, steps=200):
    """Train on the four corners; return the last loss and what the network says of each."""
    optimizer = Adam(model.parameters(), lr=0.05)
    for _ in range(steps):
        loss = sum((model(x) - wanted) ** 2 for x, wanted in CORNERS) / len(CORNERS)
        model.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.data, [model(x).data for x, _ in CORNERS]


def main(seed=0):
    """Train a line and a network; return what both say."""
    for name, model in [
        ("a line, w1 x1 + w2 x2 + b", nn.Neuron(2, nonlin=False, rng=seed)),
        ("4 hidden neurons and the line", nn.MLP(2, [4, 1], activation="tanh", rng=seed)),
    ]:
        loss, answers = trained(model)
        print(f"{name}, {len(model.parameters())} weights: loss {loss:.4f}")
        for (x, wanted), answer in zip(CORNERS, answers, strict=True):
            print(f"  {x[0]} xor {x[1]} is {wanted}, it says {answer:5.2f}")
    return loss, answers


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
