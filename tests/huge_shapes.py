"""Graphs of any size, deep and wide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import micrograd_plus as mg
from micrograd_plus import Tensor, Value


class Huge(NamedTuple):
    """A graph: its root, and leaves to ask for, of which `x` lies as far from the root as any node."""

    root: Any
    x: Any
    w: Any


def balanced(terms: list[Any]) -> Any:
    """Return the sum of terms, added in pairs."""
    while len(terms) > 1:
        odd = terms[-1:] if len(terms) % 2 else []
        terms = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)] + odd
    return terms[0]


def deep(size: int, kind: type[Any] = Value) -> Huge:
    """Return a chain of operations, in which one leaf is read in every second."""
    x, w = kind(0.5, label="x"), kind(1.0, label="w")
    y = x
    for _ in range(size // 2):
        y = (y * w).sin()
    return Huge(y, x, w)


def branching(size: int) -> Huge:
    """Return a chain in which each node is read twice: the number of paths doubles at each step."""
    x, w = Value(0.5, label="x"), Value(1.0, label="w")
    y = x * w
    for _ in range(size // 3):
        y = (y + y.sin()) * 0.5
    return Huge(y, x, w)


def terms(size: int) -> Huge:
    """Return Python's sum of a million products: a chain of additions with as many leaves."""
    x, w = Value(0.5, label="x"), Value(1.0, label="w")
    return Huge(sum((Value(k / size) for k in range(size - 1)), x * w), x, w)


def leaves(size: int) -> Huge:
    """Return a flat sum of as many leaves."""
    x, w = Value(0.5, label="x"), Value(1.0, label="w")
    return Huge(balanced([x * w, *(Value(k / size) for k in range(size - 1))]), x, w)


def readers(size: int) -> Huge:
    """Return a flat sum in which one leaf is read in every term."""
    x, w = Value(0.5, label="x"), Value(1.0, label="w")
    return Huge(balanced([x * w, *(w.sin() for _ in range(size - 1))]), x, w)


def deep_tensor(size: int) -> Huge:
    """Return the chain of `deep` in Tensors of one number."""
    return deep(size, Tensor)


def joined(size: int) -> Huge:
    """Return a sum over a Tensor that was joined from many parts: a tenth as many as there are nodes elsewhere."""
    x, w = Tensor([0.5], label="x"), Tensor([1.0], label="w")
    parts = [x * w, *(w.sin() if k % 2 else Tensor([float(k)]) for k in range(size // 10))]
    return Huge(mg.concatenate(parts).sum(), x, w)


GRAPHS: dict[str, Callable[[int], Huge]] = {
    made.__name__: made for made in (deep, branching, terms, leaves, readers, deep_tensor, joined)
}
