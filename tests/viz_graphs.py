"""Small graphs that the tests of the pictures draw, written out so that every number can be checked by hand."""

import numpy as np

from micrograd_plus import Tensor, Value, scope
from micrograd_plus.engine import PARAMETER
from micrograd_plus.viz.picture import Box, Picture


def parameter(data: float, label: str = "") -> Value:
    node = Value.leaf(data, PARAMETER)
    node.label = label
    return node


def neuron() -> Value:
    """tanh(x1 w1 + x2 w2 + b), the first graph of every lecture, after backward."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2, b = parameter(-3.0, "w1"), parameter(1.0, "w2"), parameter(6.8813735870195432, "b")
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    o.backward()
    return o


def dead_relu() -> Value:
    """relu(-x) * 3 + (x + x) at x = 2, after backward: the relu is dead, and x reaches the root by another way."""
    x = Value(2.0, label="x")
    y = (-x).relu() * 3.0 + (x + x)
    y.backward()
    return y


def network(inputs: int = 2, hidden: int = 3, samples: int = 1) -> Value:
    """A layer of relu neurons, one of a single neuron, and the sum of its outputs; not yet run backward."""
    weights = [[parameter(0.1 * (i + 1) * (-1) ** j, f"w{i}") for i in range(inputs)] for j in range(hidden)]
    readout = [parameter(0.5 + j) for j in range(hidden)]
    total = Value(0.0, label="start")
    for s in range(samples):
        x = [Value(1.0 + i + s, label=f"x{i + 1}") for i in range(inputs)]
        outputs = []
        for j, w in enumerate(weights, 1):
            with scope("net"), scope("layer1"), scope(f"neuron{j}"):
                outputs.append(sum(a * b for a, b in zip(w, x, strict=True)).relu())
        with scope("net"), scope("layer2"), scope("neuron1"):
            out = sum((a * b for a, b in zip(readout, outputs, strict=True)), parameter(0.25))
        total = total + out
    total.label = "loss"
    return total


def layer_of_arrays(name: str = "x") -> Tensor:
    """The mean of (relu(x @ W + b) - targets)**2 with two samples, after backward; W and b are parameters."""
    x = Tensor([[1.0, -2.0], [0.5, 3.0]], label=name)
    w = Tensor.leaf(np.array([[0.5, -1.0, 0.0], [1.0, 0.25, 2.0]]), PARAMETER)
    b = Tensor.leaf(np.array([0.5, 0.0, -1.0]), PARAMETER)
    w.label, b.label = "W", "b"
    loss = (((x @ w + b).relu() - np.array([1.0, 0.0, 1.0])) ** 2).mean()
    loss.label = "loss"
    loss.backward()
    return loss


def stale() -> Value:
    """(a b) c + a after backward and with b set since: both products and the root are out of date, the graph is not."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(0.0, label="c")
    y = a * b * c + a.tanh()
    y.backward()
    b.data = 5.0
    return y


def named(picture: Picture, name: str) -> Box:
    """Return the one box of that name."""
    [found] = [box for box in picture.boxes if box.name == name]
    return found
