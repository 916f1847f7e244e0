"""A small convolutional net on 28x28 images, with softmax cross-entropy, on batches of 1 and 32.

Convolutions of 8 and 16 channels, 3x3 with padding 1, each with relu and max pooling by 2, and a linear layer.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.tensor_cases import Case, run
from micrograd_plus import conv2d, max_pool2d
from micrograd_plus.losses import cross_entropy

SIDE, CLASSES = 28, 10
SHAPES = [(8, 1, 3, 3), (8,), (16, 8, 3, 3), (16,), (16 * 7 * 7, CLASSES), (CLASSES,)]
BATCHES = [1, 32]


def with_tensor(X, y):
    """Return our loss."""

    def loss(W1, b1, W2, b2, W3, b3):
        h = max_pool2d(conv2d(X, W1, b1, padding=1).relu(), 2)
        h = max_pool2d(conv2d(h, W2, b2, padding=1).relu(), 2)
        return cross_entropy(h.reshape(len(y), -1) @ W3 + b3, y)

    return loss


def with_torch(X, y):
    """Return PyTorch's loss."""
    import torch
    from torch.nn.functional import conv2d, cross_entropy, max_pool2d

    X, y = torch.tensor(X), torch.tensor(y)

    def loss(W1, b1, W2, b2, W3, b3):
        h = max_pool2d(conv2d(X, W1, b1, padding=1).relu(), 2)
        h = max_pool2d(conv2d(h, W2, b2, padding=1).relu(), 2)
        return cross_entropy(torch.addmm(b3, h.reshape(len(y), -1), W3), y)

    return loss


def with_autograd(X, y):
    """Return HIPS autograd's loss, written as in its own example of a convolutional net."""
    import autograd.numpy as np
    from autograd.scipy.signal import convolve
    from autograd.scipy.special import logsumexp

    def layer(x, W, b):
        x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="constant")
        flipped = W[:, :, ::-1, ::-1]  # convolve means the convolution of mathematics
        x = convolve(x, flipped, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid") + b[:, None, None]
        x = np.maximum(x, 0.0)
        n, channels, side, _ = x.shape
        return np.max(np.max(np.reshape(x, (n, channels, side // 2, 2, side // 2, 2)), axis=3), axis=4)

    def loss(W1, b1, W2, b2, W3, b3):
        h = layer(layer(X, W1, b1), W2, b2)
        z = np.reshape(h, (len(y), -1)) @ W3 + b3
        return np.mean(logsumexp(z, axis=1) - z[np.arange(len(y)), y])

    return loss


def columns_of(x):
    """Return the 3x3 windows of padded images, one row a pixel."""
    windows = sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), axis=(2, 3))
    n, channels, height, width = windows.shape[:4]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(n, height, width, channels * 9)


def layer_by_hand(x, W, b):
    """Return the pooled output, and what `layer_gradients` needs."""
    columns = columns_of(x)
    z = columns @ W.reshape(len(W), -1).T + b
    n, height, width, channels = z.shape
    blocks = z.reshape(n, height // 2, 2, width // 2, 2, channels).transpose(0, 1, 3, 5, 2, 4)
    blocks = blocks.reshape(n, height // 2, width // 2, channels, 4)
    first = blocks.argmax(axis=-1)[..., None]
    top = np.take_along_axis(blocks, first, axis=-1)[..., 0]
    return np.maximum(top, 0.0).transpose(0, 3, 1, 2), (columns, first, top > 0.0)


def layer_gradients(g, W, kept):
    """Return the gradients of padded input, kernels and bias."""
    columns, first, positive = kept
    n, height, width = columns.shape[:3]
    blocks = np.zeros((*first.shape[:-1], 4), g.dtype)
    np.put_along_axis(blocks, first, (g.transpose(0, 2, 3, 1) * positive)[..., None], axis=-1)
    blocks = blocks.reshape(n, height // 2, width // 2, len(W), 2, 2).transpose(0, 1, 4, 2, 5, 3)
    to_z = blocks.reshape(-1, len(W))
    to_W = (to_z.T @ columns.reshape(len(to_z), -1)).reshape(W.shape)
    return to_z, to_W, to_z.sum(0)


def input_gradient(to_z, W, shape):
    """Return the gradient of images of `shape`: windows added back where they came from."""
    n, channels, height, width = shape
    to_columns = (to_z @ W.reshape(len(W), -1)).reshape(n, height, width, channels, 3, 3)
    padded = np.zeros((n, channels, height + 2, width + 2), to_z.dtype)
    for i in range(3):
        for j in range(3):
            padded[:, :, i : i + height, j : j + width] += to_columns[..., i, j].transpose(0, 3, 1, 2)
    return padded[:, :, 1:-1, 1:-1]


def by_hand(X, y):
    """Return the gradients written with NumPy."""

    def gradients(W1, b1, W2, b2, W3, b3):
        h1, kept1 = layer_by_hand(X, W1, b1)
        h2, kept2 = layer_by_hand(h1, W2, b2)
        h = h2.reshape(len(y), -1)
        z = h @ W3 + b3
        e = np.exp(z - z.max(1, keepdims=True))
        g3 = e / e.sum(1, keepdims=True)
        g3[np.arange(len(y)), y] -= 1.0
        g3 /= len(y)
        to_z2, to_W2, to_b2 = layer_gradients((g3 @ W3.T).reshape(h2.shape), W2, kept2)
        _, to_W1, to_b1 = layer_gradients(input_gradient(to_z2, W2, h1.shape), W1, kept1)
        return to_W1, to_b1, to_W2, to_b2, h.T @ g3, g3.sum(0)

    return gradients


def cases():
    """Yield each batch in both types; convolution may take three times as long as PyTorch's kernels."""
    rng = np.random.default_rng(0)
    for dtype in ("float64", "float32"):
        for batch in BATCHES:
            parameters = [rng.normal(0.0, 0.2, shape).astype(dtype) for shape in SHAPES]
            X, y = rng.normal(size=(batch, 1, SIDE, SIDE)).astype(dtype), rng.integers(0, CLASSES, batch)
            yield Case(
                f"batch {batch}, {dtype}",
                parameters,
                batch * 14 * 14 * 8 * 9,  # the windows of the second convolution
                with_tensor(X, y),
                with_torch(X, y),
                with_autograd(X, y),
                by_hand(X, y),
                above=3.0,
            )


if __name__ == "__main__":
    run("A small convolutional net on 28x28", list(cases()))
