"""Where does the gradient go in a deep network? `python examples/vanishing.py SEED`.

The gradient of an early layer is a product with one factor for each layer above it. With sigmoid, whose slope is at
most 1/4, it dies on the way down; weights scaled to the activation (Glorot 2010, He 2015) keep it alive; weights that
are too large make it explode. `diagnose(loss)` says so in words.
"""

import sys

import numpy as np

from micrograd_plus import losses, nn

DEPTH, WIDTH = 12, 32


def sizes(activation, scale, seed):
    """Return the size of the gradient (root mean square) of each hidden layer's weights, first to last."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(64, WIDTH)), rng.integers(0, 4, 64)
    model = nn.ArrayMLP(WIDTH, [WIDTH] * DEPTH + [4], activation=activation, rng=rng)
    for linear in model.linears:
        linear.weight.data *= scale
    losses.cross_entropy(model(X), y).backward()
    return [float(np.sqrt((linear.weight.grad**2).mean())) for linear in model.linears[:-1]]


def main(seed=0):
    """Show four networks; return the sizes of their layers' gradients, by name."""
    found = {}
    for activation, scale in (("sigmoid", 1.0), ("tanh", 1.0), ("relu", 1.0), ("relu", 3.0)):
        name = activation if scale == 1.0 else f"{activation}, weights x {scale:g}"
        found[name] = sizes(activation, scale, seed)
        print(f"\n{name}: the first layer's gradient is {found[name][0] / found[name][-1]:.2g} times the last one's")
        for k, size in enumerate(found[name], 1):
            print(f"  layer {k:2} {size:7.1e} {'#' * max(0, round(3 * (np.log10(size) + 12)))}")
    return found


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
