"""A program beside the graph it was made of: the largest differences of gradients, found by running both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.compiler.holding import Store, place_of
from micrograd_plus.compiler.task import Task
from micrograd_plus.compiler.version import Version
from micrograd_plus.engine import Node
from micrograd_plus.naming import full_name, names_of
from micrograd_plus.texts import printable

Numbers = NDArray[Any]


class Differences(dict[str, float]):
    """The largest absolute difference of each parameter's gradient, by name; `loss` is that of the loss.

    >>> found = Differences({"w": 1e-16, "b": 0.0}, loss=0.0)
    >>> print(found)
    2 gradients differ by at most 1e-16 (w), the loss by 0
    """

    def __init__(self, gradients: dict[str, float], loss: float) -> None:
        super().__init__(gradients)
        self.loss = loss

    @property
    def largest(self) -> float:
        """The largest of all differences; nan if one of them is, as where only the program's gradient is nan."""
        return float(np.max([self.loss, *self.values()]))

    def __str__(self) -> str:
        if not self:
            return f"no gradients; the loss differs by {self.loss:g}"
        name = max(self, key=lambda name: (self[name] != self[name], self[name]))
        count = f"{len(self):,} gradient{'s differ' if len(self) > 1 else ' differs'}"
        return f"{count} by at most {self[name]:g} ({printable(name)}), the loss by {self.loss:g}"


def verified(task: Task, version: Version) -> Differences:
    """Return how much the gradients and the loss of a version differ from those of its graph, on its inputs now."""
    trained = [leaf for group in version.groups for leaf in group.trained]
    with _kept(version), np.errstate(all="ignore"):
        loss = version.compute()
        ours = [_gradient(leaf) for leaf in trained]
    inputs = [buffer.copy() for buffer in version.assembly.inputs]
    with np.errstate(all="ignore"):
        total, theirs, names = _eagerly(task, inputs, version.batch, trained)
    found = {name: _difference(a, b) for name, a, b in zip(names, ours, theirs, strict=True)}
    return Differences(found, _difference(loss, total))


@contextmanager
def _kept(version: Version) -> Iterator[None]:
    """Put back the gradients that a run of the program replaces."""
    stores: list[Store] = [group.held() for group in version.groups if group.trained]
    before = [store.grad.copy() for store in stores]
    try:
        yield
    finally:
        for store, grad in zip(stores, before, strict=True):
            store.grad[...] = grad


def _gradient(leaf: Node) -> Numbers:
    store, k = place_of(leaf)
    return store.place(store.grad, k).copy()


def _eagerly(
    task: Task, inputs: Sequence[Numbers], rows: int | None, trained: Sequence[Node]
) -> tuple[float, list[Numbers], list[str]]:
    """Return loss, gradients and names of the parameters, from graphs on copies of them."""
    copies: dict[int, Any] = {id(leaf): deepcopy(leaf) for leaf in trained}
    for leaf in trained:
        copies[id(leaf)].zero_grad()
    losses: list[float] = []
    names: dict[Node, str] = {}
    for row in range(rows or 1):
        root = task.built(task.like_examples([x[row] if rows else x for x in inputs])).loss
        names = names or names_of(root)
        # Copies of inner nodes are this graph's own: another graph may get their place in memory.
        known = dict(copies)
        copied: Any = deepcopy(root, known)
        losses.append(float(copied.refresh()))
        copied.backward()
    gradients = [np.asarray(copies[id(leaf)].grad if copies[id(leaf)].has_grad else 0.0) for leaf in trained]
    return float(np.mean(losses)), [g / len(losses) for g in gradients], _full_names(trained, names)


def _full_names(trained: Sequence[Node], names: Mapping[Node, str]) -> list[str]:
    """Return a name of its own for each parameter, also where the graph does not read it, as the program's did."""
    found: dict[str, None] = {}
    for k, leaf in enumerate(trained, 1):
        name = full_name(leaf, names) if leaf in names else printable(leaf.label) or "leaf"
        is_own = leaf in names and name not in found  # names that are long are cut
        found[name if is_own else f"{name} (parameter {k})"] = None
    return list(found)


def _difference(a: Any, b: Any) -> float:
    same = np.equal(a, b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        return float(np.max(np.where(same, 0.0, np.abs(np.subtract(a, b))), initial=0.0))
