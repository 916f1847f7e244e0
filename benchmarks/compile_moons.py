"""One training step of micrograd's demo, compiled from scalars and from Tensors, beside NumPy by hand and the peers.

Every program returns the max-margin loss with L2 on 100 moons and takes one step of gradient descent, in float64; in
those marked *decay*, L2 enters through the optimizer, as in `array_step`. JAX is called once a step and waits for its
loss, as all others do; in the row *not waited for* it does so once in a turn only.
"""

import micrograd.engine
import micrograd.nn
import numpy as np

import micrograd_plus
from benchmarks import kept_numpy
from benchmarks.array_step import LR, initial, tensor_loss, with_jax, with_numpy, with_tensor, with_torch
from benchmarks.protocol import compared, installed, ratio, verdict, versions
from benchmarks.scalar_step import demo_loss, training_step
from micrograd_plus import Tensor, Value, nn, optim
from micrograd_plus.data import moons
from micrograd_plus.engine import PARAMETER

AGREE, ROUNDS, TURN = 100, 200, 20
SLOW_ROUNDS = 3
SCALARS, TENSORS, BY_HAND, JAX = "compiled, of scalars", "compiled, of Tensors", "NumPy, kept buffers", "JAX jit"


def begin(model):
    """Set the neurons' weights to what all programs begin with."""
    arrays = initial()
    for layer, W, b in zip(model.layers, arrays[::2], arrays[1::2], strict=True):
        for neuron, weights, bias in zip(layer.neurons, W.T.tolist(), b.tolist(), strict=True):
            neuron.b.data = bias
            for w, weight in zip(neuron.w, weights, strict=True):
                w.data = weight


def weights_of(model):
    """Return the neurons' weights as arrays."""
    return [
        array
        for layer in model.layers
        for array in (
            np.array([[w.data for w in neuron.w] for neuron in layer.neurons]).T,
            np.array([neuron.b.data for neuron in layer.neurons]),
        )
    ]


def of_scalars(X, y):
    """Return the program of the demo's own graph."""
    model = nn.MLP(2, [16, 16, 1])
    begin(model)
    loss = demo_loss(model, Value, X.tolist(), y[:, 0].tolist())
    program = micrograd_plus.compile(loss, optimizer=optim.SGD(model.parameters(), lr=LR))
    return program.step, lambda: weights_of(model)


def of_tensors(X, y):
    """Return the program of the same network of arrays."""
    parameters = [Tensor.leaf(array, PARAMETER) for array in initial()]
    loss = tensor_loss(X, y, parameters)
    program = micrograd_plus.compile(loss, optimizer=optim.SGD(parameters, lr=LR))
    return program.step, lambda: [p.data for p in parameters]


def node_by_node(value, networks, X, y):
    """Return the program that builds its graph in each step."""
    step, model = training_step(value, networks, X.tolist(), y[:, 0].tolist(), lr=LR)
    begin(model)
    return step, lambda: weights_of(model)


def main() -> None:
    """Print the tables and the verdicts."""
    X, y = moons(100, 0.1, rng=1337)
    y = (2.0 * y - 1)[:, None]
    peers = installed("torch", "jax")
    made = {
        SCALARS: of_scalars(X, y),
        TENSORS: of_tensors(X, y),
        BY_HAND: kept_numpy.moons(X, y),
        "NumPy, kept buffers, as usual": kept_numpy.moons_as_usual(X, y),
        "NumPy, new arrays, decay": with_numpy(X, y),
        "eager Tensor": with_tensor(X, y, False),
    }
    if "torch" in peers:
        made |= {"PyTorch, decay": with_torch(X, y, True), "PyTorch": with_torch(X, y, False)}
    if "jax" in peers:
        made |= {JAX: with_jax(X, y), "JAX jit, not waited for": with_jax(X, y, TURN)}
    title = f"A step of micrograd's demo on arrays ({versions('numpy', *peers)})"
    seconds = compared(title, made, SCALARS, agree=AGREE, rounds=ROUNDS, turn=TURN)
    eager = {
        SCALARS: of_scalars(X, y),
        "eager Value": node_by_node(Value, nn, X, y),
        "micrograd": node_by_node(micrograd.engine.Value, micrograd.nn, X, y),
    }
    title = f"The same node by node ({versions('micrograd')})"
    compared(title, eager, SCALARS, agree=1, rounds=SLOW_ROUNDS, turn=2)
    print()
    verdict("compiled scalars against kept NumPy, times", ratio(seconds[SCALARS], seconds[BY_HAND])[0], at_most=1.3)
    verdict("compiled Tensors against kept NumPy, times", ratio(seconds[TENSORS], seconds[BY_HAND])[0], at_most=1.2)
    theirs = [name for name in seconds if name.startswith("PyTorch")]
    if theirs:
        fastest = min(theirs, key=lambda name: sum(seconds[name]))
        factor = ratio(seconds[fastest], seconds[SCALARS])[0]
        verdict(f"compiled scalars, times faster than eager PyTorch ({fastest})", factor, at_least=5)
    if JAX in seconds:
        verdict(f"compiled scalars, times faster than {JAX}", ratio(seconds[JAX], seconds[SCALARS])[0], at_least=2.5)


if __name__ == "__main__":
    main()
