"""Chains of elementwise operations, ended by a sum, on arrays of 10 to a million elements."""

from functools import partial
from types import SimpleNamespace

import numpy as np

import micrograd_plus
from benchmarks.tensor_cases import Case, run

SIZES = [10, 1_000, 9_999, 100_000, 1_000_000]


def arithmetic(n, x, y):
    """Add, subtract, multiply, divide, square."""
    return (((x * y + x) / y - x * 0.5) ** 2).sum()


def arithmetic_by_hand(x, y):
    """Return the gradients of `arithmetic`."""
    a = x * y + x
    d = 2.0 * (a / y - x * 0.5)
    q = d / y
    return q * (y + 1.0) - 0.5 * d, q * x - q * a / y


def exponentials(n, x):
    """Exponential, logarithm, hyperbolic tangent, sigmoid, rectifier."""
    return n.relu(n.sigmoid(n.tanh(n.log(n.exp(x) + 1.0))) - 0.6).sum()


def exponentials_by_hand(x):
    """Return the gradient of `exponentials`."""
    e = np.exp(x)
    t = np.tanh(np.log(e + 1.0))
    s = 1.0 / (1.0 + np.exp(-t))
    return [(s > 0.6) * s * (1.0 - s) * (1.0 - t * t) * e / (e + 1.0)]


def choices(n, x, y):
    """Maximum, and where with a comparison."""
    return n.where(x > 0.5, n.maximum(x, y) * x, n.maximum(x * y, x)).sum()


def choices_by_hand(x, y):
    """Return the gradients of `choices`."""
    above, first, product = x > 0.5, x >= y, x * y >= x
    by_x = np.where(above, np.where(first, 2.0 * x, y), np.where(product, y, 1.0))
    return by_x, np.where(above, np.where(first, 0.0, x), np.where(product, x, 0.0))


def waves(n, x):
    """Sine and cosine."""
    return n.sin(n.cos(n.sin(x))).sum()


def waves_by_hand(x):
    """Return the gradient of `waves`."""
    s = np.sin(x)
    return [-np.cos(np.cos(s)) * np.sin(s) * np.cos(x)]


def errors(n, x):
    """Error function."""
    return n.erf(x).sum()


def errors_by_hand(x):
    """Return the gradient of `errors`."""
    return [2.0 / np.sqrt(np.pi) * np.exp(-x * x)]


CHAINS = {
    "arithmetic": (arithmetic, arithmetic_by_hand),
    "exp, log, tanh, sigmoid, relu": (exponentials, exponentials_by_hand),
    "maximum, where": (choices, choices_by_hand),
    "sin, cos": (waves, waves_by_hand),
    "erf": (errors, errors_by_hand),
}


def namespaces():
    """Return for each library the names that a chain is written in: ours, PyTorch, HIPS autograd."""
    import autograd.numpy
    import torch
    from autograd.scipy.special import erf

    in_autograd = SimpleNamespace(
        **vars(autograd.numpy),
        sigmoid=lambda x: 1.0 / (1.0 + autograd.numpy.exp(-x)),
        relu=lambda x: autograd.numpy.maximum(x, 0.0),
        erf=erf,
    )
    return micrograd_plus, torch, in_autograd


def cases():
    """Yield each chain on each size."""
    rng = np.random.default_rng(0)
    for name, (chain, by_hand) in CHAINS.items():
        for size in SIZES:
            arrays = [rng.uniform(0.1, 2.0, size) for _ in range(by_hand.__code__.co_argcount)]
            losses = [partial(chain, namespace) for namespace in namespaces()]
            limits = {"above": None, "small": 1_000} if chain in (waves, errors) else {}
            yield Case(f"{name}: {size:,}", arrays, size, *losses, by_hand, **limits)


if __name__ == "__main__":
    run("Elementwise chains, float64", list(cases()))
