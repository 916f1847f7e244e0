"""The yardstick: training steps written by hand in NumPy, as fast as we know how, all in buffers that are kept.

Nothing is allocated in a step. Parameters and gradients lie in one flat array each, so that an update is a few calls.
Activations lie one feature a row, one sample a column. A layer's weights and biases lie below each other, as a matrix
of shape (nin + 1, nout) whose last row meets a row of ones in the activations: one product adds the bias, and one gives
the gradients of both. Element by element, functions run on one-dimensional views, and a kept array of zeros is faster
than the number 0. A product is called as the bound method `a.dot(b, out)`.
"""

from itertools import pairwise

import numpy as np

from benchmarks.array_step import ALPHA, LR, initial

BLOCK = 64_000  # numbers that Adam moves at a time, so that its four arrays and a buffer stay in the cache
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8

add, divide, exp, greater, log = np.add, np.divide, np.exp, np.greater, np.log
maximum, multiply, sqrt, subtract = np.maximum, np.multiply, np.sqrt, np.subtract


def views(flat, shapes):
    """Return the parts of a flat array in these shapes, one after the other."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)]


def layer_views(flat, sizes):
    """Return each layer's weights with its biases as the last row."""
    return views(flat, [(nin + 1, nout) for nin, nout in pairwise(sizes)])


def moons_as_usual(X, y):
    """Return the step of `array_step.with_numpy` in kept buffers, otherwise as one writes it: one sample a row."""
    parameters = initial()
    shapes = [p.shape for p in parameters]
    flat = np.concatenate([p.ravel() for p in parameters])
    gradient, scratch = np.empty_like(flat), np.empty_like(flat)
    parameters = W1, b1, W2, b2, W3, b3 = views(flat, shapes)
    W1_grad, b1_grad, W2_grad, b2_grad, W3_grad, b3_grad = views(gradient, shapes)
    n = len(X)
    h1, h2, g1, g2 = (np.empty((n, 16)) for _ in range(4))
    scores, margin, g3 = (np.empty((n, 1)) for _ in range(3))
    positive1, positive2, positive3 = np.empty((n, 16), bool), np.empty((n, 16), bool), np.empty((n, 1), bool)
    slope, mean, ones = -y / n, np.full(n, 1 / n), np.ones(n)
    XT, h1T, h2T, W2T, W3T, margins = X.T, h1.T, h2.T, W2.T, W3.T, margin[:, 0]
    dot = np.dot

    def step():
        dot(X, W1, h1)
        add(h1, b1, h1)
        maximum(h1, 0.0, out=h1)
        dot(h1, W2, h2)
        add(h2, b2, h2)
        maximum(h2, 0.0, out=h2)
        dot(h2, W3, scores)
        add(scores, b3, scores)
        multiply(y, scores, margin)
        subtract(1.0, margin, margin)
        greater(margin, 0.0, positive3)
        maximum(margin, 0.0, out=margin)
        loss = dot(mean, margins) + ALPHA * dot(flat, flat)
        multiply(slope, positive3, g3)
        dot(h2T, g3, W3_grad)
        dot(ones, g3, b3_grad)
        dot(g3, W3T, g2)
        greater(h2, 0.0, positive2)
        multiply(g2, positive2, g2)
        dot(h1T, g2, W2_grad)
        dot(ones, g2, b2_grad)
        dot(g2, W2T, g1)
        greater(h1, 0.0, positive1)
        multiply(g1, positive1, g1)
        dot(XT, g1, W1_grad)
        dot(ones, g1, b1_grad)
        multiply(flat, 2 * ALPHA, scratch)
        add(gradient, scratch, gradient)
        multiply(gradient, LR, scratch)
        subtract(flat, scratch, flat)
        return loss

    return step, lambda: parameters


def moons(X, y):
    """Return the same step, as fast as we know how."""
    n, sizes = len(X), [2, 16, 16, 1]
    flat = np.concatenate([p.ravel() for p in initial()])
    gradient, scratch = np.empty_like(flat), np.empty_like(flat)
    W1, W2, W3 = layer_views(flat, sizes)
    W1_grad, W2_grad, W3_grad = layer_views(gradient, sizes)
    x, h1, h2 = np.vstack([X.T, np.ones(n)]), np.ones((17, n)), np.ones((17, n))
    h1_rows, h2_rows = h1[:16], h2[:16]  # without the ones
    g1, g2, g3 = np.empty((16, n)), np.empty((16, n)), np.empty((1, n))
    scores, margin = np.empty((1, n)), np.empty(n)
    h1_flat, h2_flat, g1_flat, g2_flat, g3_flat, scores_flat = (
        array.reshape(-1) for array in (h1_rows, h2_rows, g1, g2, g3, scores)
    )
    positive, positive3 = np.empty(16 * n, bool), np.empty(n, bool)
    zeros, ones, mean = np.zeros(16 * n), np.ones(n), np.full(n, 1 / n)
    zeros3, signs, slope = zeros[:n], -y[:, 0], -y[:, 0] / n
    decay, lr = np.array(2 * ALPHA), np.array(LR)
    g1T, g2T, g3T = g1.T, g2.T, g3.T
    W1T_dot, W2T_dot, W3T_dot, W2_dot, W3_dot = W1.T.dot, W2.T.dot, W3.T.dot, W2[:16].dot, W3[:16].dot
    x_dot, h1_dot, h2_dot, mean_dot, flat_dot = x.dot, h1.dot, h2.dot, mean.dot, flat.dot

    def step():
        W1T_dot(x, h1_rows)
        maximum(h1_flat, zeros, out=h1_flat)
        W2T_dot(h1, h2_rows)
        maximum(h2_flat, zeros, out=h2_flat)
        W3T_dot(h2, scores)
        multiply(signs, scores_flat, margin)
        add(margin, ones, margin)
        greater(margin, zeros3, positive3)
        maximum(margin, zeros3, out=margin)
        loss = mean_dot(margin) + ALPHA * flat_dot(flat)
        multiply(slope, positive3, g3_flat)
        h2_dot(g3T, W3_grad)
        W3_dot(g3, g2)
        greater(h2_flat, zeros, positive)
        multiply(g2_flat, positive, g2_flat)
        h1_dot(g2T, W2_grad)
        W2_dot(g2, g1)
        greater(h1_flat, zeros, positive)
        multiply(g1_flat, positive, g1_flat)
        x_dot(g1T, W1_grad)
        multiply(flat, decay, scratch)
        add(gradient, scratch, gradient)
        multiply(gradient, lr, scratch)
        subtract(flat, scratch, flat)
        return loss

    return step, lambda: [part for W in (W1, W2, W3) for part in (W[:-1], W[-1])]


def classifier(parameters, batch, update_of):
    """Return a step of a network with ReLU and cross-entropy on a batch `X` and its one-hot `Y`, one sample a row.

    The parameters are weights and biases in turn. `update_of(flat, gradient)` returns the function that moves them.
    The first layer's bias is added for itself, as there is no row of ones in what comes from outside.
    """
    dtype, sizes = parameters[0].dtype, [parameters[0].shape[0], *(b.size for b in parameters[1::2])]
    flat = np.concatenate([p.ravel() for p in parameters])
    gradient = np.empty_like(flat)
    update = update_of(flat, gradient)
    weights, gradients = layer_views(flat, sizes), layer_views(gradient, sizes)
    W1T_dot, b1 = weights[0][:-1].T.dot, weights[0][-1][:, None]
    W1_grad, b1_grad = gradients[0][:-1], gradients[0][-1]
    activations = [np.ones((nout + 1, batch), dtype) for nout in sizes[1:-1]]
    logits, p, targets = (np.empty((sizes[-1], batch), dtype) for _ in range(3))
    deltas = [*(np.empty((nout, batch), dtype) for nout in sizes[1:-1]), p]
    outputs = [*(h[:-1] for h in activations), logits]
    zeros = np.zeros(max(sizes[1:-1]) * batch, dtype)
    ones, ones10 = np.ones(batch, dtype), np.ones(sizes[-1], dtype)
    positive = np.empty(zeros.size, bool)
    top, total = np.empty(batch, dtype), np.empty(batch, dtype)
    logits_dot, ones_dot, ones10_dot = logits.reshape(-1).dot, ones.dot, ones10.dot
    share, count, targets_flat = np.array(1 / batch, dtype), np.array(batch, dtype), targets.reshape(-1)
    h1, z1 = outputs[0].reshape(-1), outputs[0]
    forward = [
        (W.T.dot, h, out, out.reshape(-1), zeros[: out.size])
        for W, h, out in zip(weights[1:], activations, outputs[1:], strict=True)
    ]
    W_logits_dot, h_last, *_ = forward.pop()
    backward = [
        (
            h.dot,
            g.T,
            W_grad,
            W[:-1].dot,
            g,
            below,
            below.reshape(-1),
            h[:-1].reshape(-1),
            zeros[: below.size],
            positive[: below.size],
        )
        for h, g, W_grad, W, below in zip(activations, deltas[1:], gradients[1:], weights[1:], deltas, strict=False)
    ][::-1]
    g1, g1_dot, zeros1 = deltas[0], deltas[0].dot, zeros[: deltas[0].size]
    largest = np.maximum.reduce

    def step(X, Y):
        XT = X.T
        W1T_dot(XT, z1)
        add(z1, b1, z1)
        maximum(h1, zeros1, out=h1)
        for WT_dot, h, out, out_flat, none in forward:
            WT_dot(h, out)
            maximum(out_flat, none, out=out_flat)
        W_logits_dot(h_last, logits)
        largest(logits, 0, None, top)
        subtract(logits, top, logits)
        exp(logits, p)
        ones10_dot(p, total)
        multiply(Y.T, share, targets)
        log(total, top)
        loss = float(ones_dot(top)) / batch - float(logits_dot(targets_flat))
        multiply(total, count, total)
        divide(p, total, p)
        subtract(p, targets, p)
        for h_dot, gT, W_grad, W_dot, g, below, below_flat, h_flat, none, mask in backward:
            h_dot(gT, W_grad)
            W_dot(g, below)
            greater(h_flat, none, mask)
            multiply(below_flat, mask, below_flat)
        XT.dot(g1.T, W1_grad)
        g1_dot(ones, b1_grad)
        update()
        return loss

    return step, lambda: [part for W in weights for part in (W[:-1], W[-1])]


def sgd(flat, gradient, lr):
    """Return a step of gradient descent."""
    scratch, lr = np.empty_like(flat), np.array(lr, flat.dtype)

    def update():
        multiply(gradient, lr, scratch)
        subtract(flat, scratch, flat)

    return update


def adam(flat, gradient, lr):
    """Return a step of Adam, block by block.

    The running means are kept without their factors 1 - beta, which go into the two numbers of the step: ten calls.
    """
    dtype = flat.dtype
    starts = range(0, flat.size, BLOCK)
    arrays = [flat, gradient, np.zeros_like(flat), np.zeros_like(flat)]
    scratch = np.empty(min(BLOCK, flat.size), dtype)
    blocks = [[array[k : k + BLOCK] for array in arrays] + [scratch[: flat[k : k + BLOCK].size]] for k in starts]
    beta1, beta2, size, eps = np.array(BETA1, dtype), np.array(BETA2, dtype), np.empty((), dtype), np.empty((), dtype)
    powers = [1.0, 1.0]

    def update():
        powers[0] *= BETA1
        powers[1] *= BETA2
        root = ((1.0 - BETA2) / (1.0 - powers[1])) ** 0.5
        size[()] = lr * (1.0 - BETA1) / (1.0 - powers[0]) / root
        eps[()] = EPS / root
        for p, g, mean, square, t in blocks:
            multiply(mean, beta1, mean)
            add(mean, g, mean)
            multiply(square, beta2, square)
            multiply(g, g, t)
            add(square, t, square)
            sqrt(square, t)
            add(t, eps, t)
            divide(mean, t, t)
            multiply(t, size, t)
            subtract(p, t, p)

    return update
