"""`Program`: a graph that became NumPy calls in kept buffers, for one set of inputs after the other."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import copy_context
from typing import Any

import numpy as np

from micrograd_plus.arguments import integer_at_least
from micrograd_plus.atomic_file import PathLike
from micrograd_plus.compiler.collector import collector_paused
from micrograd_plus.compiler.report import report
from micrograd_plus.compiler.saving import save
from micrograd_plus.compiler.task import Task
from micrograd_plus.compiler.update_text import rate_names
from micrograd_plus.compiler.variants import Variants
from micrograd_plus.compiler.verification import Differences, verified
from micrograd_plus.texts import counted

_MOST_SIZES = 32


class Program:
    """What `compile()` returns: call it with inputs for the loss; the gradients are in the parameters' `grad` then.

    Each call replaces the gradients, where `backward()` of Values would add to them. Inputs are numbers or arrays in
    the shapes of the examples; without any, those of the last call are used again, at first the examples. With a batch
    there is a version for each of its sizes: the first call with a size compiles, and the last 32 versions are kept.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        # A context in which NumPy keeps quiet about inf and nan: to enter it costs a fifth of `np.errstate`.
        self._quiet = copy_context()
        self._quiet.run(np.seterr, all="ignore")
        self._versions: dict[int | None, Variants] = {}
        # With a batch, the first call tells its size.
        self._current: Variants | None = None if task.batch else self._version(None)

    def __call__(self, *inputs: Any) -> float:
        """Return the loss; with a batch the mean over its rows. ValueError for inputs of other shapes."""
        variants = self._filled(inputs) if inputs else self._current or self._begun()
        return self._quiet.run(_run, variants)

    def update(self) -> None:
        """Take a step of the optimizer along the gradients there are; RuntimeError if there is no optimizer."""
        self._quiet.run((self._current or self._begun()).current.update)

    def step(self, *inputs: Any) -> float:
        """Take a step of the optimizer and return the loss before it; RuntimeError if there is no optimizer."""
        variants = self._filled(inputs) if inputs else self._current or self._begun()
        return self._quiet.run(_trained, variants, 1)

    def train(self, steps: int, *inputs: Any) -> float:
        """Take so many steps on the same inputs and return the loss before the last."""
        integer_at_least(1, "steps", steps)
        variants = self._filled(inputs) if inputs else self._current or self._begun()
        return self._quiet.run(_trained, variants, steps)

    def __repr__(self) -> str:
        nodes = (self._current or self._begun()).current.assembly.lifted.counts["nodes"]
        return f"<program of a graph of {counted(nodes, 'node')}>"

    @property
    def others(self) -> list[float]:
        """The numbers that the function returned beside the loss, as of the last call; with a batch their means."""
        return (self._current or self._begun()).current.others

    # --- looking at it

    @property
    def source(self) -> str:
        """The program as Python; with a batch, that for the size of the last call."""
        return (self._current or self._begun()).current.source

    def report(self) -> str:
        """Return what became of the graph, in words: nodes, classes, operations, bytes."""
        return report(self._task, (self._current or self._begun()).current)

    def verify(self, *inputs: Any) -> Differences:
        """Run the graph beside the program; return the largest difference of each parameter's gradient, by name.

        Data and gradients stay as they are. Differences of some 1e-16 times the sum of the absolute values of all that
        was added up are those of rounding, as sums are taken in another order.
        """
        variants = self._filled(inputs) if inputs else self._current or self._begun()
        return verified(self._task, variants.current)

    def save(self, folder: PathLike) -> None:
        """Write `step.py` and `arrays.npz` into a folder: the program and its numbers, which run with NumPy alone.

        Both files replace older ones; the learning rate is that of now, `lr1`, `lr2`, ... those of parameter groups.
        """
        optimizer = self._task.optimizer
        rates = [group["lr"] for group in optimizer.param_groups] if optimizer else []
        names = rate_names(optimizer) if optimizer else []
        save((self._current or self._begun()).current, folder, dict(zip(names, rates, strict=True)))

    def _begun(self) -> Variants:
        """Return the version for the examples alone."""
        self._current = self._version(1)
        return self._current

    def _filled(self, inputs: Sequence[Any]) -> Variants:
        """Return the version for these inputs, which stand in its buffers then."""
        self._task.require_count(inputs)
        variants = self._version(_rows(inputs) if self._task.batch else None)
        variants.current.fill(inputs)
        self._current = variants
        return variants

    def _version(self, batch: int | None) -> Variants:
        found = self._versions.get(batch)
        if found is None:
            with collector_paused():
                found = Variants(self._task, batch)
            if len(self._versions) >= _MOST_SIZES:
                del self._versions[next(iter(self._versions))]
            self._versions[batch] = found
        return found


# Called one level deep both, so that a warning points at the user's line.
def _run(variants: Variants) -> float:
    return variants.run()


def _trained(variants: Variants, steps: int) -> float:
    for _ in range(steps):
        loss = variants.run()
        variants.current.update()
    return loss


def _rows(inputs: Sequence[Any]) -> int:
    """Return the number of rows that all inputs have."""
    shapes = [np.shape(x) for x in inputs]
    rows = {shape[0] if shape else None for shape in shapes}
    if len(rows) > 1 or None in rows or 0 in rows:
        raise ValueError(f"wanted inputs with the same number of rows, at least one, got shapes {shapes}")
    return int(shapes[0][0])
