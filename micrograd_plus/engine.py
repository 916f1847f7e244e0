"""The graph and the chain rule, for every kind of node: the order, contributions, `gradient`, staleness.

Nodes are numbered as they are made, so an operation's inputs always have smaller numbers: walking the operations from
the largest number down is the reverse topological order. There is no recursion and there are no reference cycles.

It is long because it is to be read at one go: nodes, their order, what is out of date and the chain rule are one thing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from copy import copy
from functools import partial
from operator import attrgetter
from typing import Any, Self, TypeVar

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.context import Scope, current
from micrograd_plus.ops import Op, Operand

N = TypeVar("N", bound="Node")

# Leaves are operations of no inputs, so that walking a graph needs no special case.
LEAF = Op("leaf", float, np.asarray, ())
CONSTANT = Op("constant", float, np.asarray, ())  # a number that an operation met
PARAMETER = Op("parameter", float, np.asarray, ())  # what an optimizer changes
LEAVES = {op.name: op for op in (LEAF, CONSTANT, PARAMETER)}

# Half the time of the counter's own __next__, and every operation calls it.
next_number: Callable[[], int] = partial(next, itertools.count(1))
current_scope = current.get
number_of: Callable[[Node], int] = attrgetter("number")
data_of: Callable[[Node], Any] = attrgetter("_data")


class Note:
    """What few nodes have: a label, inputs beyond two, when data was set, a rule made by hand, the source line.

    `is_set` says that the data was set by hand since it was last computed.
    """

    __slots__ = ("backward", "is_set", "label", "more", "source", "stamp", "symbol")

    def __init__(self) -> None:
        self.label = ""
        self.symbol = ""
        self.more: tuple[Any, ...] = ()
        self.stamp = 0
        self.is_set = False
        self.backward: Callable[[], None] | None = None
        self.source: tuple[str, int] | None = None


class Node(Operand):
    """One node of a graph: `data`, `grad`, the operation `op` that made it, its ordered `inputs`, its `number`.

    Abstract: `Value` holds a float, `Tensor` an array.
    """

    __slots__ = ("_data", "note", "number", "op", "scope")

    _data: Any
    grad: Any
    op: Op
    number: int
    scope: Scope
    note: Note | None

    # --- what each kind of node says for itself

    @property
    def inputs(self) -> tuple[Self, ...]:
        """The nodes this one was computed from, in order; `a + a` has two."""
        raise NotImplementedError

    @property
    def kind(self) -> type[Node]:
        """The class of copies of this node and of what is made beside it."""
        return type(self)

    @property
    def has_grad(self) -> bool:
        """Whether a gradient has been computed; a computed gradient may be zero."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Forget the gradient."""
        raise NotImplementedError

    @classmethod
    def leaf(cls, data: Any, op: Op = LEAF) -> Self:
        """Return a new leaf, of one of `LEAVES`."""
        raise NotImplementedError

    def _accepted(self, data: Any) -> Any:
        """Return `data` as this node can hold it, or raise a TypeError or ValueError."""
        raise NotImplementedError

    def _computed(self) -> Any:
        """Return the data that this node's operation gives on its inputs' data."""
        raise NotImplementedError

    def _copied(self, inputs: Sequence[Self]) -> Self:
        """Return a copy of this node on other inputs."""
        raise NotImplementedError

    def _unit(self) -> Any:
        """Return the gradient of this node by itself; ValueError unless it holds one number."""
        return 1.0

    def _settled(self, share: Any) -> Any:
        """Return a contribution to this node's gradient in the shape of the node."""
        return share

    # --- what all have

    @property
    def is_leaf(self) -> bool:
        """Whether this node was given rather than computed."""
        return not self.inputs

    @property
    def data(self) -> Any:
        """What the node holds. Setting it makes what was computed from it stale until `refresh()`."""
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        self._data = self._accepted(data)
        note = note_of(self)
        note.is_set = True
        note.stamp = change_number()

    @property
    def label(self) -> str:
        """A name for texts and pictures; empty at first."""
        return self.note.label if self.note else ""

    @label.setter
    def label(self, label: str) -> None:
        if not isinstance(label, str):
            raise TypeError(f"wanted a label as text, got {described(label)}")
        note_of(self).label = label

    @property
    def symbol(self) -> str:
        """The operation as a picture shows it: `+`, `**2`, `tanh`; empty for a leaf."""
        return (self.note.symbol if self.note else "") or (self.op.symbol if self.op.arity else "")

    @property
    def source(self) -> tuple[str, int] | None:
        """File and line that made the node, where they were recorded (`detect_anomaly()`)."""
        return self.note.source if self.note else None

    def detach(self) -> Self:
        """Return a leaf with the same data, without history."""
        return self.leaf(copy(self._data))

    def refresh(self) -> Self:
        """Recompute in place, without a new graph, all data below this node that is out of date."""
        stamp = 0
        for node in operations(self):
            if any(last_change(i) > last_change(node) for i in node.inputs):
                stamp = stamp or next_number()
                node._data = node._computed()
                note = note_of(node)
                note.stamp, note.is_set = stamp, False
        return self

    def __copy__(self) -> Self:
        copied = self._copy_on(self.inputs)
        if any(stale_edges([self])):
            # As out of date as the original: older than the change, which is looked for.
            note_of(copied).stamp = last_change(self)
            change_number()
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        order = graph(self, known=memo)
        for node in order:
            memo[id(node)] = node._copy_on([memo[id(i)] for i in node.inputs])
        for _, changed in stale_edges(order):
            note_of(memo[id(changed)]).stamp = change_number()
        copied: Self = memo[id(self)]
        return copied

    def _copy_on(self, inputs: Sequence[Self]) -> Self:
        copied = self._copied(inputs)
        copied.scope = self.scope
        if self.note:
            note = note_of(copied)
            note.label, note.symbol, note.source = self.note.label, self.note.symbol, self.note.source
            if self.note.is_set and inputs:
                note.is_set, note.stamp = True, change_number()
        return copied

    def __reduce__(self) -> Any:
        if not self.is_leaf:
            raise TypeError(f"only leaves are pickled, this {type(self).__name__} was computed: use detach()")
        return _unpickled, (self.kind, self._data, self.op.name, self.label)


def _unpickled(kind: type[Node], data: Any, role: str, label: str) -> Node:
    node = kind.leaf(data, LEAVES[role])
    if label:
        node.label = label
    return node


def note_of(node: Node) -> Note:
    """Return the node's note, made where it has none yet."""
    if node.note is None:
        node.note = Note()
    return node.note


# --- the order --------------------------------------------------------------------------------------------------------


def graph(*roots: Node, known: Container[int] = ()) -> list[Any]:
    """Return all nodes that `roots` depend on, leaves and themselves included, in order of creation.

    Nodes whose `id` is in `known`, and what only they depend on, are left out.
    """
    found = set(roots)
    stack = list(found)
    while stack:
        for node in stack.pop().inputs:
            if node not in found and id(node) not in known:
                found.add(node)
                stack.append(node)
    return sorted(found, key=number_of)


def operations(*roots: Node) -> list[Any]:
    """Return the computed nodes that `roots` depend on, themselves included, in order of creation."""
    return [node for node in graph(*roots) if node.inputs]


# --- staleness --------------------------------------------------------------------------------------------------------


class Changes:
    """The newest number at which any node's data was set: a graph whose oldest operation is newer is fresh.

    Threads that set data while another thread's graph is being built are not told apart.
    """

    newest = 0


def change_number() -> int:
    """Return the number of a change of data that has just been made, which becomes the newest."""
    number = next_number()
    # Another thread may have come in between; from here to the end of the assignment none can, by the lock of CPython.
    if number > Changes.newest:
        Changes.newest = number
    return number


def last_change(node: Node) -> int:
    """Return the number at which the node's data was last set: by creation, by hand or by `refresh()`."""
    return (node.note.stamp if node.note else 0) or node.number


def check_fresh(order: Sequence[Node]) -> None:
    """Raise a RuntimeError that names the node whose data changed after `order` was computed from it.

    `order` holds operations in order of creation, whose own data must be what they computed: the derivatives would be
    those of another value. Writing into a Tensor's array cannot be seen.
    """
    for node, input in stale_edges(order):
        raise RuntimeError(
            f"the data of {_name(input)} changed after {node.symbol!r} was computed from it: "
            "call refresh() on the result, or compute it again"
        )
    if order and order[0].number < Changes.newest:
        for node in order:
            if node.note and node.note.is_set:
                raise RuntimeError(
                    f"the data of {_name(node)} was set, though {node.symbol!r} had computed it: "
                    "set that of leaves, or go on from its detach()"
                )


def _name(node: Node) -> str:
    return repr(node.label) if node.label else f"a node that holds {described(node._data)}"


def stale_edges(order: Sequence[Node]) -> Iterator[tuple[Node, Node]]:
    """Yield each node of `order` (by creation) with each input whose data changed after the node was computed."""
    if not order or order[0].number > Changes.newest:
        return
    for node in order:
        computed = last_change(node)
        for input in node.inputs:
            if last_change(input) > computed:
                yield node, input


# --- the chain rule ---------------------------------------------------------------------------------------------------


def contributions(node: Node, upstream: Any, see: Callable[[Node], Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Yield (input, local derivative, contribution to the input's gradient) for each input of `node`, in order.

    `upstream` is the gradient at `node`. With `see=data_of` all is numbers or arrays; with a function that returns
    the node itself, slopes and contributions are graphs. Structural array operations have no local derivative (None);
    nodes made by hand, whose rule is a function of the user's, have neither (None, None).
    """
    op = node.op
    out, inputs = see(node), [see(i) for i in node.inputs]
    for k, input in enumerate(node.inputs):
        local, share = contribution(op, k, upstream, out, inputs)
        yield input, local, share if share is None else input._settled(share)


def contribution(op: Op, k: int, upstream: Any, out: Any, inputs: Sequence[Any]) -> tuple[Any, Any]:
    """Return what `op.contribution` does, with NumPy's inf and nan where Python's floats raise."""
    try:
        return op.contribution(k, upstream, out, inputs)
    except (ArithmeticError, ValueError):
        if out.__class__ is not float:
            raise
    with np.errstate(all="ignore"):
        local, share = op.contribution(k, upstream, np.float64(out), [np.float64(x) for x in inputs])
    return float(local), float(share)


@np.errstate(all="ignore")
def gradient(y: Node, xs: Iterable[N]) -> list[N]:
    """Return the gradient of the scalar `y` by each of `xs` as a graph of its own, so that any order follows.

    RuntimeError if a node's data was set after the graph was computed from it; TypeError for a node made by hand.

    >>> from micrograd_plus.value import Value
    >>> x = Value(3.0)
    >>> [slope] = gradient(x * x * x, [x])
    >>> [curvature] = gradient(slope, [x])
    >>> slope.data, curvature.data
    (27.0, 18.0)
    """
    if not isinstance(y, Node):
        raise TypeError(f"wanted a Value or a Tensor to derive, got {described(y)}")
    if isinstance(xs, Node):  # a Tensor could be iterated: its rows are nodes of their own, which y does not read
        raise TypeError(f"wanted a sequence of nodes to derive by, got one {type(xs).__name__}")
    xs = list(xs)
    for x in xs:
        if not isinstance(x, y.kind):
            raise TypeError(f"wanted {y.kind.__name__}s to derive by, got {described(x)}")
    order = operations(y)
    check_fresh(order)
    return derived(y, xs, order)


def derived(y: Node, xs: Sequence[Node], order: Sequence[Node], upstream: Any = None) -> list[Any]:
    """Return the gradient of `y` by each of `xs`, `order` being the operations between them by creation.

    `upstream` is the gradient at `y`, where it is no single number.
    """
    leads: set[Node] = set(xs)
    for node in order:
        if any(i in leads for i in node.inputs):
            leads.add(node)
    gradients: dict[Node, Any] = {y: y._unit() if upstream is None else upstream}
    for node in reversed(order):
        if node not in leads:
            continue
        for input, _, share in contributions(node, gradients[node], _itself):
            if share is None:
                raise TypeError(f"{node.symbol!r} was made by hand: its rule works on numbers, not on graphs")
            if input in leads:
                gradients[input] = gradients[input] + share if input in gradients else share
    return [_as_node(x, gradients.get(x, 0.0)) for x in xs]


def _as_node(x: Node, gradient: Any) -> Any:
    return gradient if isinstance(gradient, Node) else type(x).leaf(x._settled(gradient), CONSTANT)


def _itself(node: Node) -> Node:
    return node
