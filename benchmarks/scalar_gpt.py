"""A GPT of one block that learns to make up given names. Every weight, activation and gradient is one `Value`.

`python -m benchmarks.scalar_gpt --steps 500` compiles the graph of each length of name into a NumPy program; with
`--eager` the graph is built and walked node by node in every step, which gives the same losses. `examples/microgpt.py`
is the like on layers of arrays. The names are a list of our own, free for any use (CC0 1.0).
"""

import argparse
import string
import time
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import add, mul
from pathlib import Path
from typing import Any

import numpy as np

import micrograd_plus
from micrograd_plus import Value, exp, log, no_grad, scope
from micrograd_plus.engine import graph
from micrograd_plus.nn import parameter
from micrograd_plus.optim import Adam, Optimizer

BOUNDARY = "."  # stands before the first letter of a name and after the last
VOCABULARY = BOUNDARY + string.ascii_lowercase
WIDTH, HEADS, HIDDEN = 16, 4, 64
HEAD_WIDTH = WIDTH // HEADS
CONTEXT = 16  # positions, of which the boundary takes the first
NAMES = (Path(__file__).parents[1] / "examples" / "names.txt").read_text(encoding="ascii").split()

Vector = Sequence[Any]  # of Values or numbers
Step = Callable[[str], float]  # learns from one name, returns its loss


def dot(a: Vector, b: Vector) -> Any:
    """Return the sum of products; not with `sum`, which begins at 0 and makes a node more."""
    return reduce(add, map(mul, a, b))


def linear(matrix: Iterable[Vector], x: Vector) -> list[Any]:
    """Return the product of a matrix, given as rows, and a vector."""
    return [dot(row, x) for row in matrix]


def rms_norm(x: Vector) -> list[Any]:
    """Return the vector scaled to a mean square of 1 (Zhang and Sennrich, 2019, without gains)."""
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [scale * xi for xi in x]


# Neither softmax nor cross-entropy takes the maximum off first: it is not needed here, and plain sums compile best.
# Queries, keys and logits are linear in RMS-normed vectors, whose length is at most sqrt(WIDTH) = 4. So a score is at
# most 8 |Q| |K| with a head's query and key matrices, and exp overflows where |Q| |K| is above 88: it is about 0.2 at
# first and 1 after 1000 steps. A logit is at most 4 times the norm of a row of `head`, which is 0.4 at first, then 2.


def softmax(scores: Vector) -> list[Any]:
    """Return positive numbers that sum to 1, in proportion to the exponentials of the scores."""
    exps = list(map(exp, scores))
    whole = reduce(add, exps)
    return [e / whole for e in exps]


def cross_entropy(logits: Vector, target: Vector) -> Any:
    """Return -log(softmax(logits)) at the one-hot target."""
    return log(reduce(add, map(exp, logits))) - dot(target, logits)


def attend(query: Vector, keys: Sequence[Vector], values: Sequence[Vector]) -> list[Any]:
    """Return the mean of the values, weighted by how well the query matches their keys."""
    weights = softmax([dot(query, key) * HEAD_WIDTH**-0.5 for key in keys])
    return linear(zip(*values, strict=True), weights)


class GPT:
    """Embeddings, one block of causal self-attention and an MLP, and a linear head; normed before each part."""

    def __init__(self, rng: np.random.Generator) -> None:
        def matrix(name: str, rows: int, columns: int) -> list[list[Value]]:
            numbers = rng.normal(0.0, 0.08, (rows, columns)).tolist()
            return [[parameter(x, f"{name}[{i}][{j}]") for j, x in enumerate(row)] for i, row in enumerate(numbers)]

        self.token = matrix("token", WIDTH, len(VOCABULARY))
        self.position = matrix("position", CONTEXT, WIDTH)
        self.query, self.key, self.value, self.mix = (matrix(n, WIDTH, WIDTH) for n in ("query", "key", "value", "mix"))
        self.expand = matrix("expand", HIDDEN, WIDTH)
        self.contract = matrix("contract", WIDTH, HIDDEN)
        self.head = matrix("head", len(VOCABULARY), WIDTH)

    def parameters(self) -> list[Value]:
        """Return all weights."""
        return [weight for matrix in vars(self).values() for row in matrix for weight in row]

    def logits(self, inputs: Sequence[Vector]) -> list[list[Any]]:
        """Return the scores of the next token at each position (T, vocabulary) of one-hot inputs of the same shape."""
        positions = self.position[: len(inputs)]
        # To look a token up is to multiply the table by a one-hot vector: nothing in the graph depends on the letters.
        x = [list(map(add, linear(self.token, i), position)) for i, position in zip(inputs, positions, strict=True)]
        for part in (self.attention, self.mlp):
            with scope(part.__name__):
                changes = part([rms_norm(row) for row in x])
                x = [list(map(add, row, change)) for row, change in zip(x, changes, strict=True)]
        return [linear(self.head, rms_norm(row)) for row in x]

    def attention(self, x: Sequence[Vector]) -> list[list[Any]]:
        """Let each position gather from itself and all earlier ones, in each head by itself."""
        queries, keys, values = ([linear(m, row) for row in x] for m in (self.query, self.key, self.value))
        gathered: list[list[Any]] = [[] for _ in x]
        for start in range(0, WIDTH, HEAD_WIDTH):
            head = slice(start, start + HEAD_WIDTH)
            for t, query in enumerate(queries):
                seen = range(t + 1)
                gathered[t] += attend(query[head], [keys[s][head] for s in seen], [values[s][head] for s in seen])
        return [linear(self.mix, row) for row in gathered]

    def mlp(self, x: Sequence[Vector]) -> list[list[Any]]:
        """Let each position compute by itself, with a hidden layer."""
        return [linear(self.contract, [h.relu() for h in linear(self.expand, row)]) for row in x]

    def loss(self, inputs: Sequence[Vector], targets: Sequence[Vector]) -> Any:
        """Return the mean cross-entropy over the positions; both are one-hot, (T, vocabulary)."""
        return reduce(add, map(cross_entropy, self.logits(inputs), targets)) / len(inputs)


def one_hot(text: str) -> list[list[float]]:
    """Return a row per character with 1 at its place in the vocabulary and 0 elsewhere."""
    return [[float(c == character) for c in VOCABULARY] for character in text]


def example(name: str) -> tuple[list[list[float]], list[list[float]]]:
    """Return inputs and targets: at each letter, the one that comes next."""
    return one_hot(BOUNDARY + name), one_hot(name + BOUNDARY)


def loss_of(model: GPT, name: str) -> Any:
    """Return the graph of the loss, with a leaf for each number of the example."""
    return model.loss(*[[list(map(Value, row)) for row in rows] for rows in example(name)])


def eager(model: GPT, optimizer: Optimizer) -> Step:
    """Return a training step that builds the graph anew and walks it node by node."""

    def step(name: str) -> float:
        loss = loss_of(model, name)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss)

    return step


def compiled(model: GPT, optimizer: Optimizer) -> Step:
    """Return a training step that compiles the graph when a name of a new length comes."""
    programs: dict[int, Any] = {}

    def step(name: str) -> float:
        rows = example(name)
        if len(name) not in programs:
            programs[len(name)] = micrograd_plus.compile(model.loss, *rows, optimizer=optimizer)
        return float(programs[len(name)].step(*rows))

    return step


def train(model: GPT, steps: int, rng: np.random.Generator, way: Callable[[GPT, Optimizer], Step]) -> list[float]:
    """Take steps of Adam, each on a random name, with a learning rate that falls to 0; return the losses."""
    optimizer = Adam(model.parameters(), lr=0.01, betas=(0.9, 0.99))
    step, first_rate = way(model, optimizer), optimizer.lr
    losses = []
    for k in range(steps):
        optimizer.lr = first_rate * (1 - k / steps)
        losses.append(step(str(rng.choice(NAMES))))
    return losses


def sample(model: GPT, rng: np.random.Generator, temperature: float = 0.6) -> str:
    """Return a new name, letter by letter as the model's probabilities have it; a low temperature sharpens them."""
    name = ""
    while len(name) < CONTEXT:
        with no_grad():
            last = model.logits(one_hot(BOUNDARY + name))[-1]
            probabilities = [p.data for p in softmax([logit / temperature for logit in last])]
        letter = str(rng.choice(list(VOCABULARY), p=probabilities))
        if letter == BOUNDARY:
            break
        name += letter
    return name


def main() -> None:
    """Train, say how fast, and make up names."""
    parser = argparse.ArgumentParser(description="Train a small GPT on given names; each of its numbers is one Value.")
    parser.add_argument("--steps", type=int, default=500, help="names to learn from, one a step")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and of the order of the names")
    parser.add_argument("--eager", action="store_true", help="build and walk the graph in each step, do not compile it")
    parser.add_argument("--names", type=int, default=20, help="names to make up in the end")
    options = parser.parse_args()
    if options.steps < 1:
        parser.error("--steps is at least 1")
    rng = np.random.default_rng(options.seed)
    model = GPT(rng)
    typical = sorted(NAMES, key=len)[len(NAMES) // 2]
    nodes = len(graph(loss_of(model, typical)))
    print(f"{len(model.parameters()):,} parameters; the loss of a name of {len(typical)} letters is {nodes:,} nodes")
    start = time.perf_counter()
    losses = train(model, options.steps, rng, eager if options.eager else compiled)
    seconds = time.perf_counter() - start
    print("mean losses of 100 steps:", *[f"{np.mean(losses[k : k + 100]):.3f}" for k in range(0, len(losses), 100)])
    print(f"{seconds / options.steps:.2g} s a step")
    print("made up:", ", ".join(sample(model, rng) for _ in range(options.names)))


if __name__ == "__main__":
    main()
