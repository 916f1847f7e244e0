"""The source of five small programs, against the texts in tests/golden; after a change that is meant,
`PYTHONPATH=. python tests/test_golden_source.py` writes them anew, and each is read before it is kept."""

from collections.abc import Callable
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import Tensor, Value, data, nn, optim
from micrograd_plus.compiler.program import Program
from micrograd_plus.ops import exp

GOLDEN = Path(__file__).parent / "golden"


def weights(rows: int, columns: int, label: str, rng: np.random.Generator) -> list[list[Value]]:
    drawn = rng.normal(size=(rows, columns)).tolist()
    return [[nn.parameter(w, f"{label}{i}{j}") for j, w in enumerate(row)] for i, row in enumerate(drawn)]


def dot(a: list[Value], b: list[Value]) -> Value:
    return reduce(add, [x * y for x, y in zip(a, b, strict=True)])


def neuron() -> Program:
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
    return micrograd_plus.compile((x * w + b).tanh())


def demo() -> Program:
    """micrograd's demo, of the size that it has there."""
    model = nn.MLP(2, [16, 16, 1], rng=0)
    X, y = data.moons(100, rng=0)
    scores = [model(row) for row in X.tolist()]
    margins = [(1 + -sign * score).relu() for sign, score in zip((2 * y - 1).tolist(), scores, strict=True)]
    penalty = 1e-4 * sum(p * p for p in model.parameters())
    return micrograd_plus.compile(
        sum(margins) * (1.0 / len(margins)) + penalty, optimizer=optim.SGD(model.parameters(), lr=0.1)
    )


def attention() -> Program:
    """Four positions, each of which attends to itself and all before it."""
    rng = np.random.default_rng(0)
    query, key, value = (weights(2, 2, label, rng) for label in ("query", "key", "value"))

    def build(x: list[list[Value]]) -> Value:
        keys, values, outputs = [], [], []
        for position in x:
            keys.append([dot(row, position) for row in key])
            values.append([dot(row, position) for row in value])
            asked = [dot(row, position) for row in query]
            powers = [exp(dot(asked, known)) for known in keys]
            whole = reduce(add, powers)
            shares = [power / whole for power in powers]
            outputs += [dot(shares, [known[j] for known in values]) for j in range(2)]
        return reduce(add, [output**2 for output in outputs])

    return micrograd_plus.compile(build, rng.normal(size=(4, 2)).tolist())


def classifier() -> Program:
    """A network of Tensors, moved by Adam."""
    model = nn.ArrayMLP(3, [4, 2], activation="tanh", rng=0)
    for linear, number in zip(model.linears, (1, 2), strict=True):
        linear.weight.label, linear.bias.label = f"W{number}", f"b{number}"

    def build(x: Tensor, shares: Tensor) -> Tensor:
        return -(model(x).log_softmax() * shares).sum(axis=1).mean()

    return micrograd_plus.compile(
        build, np.ones((5, 3)), np.eye(2)[[0, 1, 1, 0, 1]], optimizer=optim.Adam(model.parameters())
    )


def curvature() -> Program:
    """A batch, a gradient of a gradient, and a comparison that is checked at each call."""
    from micrograd_plus import gradient

    a = nn.parameter(1.5, "a")

    def build(x: Value) -> Value:
        y = (a * x).tanh() if x > 0 else a * x
        [slope] = gradient(y, [x])
        return slope * slope

    return micrograd_plus.compile(build, 0.5, batch=True)


PROGRAMS: dict[str, Callable[[], Program]] = {
    make.__name__: make for make in (neuron, demo, attention, classifier, curvature)
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_source_is_as_it_was(name: str) -> None:
    assert PROGRAMS[name]().source == (GOLDEN / f"{name}.program").read_text(encoding="utf-8")


def test_the_demo_fits_on_a_page_and_needs_no_index_arrays() -> None:
    source = (GOLDEN / "demo.program").read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 100
    assert ".take(" not in source
    assert ".at(" not in source


if __name__ == "__main__":
    for name, make in PROGRAMS.items():
        (GOLDEN / f"{name}.program").write_text(make().source, encoding="utf-8")
