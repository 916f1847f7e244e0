"""Leaves whose numbers live in flat buffers, which programs read and write: there is nothing to copy to and fro.

A leaf that a `Store` takes over stays the object it was; only its class changes, to one that reads and writes the
store. Leaves lead to their store and it does not lead back: both are freed without the cyclic collector.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from micrograd_plus.arguments import described
from micrograd_plus.engine import Node, Note, change_number
from micrograd_plus.tensor import Array, Tensor
from micrograd_plus.value import NOT_COMPUTED, Value


class Store:
    """Flat buffers with the data and the gradients of leaves in their order: one element a Value, `size` a Tensor.

    All leaves are of one dtype, Values of float64. Raises TypeError or ValueError for what cannot be taken over, and
    takes none then; what belongs to a store stays there. `computed` tells which leaves have a gradient: a program
    writes `grad` and replaces `computed`, whose arrays are never written into by others. What is not computed is 0.

    >>> w, b = Value(2.0), Value(-1.0)
    >>> store = Store([w, b])
    >>> (w * b).backward()
    >>> store.data, store.grad
    (array([ 2., -1.]), array([-1.,  2.]))
    >>> store.data += 0.5
    >>> store.changed()
    >>> w.data, b.data
    (2.5, -0.5)
    """

    def __init__(self, leaves: Sequence[Node]) -> None:
        dtype = _common_dtype(leaves)
        self.shapes = [None if isinstance(leaf, Value) else np.shape(leaf._data) for leaf in leaves]  # None: a float
        self.offsets: list[int] = []
        self.size = 0
        for shape in self.shapes:
            self.offsets.append(self.size)
            self.size += math.prod(shape or ())
        self.data: Array = np.empty(self.size, dtype)
        self.grad: Array = np.zeros(self.size, dtype)
        self.computed: NDArray[np.bool_] = np.array([leaf.has_grad for leaf in leaves], dtype=bool)
        self.stamp = 0
        self._own_mask = self.computed
        for index, leaf in enumerate(leaves):
            self._take(index, leaf)

    def _take(self, index: int, leaf: Node) -> None:
        data, grad, shape = self.place(self.data, index), self.place(self.grad, index), self.shapes[index]
        data[...] = leaf._data
        if leaf.has_grad:
            grad[...] = leaf.grad
        if isinstance(leaf, Tensor):
            leaf._data, leaf._grad = data, grad
        leaf.note = HeldNote(self, index, leaf.note)
        leaf.__class__ = HeldValue if shape is None else HeldTensor

    def place(self, buffer: Array, index: int) -> Array:
        """Return a leaf's part of `buffer`, which is `data`, `grad` or one like them, as a view in the leaf's shape."""
        shape = self.shapes[index] or ()
        offset = self.offsets[index]
        return buffer[offset : offset + math.prod(shape)].reshape(shape)

    def changed(self) -> None:
        """Make stale what was computed from the leaves, after their `data` was written into."""
        self.stamp = change_number()

    def mark(self, index: int, is_computed: bool) -> None:
        """Say whether one leaf has a gradient."""
        if self.computed.item(index) is not is_computed:
            if self.computed is not self._own_mask:  # a program put it there and will do so again
                self.computed = self._own_mask = self.computed.copy()
            self.computed[index] = is_computed


class Marks:
    """Notes that a program has computed gradients: its own leaves have none but these then, others keep theirs.

    The leaves of a version are masks of stores, in a list.
    """

    def __init__(self) -> None:
        self._last: Any = None  # the list that was noted last
        self._leaves: dict[Store, NDArray[np.bool_]] = {}  # of all versions

    def add(self, masks: Sequence[tuple[Store, NDArray[np.bool_]]]) -> None:
        """Count the leaves of a version as the program's."""
        for store, mask in masks:
            self._leaves[store] = mask | self._leaves.get(store, False)

    def note(self, masks: Sequence[tuple[Store, NDArray[np.bool_]]]) -> None:
        """Note that a version has run, or with an empty list that none has."""
        if self._last is masks:
            for store, mask in masks:
                if store.computed is not mask:
                    break
            else:
                return
        now = dict(masks)
        for store, ours in self._leaves.items():
            mask = now.get(store, np.zeros_like(ours))
            computed = (store.computed & ~ours) | mask
            store.computed = mask if np.array_equal(computed, mask) else computed
        self._last = masks


def store_of(leaf: Node) -> Store | None:
    """Return the store that holds a leaf, None if it holds its numbers itself."""
    return leaf.note.store if isinstance(leaf.note, HeldNote) else None


def place_of(leaf: Node) -> tuple[Store, int]:
    """Return the store that holds a leaf and which of its leaves it is; ValueError if no store does."""
    if not isinstance(leaf.note, HeldNote):
        raise ValueError(f"no store holds {_name(leaf)}")
    return leaf.note.store, leaf.note.index


def _common_dtype(leaves: Sequence[Node]) -> np.dtype[Any]:
    """Return the dtype of leaves that a store may take over."""
    for leaf in leaves:
        if isinstance(leaf, Node) and store_of(leaf):
            raise ValueError(f"{_name(leaf)} belongs to a store already")
        if type(leaf) not in (Value, Tensor):  # one of a class of the user's has attributes that would be lost
            raise TypeError(f"wanted Values or Tensors to hold, got {described(leaf)}")
        if not leaf.is_leaf:
            raise ValueError(f"{_name(leaf)} was computed: only leaves are held")
    if len(set(leaves)) < len(leaves):
        raise ValueError("a leaf is in the list twice: it has one place")
    dtypes = {np.dtype(float) if isinstance(leaf, Value) else leaf._data.dtype for leaf in leaves} or {np.dtype(float)}
    if len(dtypes) > 1:
        raise ValueError(f"wanted leaves of one dtype, got {' and '.join(sorted(map(str, dtypes)))}")
    return dtypes.pop()


def _name(leaf: Node) -> str:
    return repr(leaf.label) if leaf.label else f"a node that holds {described(leaf._data)}"


# --- what is held -----------------------------------------------------------------------------------------------------


class HeldNote(Note):
    """A note that knows the store: its leaf changed when it was set, or when the store was."""

    __slots__ = ("index", "offset", "own_stamp", "store")

    def __init__(self, store: Store, index: int, note: Note | None) -> None:
        self.store = store
        self.index = index
        self.offset = store.offsets[index]
        note = note or Note()
        for name in Note.__slots__:
            setattr(self, name, getattr(note, name))

    @property
    def stamp(self) -> int:
        """The number at which the data was last set, 0 if it never was."""
        return max(self.own_stamp, self.store.stamp)

    @stamp.setter
    def stamp(self, stamp: int) -> None:
        self.own_stamp = stamp


class HeldValue(Value):
    """A Value that reads and writes one number of its store. Copies, and what is pickled, are plain Values."""

    __slots__ = ()

    note: HeldNote

    @property
    def kind(self) -> type[Value]:
        return Value

    @property
    def _data(self) -> float:
        note = self.note
        number: float = note.store.data.item(note.offset)
        return number

    @_data.setter
    def _data(self, data: float) -> None:
        note = self.note
        note.store.data[note.offset] = data

    @property
    def grad(self) -> float:
        note = self.note
        store = note.store
        return store.grad.item(note.offset) if store.computed[note.index] else NOT_COMPUTED

    @grad.setter
    def grad(self, grad: float) -> None:
        note = self.note
        note.store.grad[note.offset] = self._accepted(grad)
        note.store.mark(note.index, grad is not NOT_COMPUTED)


class HeldTensor(Tensor):
    """A Tensor whose `data` and `grad` are views of its store. Copies, and what is pickled, are plain Tensors.

    An array that was read goes on showing the current numbers: who wants to keep them takes a copy.
    """

    __slots__ = ()

    note: HeldNote

    @property
    def kind(self) -> type[Tensor]:
        return Tensor

    # The slots of the class below hold the views. Operations and records read copies: the data of `t.T`, a view to
    # NumPy, would otherwise change as soon as `t` does, and what was recorded as the data before would be that after.

    @property
    def data(self) -> Array:
        """A view of the store. Setting it writes into the store."""
        return super()._data

    @data.setter
    def data(self, data: Any) -> None:
        self._data = self._accepted(data)
        self.note.stamp = change_number()

    @property
    def _data(self) -> Array:
        return self.data.copy()

    @_data.setter
    def _data(self, data: Array) -> None:
        self.data[...] = data

    def convert(self, dtype: DTypeLike) -> None:
        """Raise a TypeError where the type is another one: the buffer keeps its own."""
        if np.dtype(dtype) != self.dtype:
            raise TypeError(f"a program holds {_name(self)} as {self.dtype}: convert a copy, made by copy.deepcopy()")
        super().convert(dtype)

    @property
    def _grad(self) -> Array | None:
        note = self.note
        return super()._grad if note.store.computed[note.index] else None

    @_grad.setter
    def _grad(self, grad: Array | None) -> None:
        note = self.note
        note.store.place(note.store.grad, note.index)[...] = 0.0 if grad is None else grad
        note.store.mark(note.index, grad is not None)


# Messages, those of Python too, name the class that the user knows.
HeldValue.__name__ = HeldValue.__qualname__ = Value.__name__
HeldTensor.__name__ = HeldTensor.__qualname__ = Tensor.__name__
