"""Causal self-attention of one sequence, one head and four: projections, masked softmax, mean of squares."""

import numpy as np

from benchmarks.tensor_cases import Case, run
from micrograd_plus.nn import scaled_dot_product_attention

WIDTH = 64
LENGTHS = [16, 128]
HEADS = [1, 4]


def with_tensor(X, heads):
    """Return our loss."""
    length = len(X)

    def split(x):
        return x.reshape(length, heads, -1).transpose(1, 0, 2)

    def loss(Wq, Wk, Wv, Wo):
        out = scaled_dot_product_attention(split(X @ Wq), split(X @ Wk), split(X @ Wv), is_causal=True)
        out = out.transpose(1, 0, 2).reshape(length, WIDTH) @ Wo
        return (out * out).mean()

    return loss


def with_torch(X, heads):
    """Return PyTorch's loss with its own function for attention, which is faster than what it is made of."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    length = len(X)
    X = torch.tensor(X)

    def split(x):
        return x.view(1, length, heads, -1).transpose(1, 2)

    def loss(Wq, Wk, Wv, Wo):
        out = scaled_dot_product_attention(split(X @ Wq), split(X @ Wk), split(X @ Wv), is_causal=True)
        out = out.transpose(1, 2).reshape(length, WIDTH) @ Wo
        return (out * out).mean()

    return loss


def with_autograd(X, heads):
    """Return HIPS autograd's loss."""
    import autograd.numpy as np

    length = len(X)
    seen = np.tri(length, dtype=bool)
    scale = (WIDTH // heads) ** -0.5

    def split(x):
        return np.transpose(np.reshape(x, (length, heads, -1)), (1, 0, 2))

    def loss(Wq, Wk, Wv, Wo):
        scores = split(X @ Wq) @ np.swapaxes(split(X @ Wk), 1, 2) * scale
        scores = np.where(seen, scores, -np.inf)
        powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
        weights = powers / np.sum(powers, axis=-1, keepdims=True)
        out = np.reshape(np.transpose(weights @ split(X @ Wv), (1, 0, 2)), (length, WIDTH)) @ Wo
        return np.mean(out * out)

    return loss


def by_hand(X, heads):
    """Return the gradients written with NumPy."""
    length = len(X)
    hidden = ~np.tri(length, dtype=bool)
    scale = X.dtype.type((WIDTH // heads) ** -0.5)

    def split(x):
        return x.reshape(length, heads, -1).transpose(1, 0, 2)

    def joined(x):
        return x.transpose(1, 0, 2).reshape(length, WIDTH)

    def gradients(Wq, Wk, Wv, Wo):
        q, k, v = split(X @ Wq), split(X @ Wk), split(X @ Wv)
        scores = q @ k.mT * scale
        scores[:, hidden] = -np.inf
        powers = np.exp(scores - scores.max(-1, keepdims=True))
        weights = powers / powers.sum(-1, keepdims=True)
        mixed = joined(weights @ v)
        out = mixed @ Wo
        to_out = out * (2.0 / out.size)
        to_mixed = split(to_out @ Wo.T)
        to_weights = to_mixed @ v.mT
        to_scores = weights * (to_weights - (to_weights * weights).sum(-1, keepdims=True)) * scale
        to_q, to_k, to_v = to_scores @ k, to_scores.mT @ q, weights.mT @ to_mixed
        return X.T @ joined(to_q), X.T @ joined(to_k), X.T @ joined(to_v), mixed.T @ to_out

    return gradients


def cases():
    """Yield each length and number of heads in both types."""
    rng = np.random.default_rng(0)
    for dtype in ("float64", "float32"):
        for length in LENGTHS:
            for heads in HEADS:
                weights = [rng.normal(0.0, WIDTH**-0.5, (WIDTH, WIDTH)).astype(dtype) for _ in range(4)]
                X = rng.normal(size=(length, WIDTH)).astype(dtype)
                elements = max(WIDTH * WIDTH, length * WIDTH, heads * length * length)
                yield Case(
                    f"length {length}, {heads} head(s), {dtype}",
                    weights,
                    elements,
                    with_tensor(X, heads),
                    with_torch(X, heads),
                    with_autograd(X, heads),
                    by_hand(X, heads),
                )


if __name__ == "__main__":
    run(f"Causal attention of width {WIDTH}", list(cases()))
