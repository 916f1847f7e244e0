"""Reductions, softmax, normalisation and indexing of small arrays, each with a weighted sum behind it."""

from types import SimpleNamespace

import numpy as np

from benchmarks.tensor_cases import Case, run
from micrograd_plus import Tensor
from micrograd_plus.nn import LayerNorm

SHAPES = [(4, 8), (32, 64)]
EPSILON = 1e-5
ROWS = np.random.default_rng(1).integers(0, 4, 16)


def ours():
    """Return the operations as one writes them with Tensor."""

    norms = {width: LayerNorm(width, eps=EPSILON, elementwise_affine=False) for _, width in SHAPES}
    return SimpleNamespace(
        constant=np.asarray,
        sum=lambda x: x.sum(axis=1),
        mean=lambda x: x.mean(axis=0),
        max=lambda x: x.max(axis=1),
        logsumexp=lambda x: x.logsumexp(axis=1),
        softmax=lambda x: x.softmax(axis=-1),
        log_softmax=lambda x: x.log_softmax(axis=-1),
        layer_norm=lambda x: norms[x.shape[1]](x),
        transpose=lambda x: x.T.reshape(-1),
        var=lambda x: x.var(axis=1),
        cumsum=lambda x: x.cumsum(axis=1),
        slice=lambda x: x[1:, ::2],
        embedding=lambda x: x[ROWS],
    )


def in_torch():
    """Return the operations as one writes them with PyTorch."""
    import torch
    from torch.nn import functional

    rows = torch.tensor(ROWS)
    return SimpleNamespace(
        constant=torch.tensor,
        sum=lambda x: x.sum(dim=1),
        mean=lambda x: x.mean(dim=0),
        max=lambda x: x.max(dim=1).values,
        logsumexp=lambda x: x.logsumexp(dim=1),
        softmax=lambda x: x.softmax(dim=-1),
        log_softmax=lambda x: x.log_softmax(dim=-1),
        layer_norm=lambda x: functional.layer_norm(x, x.shape[-1:], eps=EPSILON),
        transpose=lambda x: x.T.reshape(-1),
        var=lambda x: x.var(dim=1, correction=0),
        cumsum=lambda x: x.cumsum(dim=1),
        slice=lambda x: x[1:, ::2],
        embedding=lambda x: functional.embedding(rows, x),
    )


def in_autograd():
    """Return the operations as one writes them with HIPS autograd."""
    import autograd.numpy as np
    from autograd.scipy.special import logsumexp

    def softmax(x):
        powers = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return powers / np.sum(powers, axis=-1, keepdims=True)

    def layer_norm(x):
        centred = x - np.mean(x, axis=-1, keepdims=True)
        return centred / np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + EPSILON)

    return SimpleNamespace(
        constant=np.asarray,
        sum=lambda x: np.sum(x, axis=1),
        mean=lambda x: np.mean(x, axis=0),
        max=lambda x: np.max(x, axis=1),
        logsumexp=lambda x: logsumexp(x, axis=1),
        softmax=softmax,
        log_softmax=lambda x: x - logsumexp(x, axis=-1, keepdims=True),
        layer_norm=layer_norm,
        transpose=lambda x: np.reshape(x.T, -1),
        var=lambda x: np.var(x, axis=1),
        cumsum=lambda x: np.cumsum(x, axis=1),
        slice=lambda x: x[1:, ::2],
        embedding=lambda x: x[ROWS],
    )


def softmax_by_hand(x):
    """Return the softmax of each row."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


def softmax_gradient(x, g):
    """Return the gradient of `softmax`."""
    p = softmax_by_hand(x)
    return p * (g - (p * g).sum(axis=-1, keepdims=True))


def max_gradient(x, g):
    """Return the gradient of `max`."""
    result = np.zeros_like(x)
    result[np.arange(len(x)), x.argmax(axis=1)] = g
    return result


def layer_norm_gradient(x, g):
    """Return the gradient of `layer_norm`."""
    centred = x - x.mean(axis=-1, keepdims=True)
    inverse = 1.0 / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPSILON)
    y = centred * inverse
    return inverse * (g - g.mean(axis=-1, keepdims=True) - y * (g * y).mean(axis=-1, keepdims=True))


def slice_gradient(x, g):
    """Return the gradient of `slice`."""
    result = np.zeros_like(x)
    result[1:, ::2] = g
    return result


def embedding_gradient(x, g):
    """Return the gradient of `embedding`."""
    result = np.zeros_like(x)
    np.add.at(result, ROWS, g)
    return result


# The gradient of each operation of x, where g is the gradient of its result.
BY_HAND = {
    "sum": lambda x, g: np.repeat(g[:, None], x.shape[1], axis=1),
    "mean": lambda x, g: np.repeat(g[None] / len(x), len(x), axis=0),
    "max": max_gradient,
    "logsumexp": lambda x, g: g[:, None] * softmax_by_hand(x),
    "softmax": softmax_gradient,
    "log_softmax": lambda x, g: g - softmax_by_hand(x) * g.sum(axis=-1, keepdims=True),
    "layer_norm": layer_norm_gradient,
    "transpose": lambda x, g: g.reshape(x.shape[::-1]).T,
    "var": lambda x, g: g[:, None] * (x - x.mean(axis=1, keepdims=True)) * (2.0 / x.shape[1]),
    "cumsum": lambda x, g: g[:, ::-1].cumsum(axis=1)[:, ::-1],
    "slice": slice_gradient,
    "embedding": embedding_gradient,
}


def weighted(operation, g):
    """Return the loss: the results of `operation` weighted by `g`, summed."""
    return lambda x: (operation(x) * g).sum()


def cases():
    """Yield each operation on each shape."""
    rng = np.random.default_rng(0)
    libraries = [ours(), in_torch(), in_autograd()]
    for name, by_hand in BY_HAND.items():
        for shape in SHAPES:
            x = rng.normal(size=shape)
            g = rng.normal(size=getattr(libraries[0], name)(Tensor(x)).shape)
            losses = [weighted(getattr(n, name), n.constant(g)) for n in libraries]
            yield Case(f"{name} of {shape}", [x], x.size, *losses, lambda x, f=by_hand, g=g: [f(x, g)])


if __name__ == "__main__":
    run("Reductions and indexing, float64", list(cases()))
