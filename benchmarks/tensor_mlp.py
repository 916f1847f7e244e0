"""A multilayer perceptron 64-64-64-10 with relu and softmax cross-entropy, on batches of 1, 32 and 1024."""

from itertools import pairwise

import numpy as np

from benchmarks.tensor_cases import Case, run
from micrograd_plus.losses import cross_entropy

SIZES = [64, 64, 64, 10]
BATCHES = [1, 32, 1024]


def scores(X, parameters, product, relu):
    """Return the outputs of the last layer, in any library."""
    W1, b1, W2, b2, W3, b3 = parameters
    h = relu(product(X, W1, b1))
    h = relu(product(h, W2, b2))
    return product(h, W3, b3)


def with_tensor(X, y):
    """Return our loss."""
    return lambda *p: cross_entropy(scores(X, p, lambda x, W, b: x @ W + b, lambda x: x.relu()), y)


def with_torch(X, y):
    """Return PyTorch's loss; addmm is its fastest product with a bias."""
    import torch
    from torch.nn.functional import cross_entropy

    X, y = torch.tensor(X), torch.tensor(y)
    return lambda *p: cross_entropy(scores(X, p, lambda x, W, b: torch.addmm(b, x, W), torch.relu), y)


def with_autograd(X, y):
    """Return HIPS autograd's loss."""
    import autograd.numpy as np
    from autograd.scipy.special import logsumexp

    def loss(*parameters):
        z = scores(X, parameters, lambda x, W, b: x @ W + b, lambda x: np.maximum(x, 0.0))
        return np.mean(logsumexp(z, axis=1) - z[np.arange(len(y)), y])

    return loss


def by_hand(X, y):
    """Return the gradients written with NumPy."""

    def gradients(W1, b1, W2, b2, W3, b3):
        h1 = np.maximum(X @ W1 + b1, 0.0)
        h2 = np.maximum(h1 @ W2 + b2, 0.0)
        z = h2 @ W3 + b3
        e = np.exp(z - z.max(1, keepdims=True))
        g3 = e / e.sum(1, keepdims=True)
        g3[np.arange(len(y)), y] -= 1.0
        g3 /= len(y)
        g2 = (g3 @ W3.T) * (h2 > 0.0)
        g1 = (g2 @ W2.T) * (h1 > 0.0)
        return X.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g3, g3.sum(0)

    return gradients


def cases():
    """Yield each batch in both types."""
    rng = np.random.default_rng(0)
    for dtype in ("float64", "float32"):
        for batch in BATCHES:
            parameters = []
            for nin, nout in pairwise(SIZES):
                parameters += [rng.normal(0.0, (2.0 / nin) ** 0.5, (nin, nout)), np.zeros(nout)]
            X, y = rng.normal(size=(batch, SIZES[0])).astype(dtype), rng.integers(0, SIZES[-1], batch)
            yield Case(
                f"batch {batch}, {dtype}",
                [p.astype(dtype) for p in parameters],
                max(batch, SIZES[0]) * SIZES[0],
                with_tensor(X, y),
                with_torch(X, y),
                with_autograd(X, y),
                by_hand(X, y),
            )


if __name__ == "__main__":
    run("A multilayer perceptron 64-64-64-10 with softmax cross-entropy", list(cases()))
