"""One entry of an array as the graph of numbers that it was computed by: a Tensor opened into Values."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index as as_integer
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import described
from micrograd_plus.array_ops import ArrayOp
from micrograd_plus.context import Scope, entered
from micrograd_plus.engine import CONSTANT, LEAF, PARAMETER, check_fresh, operations
from micrograd_plus.notation import text
from micrograd_plus.tensor import Tensor
from micrograd_plus.texts import one_line
from micrograd_plus.value import Value

Index = int | Sequence[int]

# Sums of more terms are a staircase that nobody follows: they show a few from each end.
MOST_TERMS = 8
SHOWN_AT_EACH_END = 3
_LONGEST_FORMULA = 16


def opened(node: Tensor, index: Index = ()) -> Value:
    """Return the entry `node[index]` as a Value whose inputs are entries of the inputs of `node`.

    For a matrix product that is a sum of products, for a sum or a mean the sum, for an elementwise operation the
    operation on numbers; of more than 8 terms those in the middle are one number. If `node` has its gradient, the
    Values have theirs: the root that of the entry, and each factor what this entry adds to its gradient, so that those
    of all entries add up to the gradients of the Tensors.

    TypeError for another operation or a leaf, IndexError for an index that `node` does not have, RuntimeError if
    data was set after `node` was computed from it.

    >>> x, w = Tensor([[1.0, 2.0]], label="x"), Tensor([[3.0, 4.0], [5.0, 6.0]], label="w")
    >>> y = x @ w
    >>> y.backward(gradient=[[10.0, 100.0]])
    >>> entry = opened(y, (0, 1))
    >>> text(entry), entry.data, entry.grad
    ('x[0,0] * w[0,1] + x[0,1] * w[1,1]', 16.0, 100.0)
    >>> [(factor.label, factor.grad) for product in entry.inputs for factor in product.inputs]
    [('x[0,0]', 400.0), ('w[0,1]', 100.0), ('x[0,1]', 600.0), ('w[1,1]', 200.0)]
    """
    _check_kind(node)
    check_fresh([node])
    position = _position(node, index)
    # Under no_grad() there would be no graph to look at, and the place of the caller is not that of the entry.
    with entered(Scope()):
        root = _ENTRIES.get(node.op.name, _elementwise)(node, position)
    if not root.is_leaf:  # the sum of one entry is that entry
        root.label = _entry_name(_name(node, "out"), position)
    if node.grad is not None:
        _spread(root, float(node.grad[position]))
    return root


def _check_kind(node: Any) -> None:
    if not isinstance(node, Tensor):
        raise TypeError(f"wanted a Tensor to zoom into, got {described(node)}")
    if node.is_leaf:
        raise TypeError(f"{one_line(_name(node, 'a Tensor'))} was not computed: zoom into the result of an operation")
    if isinstance(node.op, ArrayOp) and node.op.name not in _ENTRIES:
        wanted = "wanted a matrix product, a sum, a mean or an elementwise operation"
        raise TypeError(f"cannot zoom into {node.op.name}: {wanted}")


def _position(node: Tensor, index: Index) -> tuple[int, ...]:
    """Return an index counted from the front, one number for each axis."""
    try:
        given = tuple(map(as_integer, index if isinstance(index, Sequence) else (index,)))
    except TypeError:
        raise TypeError(f"wanted whole numbers as the index of an entry, got {described(index)}") from None
    is_inside = len(given) == node.ndim and all(-n <= k < n for k, n in zip(given, node.shape, strict=True))
    if not is_inside:
        raise IndexError(f"no entry {list(given)} in a Tensor of shape {node.shape}")
    return tuple(k % n for k, n in zip(given, node.shape, strict=True))


def _spread(root: Value, gradient: float) -> None:
    """Do what `backward()` does, from a gradient that is not 1."""
    root.grad = gradient
    for node in reversed(operations(root)):
        node._backward()


# --- entries ----------------------------------------------------------------------------------------------------------


class _Entries:
    """Entries of Tensors as leaves; one that is asked for twice is one leaf, with two readers."""

    def __init__(self) -> None:
        self._made: dict[tuple[Tensor, int], Value] = {}

    def leaf(self, tensor: Tensor, at: Any, fallback: str) -> Value:
        """Return entry number `at`, counted row by row; `fallback` is the name of a Tensor that has none."""
        at = int(at)
        if (tensor, at) not in self._made:
            value = Value.leaf(tensor.data.item(at), tensor.op if tensor.op in (CONSTANT, PARAMETER) else LEAF)
            if not (tensor.op is CONSTANT and tensor.size == 1):  # a number that a formula shows by itself
                position = tuple(map(int, np.unravel_index(at, tensor.shape)))
                value.label = _entry_name(_name(tensor, fallback), position)
            self._made[tensor, at] = value
        return self._made[tensor, at]


def _numbers(tensor: Tensor) -> NDArray[np.intp]:
    """Return the number of each entry, counted row by row, in the shape of the Tensor."""
    return np.arange(tensor.size).reshape(tensor.shape)


def _name(tensor: Tensor, fallback: str) -> str:
    if tensor.label:
        return tensor.label
    formula = text(tensor)
    if tensor.is_leaf or len(formula) > _LONGEST_FORMULA:
        return fallback
    return f"({formula})"


def _entry_name(name: str, position: tuple[int, ...]) -> str:
    return f"{name}[{','.join(map(str, position))}]" if position else name


# --- operations -------------------------------------------------------------------------------------------------------


def _elementwise(node: Tensor, position: tuple[int, ...]) -> Value:
    entries = _Entries()
    inputs = [
        entries.leaf(i, np.broadcast_to(_numbers(i), node.shape)[position], f"input{k}")
        for k, i in enumerate(node.inputs, 1)
    ]
    return inputs[0].apply(node.op, inputs)


def _matmul(node: Tensor, position: tuple[int, ...]) -> Value:
    a, b = node.inputs
    entries = _Entries()
    row, column = _factors(_numbers(a), _numbers(b), position)
    shown, _ = _ends(len(row))
    products = [entries.leaf(a, row[k], "left") * entries.leaf(b, column[k], "right") for k in shown]
    return _sum(products, a.data.reshape(-1)[row] * b.data.reshape(-1)[column])


def _factors(
    a: NDArray[np.intp], b: NDArray[np.intp], position: tuple[int, ...]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the row of `a` and the column of `b` whose products an entry of `a @ b` is the sum of."""
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    place, inner = position[: len(batch)], list(position[len(batch) :])
    row = a if a.ndim == 1 else np.broadcast_to(a, batch + a.shape[-2:])[(*place, inner.pop(0))]
    column = b if b.ndim == 1 else np.broadcast_to(b, batch + b.shape[-2:]).mT[(*place, inner.pop(0))]
    return row, column


def _total(node: Tensor, position: tuple[int, ...]) -> Value:
    [x] = node.inputs
    only = np.zeros(node.shape)
    only[position] = 1.0
    assert isinstance(node.op, ArrayOp)
    [pullback] = node.op.pullbacks
    added = np.flatnonzero(pullback(only, node.data, x.data))  # an entry hands its gradient to what was added up
    entries = _Entries()
    shown, _ = _ends(len(added))
    total = _sum([entries.leaf(x, added[k], "input") for k in shown], x.data.reshape(-1)[added])
    return total / len(added) if node.op.name == "mean" else total


def _ends(count: int) -> tuple[list[int], range]:
    """Return which of so many terms are shown, and which lie between them."""
    if count <= MOST_TERMS:
        return list(range(count)), range(0)
    folded = range(SHOWN_AT_EACH_END, count - SHOWN_AT_EACH_END)
    return [*range(folded.start), *range(folded.stop, count)], folded


def _sum(shown: Sequence[Value], terms: NDArray[Any]) -> Value:
    """Return the sum of Values from left to right, with one number for those of all `terms` that are not shown."""
    _, folded = _ends(len(terms))
    every = list(shown)
    if folded:
        middle = Value(float(np.sum(terms[folded.start : folded.stop], dtype=float)))
        middle.label = f"... {len(folded)} more terms"
        every.insert(folded.start, middle)
    total = every[0] if every else Value.leaf(0.0, CONSTANT)
    for term in every[1:]:
        total = total + term
    return total


_ENTRIES = {"matmul": _matmul, "sum": _total, "mean": _total}
