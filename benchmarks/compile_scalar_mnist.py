"""An epoch of `MLP(784, [50, 10])` written on scalars: the graph of one sample, compiled with a batch axis.

60,000 random samples of MNIST's shape in batches of 64 (the last, smaller one is left out), cross-entropy with one-hot
targets, gradient descent, float64. Beside it the same step on arrays, by hand in NumPy and in PyTorch.
"""

import time
from functools import partial, reduce
from operator import add

import numpy as np

import micrograd_plus
from benchmarks import kept_numpy
from benchmarks.compile_moons import weights_of
from benchmarks.protocol import (
    against,
    duration,
    freeze,
    installed,
    interleaved,
    largest_difference,
    show,
    verdict,
    versions,
)
from micrograd_plus import exp, log, maximum, nn, optim
from micrograd_plus.engine import graph

SIZES, SAMPLES, BATCH = [784, 50, 10], 60_000, 64
LR = 0.01
AGREE, EPOCHS = 20, 3
COMPILED = "compiled, of scalars"


def sample_loss(model, x, target):
    """Return the cross-entropy of one sample, as logsumexp less the product with the one-hot target."""
    logits = model(x)
    top = reduce(maximum, logits)
    total = reduce(add, [exp(logit - top) for logit in logits])
    return top + log(total) - reduce(add, [t * logit for t, logit in zip(target, logits, strict=True)])


def network():
    """Return the network of neurons that all programs begin with."""
    return nn.MLP(SIZES[0], SIZES[1:], rng=1337)


def of_scalars(X, Y):
    """Return the compiled step, a function that reads its parameters, and the seconds until the first loss is there."""
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=LR)
    example = [0.0] * SIZES[0], [0.0] * SIZES[-1]
    start = time.perf_counter()
    program = micrograd_plus.compile(partial(sample_loss, model), *example, batch=True, optimizer=optimizer)
    program(X, Y)
    return program.step, lambda: weights_of(model), time.perf_counter() - start


def with_numpy():
    """Return the step by hand."""
    return kept_numpy.classifier(weights_of(network()), BATCH, partial(kept_numpy.sgd, lr=LR))


def with_torch():
    """Return the eager step in PyTorch."""
    import torch

    torch.set_num_threads(1)
    parameters = [torch.tensor(array, requires_grad=True) for array in weights_of(network())]
    W1, b1, W2, b2 = parameters
    optimizer = torch.optim.SGD(parameters, lr=LR, fused=True)

    def step(X, Y):
        h = torch.addmm(b1, torch.from_numpy(X), W1).relu()
        loss = torch.nn.functional.cross_entropy(torch.addmm(b2, h, W2), torch.from_numpy(Y))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    return step, lambda: [p.detach().numpy() for p in parameters]


def main() -> None:
    """Print the table and the verdicts."""
    rng = np.random.default_rng(42)
    batches = SAMPLES // BATCH
    X = rng.random((batches, BATCH, SIZES[0]))
    Y = np.eye(SIZES[-1])[rng.integers(0, SIZES[-1], (batches, BATCH))]
    peers = installed("torch")
    step, read, compiling = of_scalars(X[0], Y[0])
    made = {COMPILED: (step, read), "NumPy, kept buffers": with_numpy()}
    if "torch" in peers:
        made["PyTorch"] = with_torch()
    for step, _ in made.values():
        for k in range(AGREE):
            step(X[k], Y[k])
    difference = largest_difference(made)

    def epoch(step):
        for k in range(batches):
            step(X[k], Y[k])

    freeze()
    seconds = interleaved({name: partial(epoch, step) for name, (step, _) in made.items()}, EPOCHS)
    title = f"An epoch of 60,000 samples in batches of 64, {SIZES}, float64 ({versions('numpy', *peers)})"
    show(title, ["program", "epoch", "times ours", "quartiles"], against(COMPILED, seconds))
    values = graph(sample_loss(network(), [0.0] * SIZES[0], [0.0] * SIZES[-1]))
    print(f"\none sample is {len(values):,} values; building it, compiling and a first loss took {duration(compiling)}")
    print(f"largest difference of a parameter between programs after {AGREE} steps: {difference:.1e}\n")
    verdict("seconds of an epoch", float(np.median(seconds[COMPILED])), at_most=0.5)


if __name__ == "__main__":
    main()
