"""The report says what became of a graph: counts that agree with the graph and with the source."""

import re
from typing import Any

import numpy as np

from micrograd_plus import Tensor, Value
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.compiler.report import _bytes
from micrograd_plus.engine import graph
from micrograd_plus.nn import MLP
from micrograd_plus.optim import SGD


def counts(report: str, before: str) -> int:
    """Return the number that stands before a word."""
    found = re.search(rf"([\d,]+) {before}", report)
    assert found
    return int(found[1].replace(",", ""))


def lines_of(source: str, pattern: str) -> int:
    return sum(bool(re.match(rf"    (?!return|def|#){pattern}", line)) for line in source.splitlines())


def test_a_network_of_values() -> None:
    model = MLP(2, [8, 1], rng=0)
    xs = np.random.default_rng(0).normal(size=(20, 2)).tolist()
    root = sum(model(x) ** 2 for x in xs)
    program = compile(root)
    report = program.report()
    assert counts(report, "nodes") == len(graph(root))
    assert counts(report, "leaves") == len(model.parameters())
    assert "sums became 1 matrix product" in report or "sums became 2 matrix products" in report
    numbers = lines_of(program.source, r"\w+ = ")
    assert counts(report, "on numbers") == numbers
    assert "comparisons made while the graph was built are not known" in report


def test_a_small_graph_stays_numbers() -> None:
    w = Value(2.0)
    report = compile(w * w + 1.0).report()
    assert counts(report, "on arrays") == 0 or "in a graph this small" not in report
    assert "gradients: 1 leaf; 0 other leaves" in report


def test_tensors_are_counted_with_their_elements() -> None:
    w, x = Tensor(np.ones((3, 4))), Tensor(np.ones(4))
    report = compile((w @ x).sum(), optimizer=SGD([w])).report()
    assert "graph: 4 nodes" in report
    assert "gradients: 1 leaf (12 numbers); 1 other leaf" in report


def test_comparisons_are_counted() -> None:
    def loss(x: Any) -> Any:
        return x * 2 if x > 0 else -x

    assert "1 comparison made while the graph was built" in compile(loss, 1.0).report()


def test_memory_is_that_of_buffers() -> None:
    a, b = Tensor(np.ones(1000)), Tensor(np.ones(1000))
    program = compile((a.sin() * b.cos()).sum())
    sizes = [int(size) for size in re.findall(r"= empty\((\d+)\)", program.source)]
    assert sizes
    given, kept = _bytes(2 * (a.data.nbytes + b.data.nbytes)), _bytes(8 * sum(sizes))
    assert (
        f"memory: {given} of leaves, inputs, gradients and states, {kept} of intermediate results" in program.report()
    )


def test_bytes_have_units() -> None:
    assert [_bytes(n) for n in (0, 999, 12_345, 4_100_000, 2e9)] == [
        "0 bytes",
        "999 bytes",
        "12.3 kB",
        "4.1 MB",
        "2 GB",
    ]
