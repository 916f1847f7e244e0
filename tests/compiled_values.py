"""Graphs of Values as programs that run, beside what eager mode says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np

from micrograd_plus.array_ops import mean
from micrograd_plus.compiler import lifting
from micrograd_plus.compiler.arrays import Array
from micrograd_plus.compiler.backward import gradients
from micrograd_plus.compiler.leaves import Leaves, Lifted
from micrograd_plus.compiler.lifting import lifted
from micrograd_plus.compiler.loading import Module
from micrograd_plus.compiler.lowering import lowered
from micrograd_plus.compiler.placing import Plan, placed
from micrograd_plus.compiler.source import Source
from micrograd_plus.engine import CONSTANT, PARAMETER, graph
from micrograd_plus.value import Value

Numbers = np.ndarray[Any, np.dtype[Any]]

# What the eager numbers may be rounded differently by: far more than any sum here is long.
UNITS = 4096 * float(np.finfo(np.float64).eps)


@dataclass
class Running:
    """A program's text and what it became; a gradient stands in the buffer named `d_` and the name of its array."""

    source: str
    plan: Plan
    buffers: dict[str, Numbers]
    module: Module

    @property
    def steps(self) -> list[str]:
        """The lines of its function, without comments."""
        body = self.source[self.source.index("def step") :].splitlines()[1:]
        return [line.strip() for line in body if not line.strip().startswith("#")]

    def __call__(self) -> Any:
        with np.errstate(all="ignore"):
            return self.module.function("step")()


def unfilled(shape: Any, dtype: str = "float64") -> Numbers:
    """Return what `numpy.empty` may: numbers that nobody is to read."""
    return np.full(shape, np.nan if np.dtype(dtype).kind == "f" else 77, dtype)


def running(root: Array, wanted: Sequence[Array], stored: Sequence[Array]) -> Running:
    """Return the program of a number and of its gradient by each of `wanted`, which are some of `stored`."""
    by = gradients(root, wanted)
    builder = root.builder
    destinations = []
    for array in wanted:
        place = builder.stored(f"d_{array.name}", array.shape, array.dtype)
        destinations.append((by.get(array, builder.constant(np.zeros(array.shape, array.dtype))), place))
    flat = lowered([root, *(array for pair in destinations for array in pair)])
    return loaded(placed(flat[:1], zip(flat[1::2], flat[2::2], strict=True)), flat[:1], stored)


def loaded(plan: Plan, results: Sequence[Array], stored: Sequence[Array]) -> Running:
    """Return a plan as a program whose buffers begin with nan, those that must with zeros."""
    source = Source([*(array.name for array in stored), *(buffer.name for _, buffer in plan.copies)])
    source.function_of("step", plan, results)
    text = source.text("A test.")
    buffers = {array.name: unfilled(array.shape, array.dtype.name) for array in stored}
    for name, buffer in source.given.items():
        buffers[name] = (np.zeros if buffer.zeros else unfilled)(buffer.shape, np.dtype(buffer.dtype).name)
    shared = {**buffers, **source.functions, "constants": source.constants, "unfilled": unfilled}
    module = Module(text.replace("= empty(", "= unfilled("), shared)
    return Running(text, plan, buffers, module)


@dataclass
class Compiled:
    """The program of a graph: its leaves stand in `groups`, which hold the nodes in the order of their buffers."""

    loss: Value
    groups: list[Leaves]
    inputs: list[Value]
    batch: int | None
    lifted: Lifted
    program: Running

    @property
    def source(self) -> str:
        """The text of the program."""
        return self.program.source

    @property
    def steps(self) -> list[str]:
        """The lines of its function, without comments."""
        return self.program.steps

    @property
    def matrix_products(self) -> int:
        """How many sums became matrix products."""
        return sum(kind == "matrix product" for _, _, kind in self.lifted.kinds)

    def run(self, rows: Sequence[Sequence[float]]) -> tuple[float, dict[Value, float]]:
        """Return the loss, and the gradient of each parameter, on the leaves' data and on `rows` of inputs."""
        buffers = self.program.buffers
        for group in self.groups:
            buffers[group.name][...] = [node.data for node in group.nodes]
        buffers["x"][...] = rows if self.batch else rows[0]
        loss = self.program()
        assert loss.__class__ is float
        by = {}
        for group in self.groups:
            by.update(zip(group.nodes, buffers[f"d_{group.name}"].tolist(), strict=True))
        return loss, by

    def eager(self, rows: Sequence[Sequence[float]]) -> tuple[float, dict[Value, float], float]:
        """Return the same of eager mode, the mean over the rows, and the sum of the sizes of all numbers on the way."""
        total, size = 0.0, 0.0
        nodes = graph(self.loss)
        by = {node: 0.0 for group in self.groups for node in group.nodes}
        for row in rows:
            for node, x in zip(self.inputs, row, strict=True):
                node.data = x
            self.loss.refresh()
            for node in {*nodes, *by}:
                node.zero_grad()
            self.loss.backward()
            total += self.loss.data / len(rows)
            size += sum(abs(node.data) + abs(node.grad) for node in nodes)
            for node in by:
                by[node] += node.grad / len(rows)
        return total, by, size


def compiled(
    loss: Value, inputs: Sequence[Value] = (), *, batch: int | None = None, free: bool = True, as_arrays: bool = False
) -> Compiled:
    """Compile a graph; `as_arrays` also what is cheaper as plain numbers. Parameters and other leaves get gradients."""
    leaves = [node for node in graph(loss) if node.is_leaf and node.op is not CONSTANT and node not in set(inputs)]
    groups = [
        Leaves("parameters", [node for node in leaves if node.op is PARAMETER], is_free=free),
        Leaves("leaves", [node for node in leaves if node.op is not PARAMETER], is_free=free),
    ]
    given = Leaves("x", list(inputs), shape=(len(inputs),), batched=batch is not None)
    most = 0 if as_arrays else lifting._MOST_NUMBERS
    with patch.object(lifting, "_MOST_NUMBERS", most):
        found = lifted([loss], [*groups, given], batch)
    [root] = found.roots
    root = mean(root, axis=None, keepdims=False) if root.shape else root
    return Compiled(loss, groups, list(inputs), batch, found, running(root, found.stored[:2], found.stored))


def require_agreement(program: Compiled, seed: int = 0) -> None:
    """Compare a program with eager mode, on the numbers that it was made with and on others."""
    rng = np.random.default_rng(seed)
    rows = [[node.data for node in program.inputs]] * (program.batch or 1)
    for _ in range(2):
        expected, by, size = program.eager(rows)
        assert np.isfinite(size)
        loss, found = program.run(rows)
        assert abs(loss - expected) <= UNITS * size
        assert found.keys() == by.keys()
        for node, slope in by.items():
            assert abs(found[node] - slope) <= UNITS * size
        for group in program.groups:
            for node in group.nodes:
                node.data = rng.uniform(-1.5, 1.5)
        rows = rng.uniform(-1.5, 1.5, (program.batch or 1, len(program.inputs))).tolist()
