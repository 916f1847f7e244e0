"""The graphs that the benchmarks of the pictures draw, all from micrograd's demo, and micrograd's own way to draw."""

import random

import graphviz

from micrograd_plus import Value, nn
from micrograd_plus.data import moons


def small(value=Value, networks=nn):
    """Return the squared error of a network of three neurons: 28 values, after backward."""
    random.seed(1337)
    loss = (networks.MLP(2, [2, 1])([value(1.0), value(-2.0)]) - 1.0) ** 2
    loss.backward()
    return loss


def hinge_losses(samples: int, value=Value, networks=nn):
    """Return the demo's MLP and its max-margin loss on each of so many moons; a loss is computed from 984 values."""
    random.seed(1337)
    model = networks.MLP(2, [16, 16, 1])
    points, targets = moons(100, 0.1, rng=1337)
    scores = [model(list(map(value, row))) for row in points[:samples].tolist()]
    return model, [
        (1 + -target * score).relu() for target, score in zip((2 * targets - 1).tolist(), scores, strict=False)
    ]


def one_sample(value=Value, networks=nn):
    """Return the loss on one sample, after backward."""
    _, [loss] = hinge_losses(1, value, networks)
    loss.backward()
    return loss


def twenty_thousand():
    """Return the loss on 31 samples: 20,000 values, after backward."""
    _, losses = hinge_losses(31)
    loss = sum(losses)
    loss.backward()
    return loss


def demo():
    """Return micrograd's whole loss on 100 samples, with its L2 term: 65,818 values, after backward."""
    model, losses = hinge_losses(100)
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
    loss.backward()
    return loss


def chain(length: int = 1_000_000):
    """Return the end of a chain, after backward."""
    x = Value(0.5)
    for _ in range(length):
        x = x.sin()
    x.backward()
    return x


def in_the_lecture(root) -> str:
    """Return the DOT text of micrograd's trace_graph.ipynb: an ellipse for each operation beside each record."""
    dot = graphviz.Digraph(graph_attr={"rankdir": "LR"})
    seen, waiting = {root}, [root]
    while waiting:
        node = waiting.pop()
        dot.node(str(id(node)), f"{{ data {node.data:.4f} | grad {node.grad:.4f} }}", shape="record")
        if node._op:
            dot.node(f"{id(node)}{node._op}", node._op)
            dot.edge(f"{id(node)}{node._op}", str(id(node)))
        for input in node._prev:
            dot.edge(str(id(input)), f"{id(node)}{node._op}")
            if input not in seen:
                seen.add(input)
                waiting.append(input)
    return dot.source
