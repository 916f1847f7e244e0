"""`Value`: one number that remembers how it was computed. The scalar engine, made fast.

Two slots instead of a tuple of inputs, and no closure, set or cycle per node: most of what a large graph costs is the
garbage collector's walk over its containers. The names that begin with an underscore are micrograd's.

It is long because what every operation runs through is written out: a call takes as long as the arithmetic.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from micrograd_plus.arguments import described, real_number
from micrograd_plus.by_hand import ByHand, by_hand
from micrograd_plus.engine import (
    CONSTANT,
    LEAF,
    Node,
    check_fresh,
    current_scope,
    next_number,
    note_of,
    number_of,
)
from micrograd_plus.float_rules import chain_rule
from micrograd_plus.in_place import InPlace
from micrograd_plus.ops import Op, greater, greater_equal, less, less_equal, not_equal
from micrograd_plus.parameters import require_numbers

# A gradient before any was computed: zero to arithmetic, told from other zeros by identity.
NOT_COMPUTED = float("0")

_new = object.__new__


def _unary(op: Op) -> Callable[[Value], Value]:
    on_floats, ieee = op.on_floats, op.ieee

    def method(self: Value) -> Value:
        try:
            data = on_floats(self._data)
        except (ArithmeticError, ValueError):
            data = ieee(self._data)
        out = _new(Value)
        out._data = data
        out.grad = NOT_COMPUTED
        out.op = op
        out.a = self
        out.b = None
        out.number = next_number()
        out.scope = scope = current_scope()
        out.note = None
        return out if scope.plain else _watched(out)

    return method


def _binary(op: Op) -> Callable[[Value, Any], Value]:
    on_floats, ieee = op.on_floats, op.ieee

    def method(self: Value, other: Any) -> Value:
        if other.__class__ is not Value:
            other = _lifted(other)
        try:
            data = on_floats(self._data, other._data)
        except (ArithmeticError, ValueError):
            data = ieee(self._data, other._data)
        out = _new(Value)
        out._data = data
        out.grad = NOT_COMPUTED
        out.op = op
        out.a = self
        out.b = other
        out.number = next_number()
        out.scope = scope = current_scope()
        out.note = None
        return out if scope.plain else _watched(out)

    return method


def _comparison(op: Op, holds: Callable[[float, float], bool]) -> Callable[[Value, Any], bool]:
    def method(self: Value, other: Any) -> bool:
        outcome = holds(self._data, other._data if isinstance(other, Value) else real_number(other))
        if watch := current_scope().watch:
            watch.compared(op, self, other, outcome)
        return outcome

    return method


class Value(Node, InPlace):
    """A node that holds a Python float.

    Takes int, float, bool and NumPy real scalars; anything else is a TypeError. Leaves add up their gradients over
    calls of `backward()`; computed nodes get theirs afresh in each.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + a
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (-4.0, -2.0, 2.0)
    """

    __slots__ = ("a", "b", "grad")

    _data: float
    grad: float
    a: Value | None
    b: Value | None

    if TYPE_CHECKING:  # Node's, narrower

        @property
        def data(self) -> float: ...
        @data.setter
        def data(self, data: Any) -> None: ...

    def __init__(self, data: Any, _children: Iterable[Value] = (), _op: str = "", label: str = "") -> None:
        self._data = data if data.__class__ is float else real_number(data)
        self.grad = NOT_COMPUTED
        self.op = LEAF
        self.a = self.b = None
        self.number = next_number()
        self.scope = current_scope()
        self.note = None
        if _children or _op:
            self._adopt(tuple(_children), _op)
        if label:
            self.label = label

    @classmethod
    def leaf(cls, data: Any, op: Op = LEAF) -> Value:
        node = Value(data)
        node.op = op
        return node

    @property
    def inputs(self) -> tuple[Value, ...]:
        if self.b is None:
            return () if self.a is None else (self.a,)
        assert self.a is not None
        return (self.a, self.b) if self.note is None else (self.a, self.b, *self.note.more)

    @property
    def has_grad(self) -> bool:
        return self.grad is not NOT_COMPUTED

    def zero_grad(self) -> None:
        self.grad = NOT_COMPUTED

    def apply(self, op: Op, inputs: Sequence[Any]) -> Value:
        if op.backward is None:
            op.backward = chain_rule(op)
        return _made(op, [x if x.__class__ is Value else _lifted(x) for x in inputs])

    @classmethod
    def method(cls, op: Op) -> Callable[..., Any]:
        op.backward = chain_rule(op)
        if op.parameters or op.arity > 2:
            return super().method(op)
        return _unary(op) if op.arity == 1 else _binary(op)

    def lifted(self, other: Any) -> Value:
        """Return `other` as a Value."""
        return _lifted(other)

    # --- backward

    def backward(self) -> None:
        """Compute the gradient of this node by every node below it, by the chain rule in reverse order of creation.

        The graph stays, until its root is dropped: it may be derived again.
        RuntimeError if a node's data was set after the graph was computed from it; see `refresh()`.
        """
        order = _computed_afresh(self)
        check_fresh(order)
        self.grad += 1.0
        order.reverse()
        watch = current_scope().watch
        try:
            for node in order:
                node.op.backward(node)  # type: ignore[misc]  # filled in when the node was made
                if watch:
                    watch.propagated(node)
        except TypeError:
            require_numbers(i for node in order for i in node.inputs)
            raise

    def _accepted(self, data: Any) -> float:
        return data if data.__class__ is float else real_number(data)

    def _computed(self) -> float:
        return _evaluated(self.op, self.inputs)

    def _copied(self, inputs: Sequence[Value]) -> Value:
        if isinstance(self.op, ByHand):
            raise TypeError("a node made by hand cannot be copied: its rule refers to the nodes it was made for")
        node = _linked(self.op, self._data, inputs)
        if self.has_grad:
            node.grad = self.grad
        return node

    # --- reading

    def __repr__(self) -> str:
        return f"Value(data={self._data}, grad={self.grad})"

    def __format__(self, wanted: str) -> str:
        return format(self._data, wanted) if wanted else str(self)

    def __float__(self) -> float:
        return self._data

    def __bool__(self) -> bool:
        outcome = bool(self._data)
        if watch := current_scope().watch:
            watch.compared(not_equal, self, 0.0, outcome)
        return outcome

    __lt__ = _comparison(less, operator.lt)
    __le__ = _comparison(less_equal, operator.le)
    __gt__ = _comparison(greater, operator.gt)
    __ge__ = _comparison(greater_equal, operator.ge)

    # --- micrograd's names

    @property
    def _prev(self) -> tuple[Value, ...]:
        return self.inputs

    @property
    def _op(self) -> str:
        return self.symbol

    @property
    def _backward(self) -> Callable[[], None]:
        """A function that adds this node's contributions to its inputs' gradients; a node's own may be assigned."""
        if self.note and self.note.backward:
            return self.note.backward
        return partial(self.op.backward, self) if self.op.backward else _nothing

    @_backward.setter
    def _backward(self, rule: Callable[[], None]) -> None:
        if not callable(rule):
            raise TypeError(f"wanted a function of no arguments as _backward, got {described(rule)}")
        note = note_of(self)
        note.backward, note.symbol = rule, self.symbol
        if self.inputs:
            self.op = by_hand(len(self.inputs))

    def _adopt(self, children: tuple[Value, ...], symbol: str) -> None:
        for child in children:
            if not isinstance(child, Value):
                raise TypeError(f"wanted Values as children, got {described(child)}")
        note_of(self).symbol = symbol
        if children and self.scope.records:
            self.op = by_hand(len(children))
            _link(self, children)


def _nothing() -> None:
    pass


# --- making nodes -----------------------------------------------------------------------------------------------------


def _lifted(x: Any) -> Value:
    if isinstance(x, Value):
        return x
    if isinstance(x, np.ndarray | Node):
        raise TypeError(f"a Value holds one number and does not mix with {type(x).__name__}; use Tensors for arrays")
    return Value.leaf(x, CONSTANT)


def _made(op: Op, inputs: Sequence[Value]) -> Value:
    node = _linked(op, _evaluated(op, inputs), inputs)
    return node if node.scope.plain else _watched(node)


def _evaluated(op: Op, inputs: Sequence[Value]) -> float:
    data = [i._data for i in inputs]
    try:
        result: float = op.on_floats(*data)
    except (ArithmeticError, ValueError):
        result = op.ieee(*data)
    return result


def _linked(op: Op, data: float, inputs: Sequence[Value]) -> Value:
    node = Value(data)
    node.op = op
    _link(node, inputs)
    return node


def _link(node: Value, inputs: Sequence[Value]) -> None:
    node.a, node.b = (*inputs, None, None)[:2]
    if len(inputs) > 2:
        note_of(node).more = tuple(inputs[2:])


def _watched(node: Value) -> Value:
    """Do what the scope asks for besides a name: show the node to whoever watches, forget history under no_grad."""
    if node.scope.watch:
        node.scope.watch.made(node)
    if not node.scope.records:
        node.op, node.a, node.b = LEAF, None, None
        if node.note:
            node.note.more = ()
    return node


def _computed_afresh(root: Value) -> list[Value]:
    """Return the computed nodes below `root` in order of creation, each with its gradient set to zero."""
    if root.a is None:
        return []
    # A zero of this pass's own: a node that holds it has been met, so that no set of nodes is needed.
    zero = float("0")
    root.grad = zero
    found: list[Value] = []
    waiting = [root]
    meet, wait = found.append, waiting.append
    while waiting:
        node = waiting.pop()
        # The last input is followed at once: what lies close in memory is visited together (3 times faster).
        while node.a is not None:
            meet(node)
            following = node.a
            if node.b is not None:
                if following.a is not None and following.grad is not zero:
                    following.grad = zero
                    wait(following)
                following = node.b
                if node.note is not None:
                    for other in node.note.more:
                        if other.a is not None and other.grad is not zero:
                            other.grad = zero
                            wait(other)
            if following.a is None or following.grad is zero:
                break
            following.grad = zero
            node = following
    found.sort(key=number_of)
    return found
