"""One training step of the same network on arrays: eager Tensor beside PyTorch, JAX, HIPS autograd and plain NumPy.

Every program computes the max-margin loss on 100 moons in float64 and takes one step of gradient descent with L2. In
the programs marked *decay*, L2 enters through the optimizer's weight decay, which is the same arithmetic for the
parameters and leaves the penalty out of the reported loss.
"""

import itertools
from functools import partial

import numpy as np

from benchmarks.protocol import against, installed, interleaved, largest_difference, ratio, show, verdict, versions
from micrograd_plus import Tensor, optim
from micrograd_plus.data import moons
from micrograd_plus.engine import PARAMETER

ROUNDS = 1000
LR, ALPHA = 0.05, 1e-4
SIZES = [(2, 16), (16, 16), (16, 1)]


def initial() -> list[np.ndarray]:
    """Return the six parameters all programs begin with."""
    rng = np.random.default_rng(1337)
    return [array for nin, nout in SIZES for array in (rng.uniform(-1, 1, (nin, nout)), np.zeros(nout))]


def tensor_loss(X, y, parameters, decay=False):
    """Return the loss as a Tensor, without the penalty if decay stands for it."""
    W1, b1, W2, b2, W3, b3 = parameters
    h = (X @ W1 + b1).relu()
    h = (h @ W2 + b2).relu()
    loss = (1.0 - y * (h @ W3 + b3)).relu().mean()
    if not decay:
        for p in parameters:
            loss = loss + ALPHA * (p * p).sum()
    return loss


def with_tensor(X, y, decay):
    """Return our eager program."""
    parameters = [Tensor.leaf(array, PARAMETER) for array in initial()]
    optimizer = optim.SGD(parameters, lr=LR, weight_decay=2 * ALPHA if decay else 0.0)

    def step():
        loss = tensor_loss(X, y, parameters, decay)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step, lambda: [p.data for p in parameters]


def with_torch(X, y, decay):
    """Return the fastest eager PyTorch program we know: addmm and the fused optimizer."""
    import torch

    torch.set_num_threads(1)
    X, y = torch.tensor(X), torch.tensor(y)
    parameters = [torch.tensor(array, requires_grad=True) for array in initial()]
    W1, b1, W2, b2, W3, b3 = parameters
    optimizer = torch.optim.SGD(parameters, lr=LR, weight_decay=2 * ALPHA if decay else 0.0, fused=True)

    def step():
        h = torch.addmm(b1, X, W1).relu()
        h = torch.addmm(b2, h, W2).relu()
        loss = (1.0 - y * torch.addmm(b3, h, W3)).relu().mean()
        if not decay:
            for p in parameters:
                loss = loss + ALPHA * (p * p).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step, lambda: [p.detach().numpy() for p in parameters]


def loss_with(np, X, y, parameters):
    """Return the loss in a NumPy-like namespace."""
    W1, b1, W2, b2, W3, b3 = parameters
    h = np.maximum(X @ W1 + b1, 0.0)
    h = np.maximum(h @ W2 + b2, 0.0)
    penalty = sum(np.sum(p * p) for p in parameters)
    return np.mean(np.maximum(1.0 - y * (h @ W3 + b3), 0.0)) + ALPHA * penalty


def with_jax(X, y, wait_every=1):
    """Return the compiled JAX program, called once a step; it may wait for the loss only in every so many steps."""
    import jax

    jax.config.update("jax_enable_x64", True)
    X, y = jax.numpy.asarray(X), jax.numpy.asarray(y)
    state = [jax.numpy.asarray(array) for array in initial()]
    count = itertools.count(1)

    @partial(jax.jit, donate_argnums=0)
    def update(parameters):
        loss, gradients = jax.value_and_grad(lambda p: loss_with(jax.numpy, X, y, p))(parameters)
        return [p - LR * g for p, g in zip(parameters, gradients, strict=True)], loss

    def step():
        state[:], loss = update(state)
        if next(count) % wait_every == 0:
            loss.block_until_ready()

    return step, lambda: [np.array(p) for p in state]


def with_autograd(X, y):
    """Return the HIPS autograd program."""
    import autograd
    import autograd.numpy

    gradient_of = autograd.grad(lambda p: loss_with(autograd.numpy, X, y, p))
    state = [initial()]

    def step():
        state[0] = [p - LR * g for p, g in zip(state[0], gradient_of(state[0]), strict=True)]

    return step, lambda: state[0]


def with_numpy(X, y):
    """Return the gradient written by hand, new arrays in each step."""
    parameters = initial()
    W1, b1, W2, b2, W3, b3 = parameters

    def step():
        z1 = X @ W1 + b1
        h1 = np.maximum(z1, 0.0)
        z2 = h1 @ W2 + b2
        h2 = np.maximum(z2, 0.0)
        margin = 1.0 - y * (h2 @ W3 + b3)
        g3 = -y * (margin > 0.0) / len(X)
        g2 = (g3 @ W3.T) * (z2 > 0.0)
        g1 = (g2 @ W2.T) * (z1 > 0.0)
        gradients = [X.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g3, g3.sum(0)]
        for p, g in zip(parameters, gradients, strict=True):
            p -= LR * (g + 2 * ALPHA * p)
        return np.maximum(margin, 0.0).mean()

    return step, lambda: parameters


def main() -> None:
    """Print the table, the agreement and the verdict."""
    X, y = moons(100, 0.1, rng=1337)
    y = (2.0 * y - 1.0)[:, None]
    peers = installed("torch", "jax", "autograd")
    made = {"micrograd_plus, decay": with_tensor(X, y, True), "micrograd_plus": with_tensor(X, y, False)}
    if "torch" in peers:
        made |= {"PyTorch, decay": with_torch(X, y, True), "PyTorch": with_torch(X, y, False)}
    if "jax" in peers:
        made["JAX jit"] = with_jax(X, y)
    if "autograd" in peers:
        made["HIPS autograd"] = with_autograd(X, y)
    made["NumPy by hand, decay"] = with_numpy(X, y)
    seconds = interleaved({name: step for name, (step, _) in made.items()}, ROUNDS)
    title = f"The same step on arrays, float64 ({versions('numpy', *peers)})"
    show(title, ["program", "per step", "times ours", "quartiles"], against("micrograd_plus, decay", seconds))
    difference = largest_difference(made)
    print(f"\nlargest difference of a parameter between programs after {ROUNDS + 1} steps: {difference:.1e}")
    theirs = [name for name in seconds if name.startswith("PyTorch")]
    if theirs:
        fastest = min(theirs, key=lambda name: sum(seconds[name]))
        factor = ratio(seconds[fastest], seconds["micrograd_plus, decay"])[0]
        verdict(f"eager Tensor against the fastest eager PyTorch ({fastest})", factor, at_least=2)


if __name__ == "__main__":
    main()
