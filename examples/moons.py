"""Two moons are told apart by numbers that know their gradients, and nothing else: `python examples/moons.py SEED`.

No layers, no optimizer: a neuron is a sum of products, learning is `w.data -= lr * w.grad`.
"""

import random
import sys

from micrograd_plus import Value, data, no_grad, tanh

HIDDEN, STEPS, BATCH = 8, 400, 20


def neuron(weights, inputs):
    """Return the weighted sum of the inputs and the bias, which is the last weight."""
    return sum((w * x for w, x in zip(weights, inputs, strict=False)), weights[-1])


def score(network, point):
    """Return a Value: above 0 for the upper moon, below for the lower one."""
    hidden, output = network
    return neuron(output, [tanh(neuron(weights, point)) for weights in hidden])


def mean_hinge(network, samples):
    """Return by how much samples lie on the wrong side of a margin of 1, on average."""
    return sum((1.0 - side * score(network, point)).relu() for point, side in samples) / len(samples)


def picture(network):
    """Return the plane in letters: # where the score is above 0."""
    with no_grad():
        rows = [[score(network, (-1.5 + 0.1 * i, 1.2 - 0.2 * j)).data for i in range(41)] for j in range(11)]
    return "\n".join("".join("#" if s > 0 else "." for s in row) for row in rows)


def main(seed=0):
    """Train, draw the plane, and return the share of the samples on the right side."""
    rng = random.Random(seed)
    moons = data.load("moons", rng=seed)
    samples = [((a, b), 1 if k == 0 else -1) for (a, b), k in zip(moons.X.tolist(), moons.y.tolist(), strict=True)]
    hidden = [[Value(rng.gauss(0, 1)) for _ in range(3)] for _ in range(HIDDEN)]
    output = [Value(rng.gauss(0, 0.3)) for _ in range(HIDDEN + 1)]
    network, weights = (hidden, output), sum(hidden, output)
    for step in range(STEPS):
        loss = mean_hinge(network, rng.sample(samples, BATCH))
        loss.backward()
        for w in weights:
            w.data -= (1 - step / STEPS) * w.grad  # smaller and smaller steps
            w.zero_grad()
        if step % 100 == 0:
            print(f"step {step:3}: loss {loss.data:.3f} of {BATCH} samples")
    right = sum(side * score(network, point).data > 0 for point, side in samples) / len(samples)
    print(f"{right:.1%} of {len(samples)} samples on the right side\n{picture(network)}")
    return right


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
