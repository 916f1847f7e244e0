"""A step of the same classifier in several libraries: ReLU, cross-entropy, batches in turn, Adam, float32.

All programs take the batches ready as they like them best: NumPy and ours one-hot targets, the others class numbers.
JAX is called once a step and waits for its loss, as all others do; in the row *not waited for* it does so once in a
turn only.
"""

import itertools
from functools import partial
from itertools import cycle, pairwise

import numpy as np

import micrograd_plus
from benchmarks import kept_numpy
from benchmarks.protocol import compared, installed, versions
from micrograd_plus import Tensor, optim
from micrograd_plus.engine import PARAMETER

COMPILED, BY_HAND, FOREACH, FUSED, JAX = (
    "compiled",
    "NumPy, kept buffers",
    "PyTorch, foreach",
    "PyTorch, fused",
    "JAX jit",
)
JAX_LATER = "JAX jit, not waited for"
LR = 1e-3
AGREE = 10  # steps; later, Adam makes a rounding into a step wherever a gradient is all but 0
BATCHES = 8


def initial(sizes):
    """Return the weights and biases that all programs begin with."""
    rng = np.random.default_rng(1337)
    pairs = [(rng.normal(0.0, (2 / nin) ** 0.5, (nin, nout)), np.zeros(nout)) for nin, nout in pairwise(sizes)]
    return [array.astype(np.float32) for pair in pairs for array in pair]


def batches(sizes, batch):
    """Return batches of random samples with random classes, as class numbers and one-hot."""
    rng = np.random.default_rng(42)
    samples = rng.random((BATCHES, batch, sizes[0]), dtype=np.float32)
    classes = rng.integers(0, sizes[-1], (BATCHES, batch))
    return samples, classes, np.eye(sizes[-1], dtype=np.float32)[classes]


def on_batches(step, *columns):
    """Return the step on one batch after the other."""
    turns = cycle(list(zip(*columns, strict=True)))
    return lambda: step(*next(turns))


def layers_of(parameters):
    """Return the pairs of weights and biases of the hidden layers, and the last pair."""
    *hidden, last = zip(parameters[::2], parameters[1::2], strict=True)
    return hidden, last


def tensor_loss(parameters, X, Y):
    """Return the mean cross-entropy as a Tensor."""
    hidden, (W_last, b_last) = layers_of(parameters)
    h = X
    for W, b in hidden:
        h = (h @ W + b).relu()
    logits = h @ W_last + b_last
    return (logits.logsumexp(axis=1) - (logits * Y).sum(axis=1)).mean()


def with_compiled(sizes, samples, targets):
    """Return our compiled program."""
    parameters = [Tensor.leaf(array, PARAMETER) for array in initial(sizes)]
    optimizer = optim.Adam(parameters, lr=LR)
    program = micrograd_plus.compile(partial(tensor_loss, parameters), samples[0], targets[0], optimizer=optimizer)
    return on_batches(program.step, samples, targets), lambda: [p.data for p in parameters]


def with_tensor(sizes, samples, targets):
    """Return our eager program."""
    parameters = [Tensor.leaf(array, PARAMETER) for array in initial(sizes)]
    optimizer = optim.Adam(parameters, lr=LR)

    def step(X, Y):
        loss = tensor_loss(parameters, X, Y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return on_batches(step, samples, targets), lambda: [p.data for p in parameters]


def with_numpy(sizes, samples, targets):
    """Return the program written by hand."""
    step, read = kept_numpy.classifier(initial(sizes), len(samples[0]), partial(kept_numpy.adam, lr=LR))
    return on_batches(step, samples, targets), read


def with_torch(sizes, samples, classes, **kind):
    """Return the fastest eager PyTorch program we know: addmm, with Adam of this kind."""
    import torch

    torch.set_num_threads(1)
    parameters = [torch.tensor(array, requires_grad=True) for array in initial(sizes)]
    hidden, (W_last, b_last) = layers_of(parameters)
    optimizer = torch.optim.Adam(parameters, lr=LR, **kind)

    def step(X, y):
        h = X
        for W, b in hidden:
            h = torch.addmm(b, h, W).relu()
        loss = torch.nn.functional.cross_entropy(torch.addmm(b_last, h, W_last), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    return on_batches(step, torch.tensor(samples), torch.tensor(classes)), lambda: [
        p.detach().numpy() for p in parameters
    ]


def with_jax(sizes, samples, classes, wait_every=1):
    """Return the compiled JAX program, called once a step, with Adam by hand; it may wait for the loss less often."""
    import jax
    import jax.numpy as jnp

    def loss_of(parameters, X, y):
        hidden, (W_last, b_last) = layers_of(parameters)
        h = X
        for W, b in hidden:
            h = jnp.maximum(h @ W + b, 0.0)
        logits = h @ W_last + b_last
        return jnp.mean(jax.nn.logsumexp(logits, axis=1) - jnp.take_along_axis(logits, y[:, None], axis=1)[:, 0])

    @partial(jax.jit, donate_argnums=0)
    def update(state, X, y):
        parameters, means, squares, steps = state
        loss, gradients = jax.value_and_grad(loss_of)(parameters, X, y)
        steps = steps + 1.0
        means = [0.9 * m + 0.1 * g for m, g in zip(means, gradients, strict=True)]
        squares = [0.999 * s + 0.001 * g * g for s, g in zip(squares, gradients, strict=True)]
        size, root = LR / (1.0 - 0.9**steps), 1.0 / jnp.sqrt(1.0 - 0.999**steps)
        parameters = [
            p - size * m / (jnp.sqrt(s) * root + 1e-8) for p, m, s in zip(parameters, means, squares, strict=True)
        ]
        return (parameters, means, squares, steps), loss

    parameters = [jnp.asarray(array) for array in initial(sizes)]
    means, squares = ([jnp.zeros_like(p) for p in parameters] for _ in range(2))
    state = [(parameters, means, squares, jnp.float32(0.0))]
    count = itertools.count(1)

    def step(X, y):
        state[0], loss = update(state[0], X, y)
        if next(count) % wait_every == 0:
            loss.block_until_ready()
        return loss

    ready = [list(map(jnp.asarray, column)) for column in (samples, classes)]
    return on_batches(step, *ready), lambda: [np.array(p) for p in state[0][0]]


def compared_steps(title, sizes, batch, rounds, turn):
    """Print how the programs agree and how long they take; return the seconds."""
    samples, classes, targets = batches(sizes, batch)
    peers = installed("torch", "jax")
    made = {
        COMPILED: with_compiled(sizes, samples, targets),
        BY_HAND: with_numpy(sizes, samples, targets),
        "eager Tensor": with_tensor(sizes, samples, targets),
    }
    if "torch" in peers:
        made |= {
            FOREACH: with_torch(sizes, samples, classes, foreach=True),
            FUSED: with_torch(sizes, samples, classes, fused=True),
        }
    if "jax" in peers:
        made |= {JAX: with_jax(sizes, samples, classes), JAX_LATER: with_jax(sizes, samples, classes, turn)}
    title = f"{title} ({versions('numpy', *peers)})"
    seconds = compared(title, made, COMPILED, agree=AGREE, rounds=rounds, turn=turn)
    print()
    return seconds
