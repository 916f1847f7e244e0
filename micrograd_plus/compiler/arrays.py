"""The intermediate form of a program: arrays that say what computes them, with shape and type but without numbers.

An `Array` is what operations of both tables work on, as Values and Tensors are: a formula, a slope or a pullback that
is run on Arrays gives the Arrays of a program. A `Builder` makes them: what was asked for before is the same object
(common subexpressions), what holds only numbers is computed at once (constant folding), and whatever moves no number is
a `View`: strides into the array below. The two stand in one file, long as it is, because each is made of the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from micrograd_plus.array_ops import (
    REDUCED_BY,
    ArrayOp,
    broadcast_to,
    concatenate,
    index,
    matmul,
    reshape,
    sum_to,
    transpose,
)
from micrograd_plus.compiler.simplifying import common_shape, simplified
from micrograd_plus.compiler.views import View, side_by_side, whole
from micrograd_plus.ops import Op, Operand

STORED = Op("stored", float, np.asarray, ())  # what stands in a buffer that the program is given
ARGUMENT = Op("argument", float, np.asarray, ())  # a number that the program is called with
CONSTANT = Op("constant", float, np.asarray, ())
VIEW = Op("view", float, np.asarray, (1.0,))
COPY = Op("copy", float, np.positive, (1.0,))  # gives what a view cannot be reshaped into an order of its own
ACCUMULATE = Op("accumulate", float, np.asarray, ())  # zeros into which each input is added, through a view

_MOVING = (reshape, transpose, index, broadcast_to)


class Array(Operand):
    """One array of a program: the operation `op` that gives it, its ordered `inputs`, its shape and type.

    `value` holds the number or the array of a constant; `name` the buffer of what is stored, else a wish for one, and
    `comment` what the program's source says of it; `view` the elements of `inputs[0]` that a view shows; `views` where
    an accumulation adds each of its inputs.
    """

    __slots__ = ("builder", "comment", "dtype", "inputs", "name", "number", "op", "shape", "value", "view", "views")

    def __init__(self, builder: Builder, op: Op, inputs: tuple[Array, ...], shape: tuple[int, ...], dtype: Any) -> None:
        self.builder = builder
        self.op = op
        self.inputs = inputs
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self.number = builder.next_number()
        self.value: Any = None
        self.name = ""
        self.comment = ""
        self.view: View | None = None
        self.views: tuple[View, ...] = ()

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def base(self) -> Array:
        """The array whose buffer this one shows: itself unless it is a view."""
        return self.inputs[0] if self.op is VIEW else self

    @property
    def window(self) -> View:
        """What of the base's buffer this array shows."""
        return self.view or whole(self.shape)

    @property
    def is_number(self) -> bool:
        """Whether this is a constant that is a single number."""
        return self.value.__class__ is float

    @property
    def mT(self) -> Array:
        """The last two axes exchanged."""
        result: Array = transpose(self, axes=(*range(self.ndim - 2), self.ndim - 1, self.ndim - 2))
        return result

    def apply(self, op: Op, inputs: Sequence[Any]) -> Array:
        return self.builder.apply(op, inputs)

    def __matmul__(self, other: Any) -> Array:
        return self.builder.apply(matmul, (self, other))

    def __getitem__(self, key: Any) -> Array:
        result: Array = index(self, key=key)
        return result

    def __repr__(self) -> str:
        return f"<array {self.number}: {self.op.name}{self.shape} of {[i.number for i in self.inputs]}>"


class Builder:
    """Makes the Arrays of one program, the same one for the same operation, until it is finished."""

    def __init__(self) -> None:
        self._known: dict[Any, Array] = {}
        self._count = 0

    def finish(self) -> None:
        """Forget what was made: the Arrays lead here, so that with the way back they would be cycles."""
        self._known.clear()

    def next_number(self) -> int:
        """Return how many Arrays were made before."""
        self._count += 1
        return self._count

    def stored(self, name: str, shape: Sequence[int], dtype: Any) -> Array:
        """Return what stands in a buffer that the program is given under this name."""
        array = Array(self, STORED, (), tuple(shape), dtype)
        array.name = name
        return array

    def argument(self, name: str, dtype: Any = np.float64) -> Array:
        """Return a number that the program is called with, which counts as one of this type."""
        array = Array(self, ARGUMENT, (), (), dtype)
        array.name = name
        return array

    def leaf_like(self, array: Array) -> Array:
        """Return what an array without inputs is, in this program."""
        if array.op is CONSTANT:
            return self.constant(array.value)
        return (
            self.argument(array.name, array.dtype)
            if array.op is ARGUMENT
            else self.stored(array.name, array.shape, array.dtype)
        )

    def constant(self, value: Any) -> Array:
        """Return numbers known now; an array of equal numbers keeps its shape, a single number has none."""
        if not isinstance(value, np.ndarray):
            value = float(value)
            # Floats of one value are not one number: 0.0 == -0.0, and nan is not equal to itself.
            key: Any = (CONSTANT, value.hex())
            return self._kept(key, lambda: self._constant(value, (), np.float64))
        return self._constant(value, value.shape, value.dtype)

    def _constant(self, value: Any, shape: tuple[int, ...], dtype: Any) -> Array:
        array = Array(self, CONSTANT, (), shape, dtype)
        array.value = value
        return array

    def _kept(self, key: Any, make: Any) -> Array:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = make()
        return found

    def apply(self, op: Op, inputs: Sequence[Any]) -> Array:
        """Return the Array that `op` gives on `inputs`, which may hold numbers and NumPy arrays."""
        arrays = tuple(x if isinstance(x, Array) else self.constant(_plain(x)) for x in inputs)
        if any(0 in x.shape for x in arrays):
            arrays = tuple(self._nothing(x.shape, x.dtype) if 0 in x.shape else x for x in arrays)
        if isinstance(op, ArrayOp):
            return self._structural(op, arrays)
        if all(x.op is CONSTANT for x in arrays):
            with np.errstate(all="ignore"):
                return self.constant(_unboxed(op(*[x.value for x in arrays])))
        return simplified(op, arrays) or self._computed(op, arrays)

    def _computed(self, op: Op, arrays: tuple[Array, ...]) -> Array:
        shape = common_shape(arrays)
        # Beside an array, a number is a Python float, which leaves float32 as it is.
        # A mask is of the type of what was compared.
        floats = [
            x.inputs[0] if x.dtype == np.bool_ and x.inputs else x for x in arrays if x.inputs or x.dtype.kind == "f"
        ]
        strong = [x.dtype for x in floats if x.shape] or [x.dtype for x in floats if not x.is_number] or [np.float64]
        dtype = (
            np.bool_ if op.ufunc is np.logical_not else strong[0] if len({*strong}) == 1 else np.result_type(*strong)
        )
        if 0 in shape:
            return self._nothing(shape, dtype)
        return self._kept((op, *arrays), lambda: Array(self, op, arrays, shape, dtype))

    def _nothing(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Return an array without elements: known now, so that nothing is ever computed of it."""
        return self.constant(np.zeros(shape, dtype))

    def _structural(self, op: ArrayOp, arrays: tuple[Array, ...]) -> Array:
        row = op.name
        if any(row == moving.name for moving in _MOVING) and (shown := self._moved(op, arrays[0])):
            return shown
        if all(x.op is CONSTANT for x in arrays):
            with np.errstate(all="ignore"):
                return self.constant(_unboxed(np.asarray(op(*[np.asarray(x.value) for x in arrays]))))
        if row == sum_to.name and arrays[0].shape == op.parameters["shape"]:
            return arrays[0]
        if row in REDUCED_BY and arrays[0].shape == ():
            return arrays[0]  # of a single number
        if row == concatenate.name:
            shape, views = side_by_side([x.shape for x in arrays], op.parameters["axis"])
            parts = [(view, x) for view, x in zip(views, arrays, strict=True) if x.size]
            return self.accumulated(shape, np.result_type(*[x.dtype for x in arrays]), parts)
        formula = op.formula
        if formula is not None:
            result: Array = formula(*arrays, **op.parameters)
            return result
        try:
            key = (op, *arrays)
            hash(key)
        except TypeError:
            key = (object(),)
        shape, dtype = _result_of(op, arrays)
        if 0 in shape:
            return self._nothing(shape, dtype)
        return self._kept(key, lambda: Array(self, op, arrays, shape, dtype))

    def _moved(self, op: ArrayOp, array: Array) -> Array | None:
        """Return what a reshape, transpose, index or broadcast gives as a view, None for an index that gathers."""
        if array.is_number:
            array = self.constant(np.array(array.value))
        if op.name == broadcast_to.name:
            moved = _strides_of(lambda x: np.broadcast_to(x, op.parameters["shape"]), array)
        elif op.name == index.name:
            moved = _strides_of(lambda x: x[_shown_by(op.parameters["key"])], array)
        else:
            moved = _strides_of(op.on_arrays, array)
        if moved is None and op.name == reshape.name:
            return self._moved(op, self.copied(array))
        return None if moved is None else self.shown(array.base, moved)

    def copied(self, array: Array) -> Array:
        """Return the same numbers in a buffer of their own."""
        return self._kept((COPY, array), lambda: Array(self, COPY, (array,), array.shape, array.dtype))

    def shown(self, base: Array, view: View) -> Array:
        """Return what `view` shows of the buffer of `base`."""
        if base.op is VIEW:
            raise ValueError("a view is taken of an array that has a buffer")
        if base.op is CONSTANT and not view.shape:
            return self.constant(float(view.on(np.ravel(base.value))))
        if view.shape == base.shape and view.is_contiguous and view.offset == 0:
            return base
        if 0 in view.shape:
            return self._nothing(view.shape, base.dtype)
        if base.op is CONSTANT:
            return self.constant(view.on(np.ravel(base.value)))

        def make() -> Array:
            array = Array(self, VIEW, (base,), view.shape, base.dtype)
            array.view = view
            return array

        return self._kept((VIEW, base, view), make)

    def accumulated(self, shape: tuple[int, ...], dtype: Any, parts: Iterable[tuple[View, Array]]) -> Array:
        """Return zeros of `shape` into which each part is added where its view points; views repeat no element."""
        parts = tuple(parts)
        if not parts or 0 in shape:
            return self.constant(np.zeros(shape, dtype))

        def make() -> Array:
            array = Array(self, ACCUMULATE, tuple(part for _, part in parts), shape, dtype)
            array.views = tuple(view for view, _ in parts)
            return array

        return self._kept((ACCUMULATE, shape, parts), make)


def _plain(x: Any) -> Any:
    return x if isinstance(x, np.ndarray) and x.ndim else float(x)


def _shown_by(key: Any) -> Any:
    """Return the key with which NumPy shows a single element too, instead of taking it out."""
    keys = key if isinstance(key, tuple) else (key,)
    return key if any(k is ... for k in keys) else (*keys, ...)


def _unboxed(x: Any) -> Any:
    return float(x) if np.ndim(x) == 0 else x


def _strides_of(move: Any, array: Array) -> View | None:
    """Return the view that `move` makes of an array, None where it must copy."""
    start = array.window
    flat = np.empty(max(array.base.size, 1), np.int8)
    moved = move(start.on(flat))
    if not moved.size:
        return View(0, moved.shape, whole(moved.shape).strides)
    if not np.may_share_memory(moved, flat):
        return None
    address = moved.__array_interface__["data"][0] - flat.__array_interface__["data"][0]
    return View(address, moved.shape, moved.strides)


def _result_of(op: ArrayOp, arrays: tuple[Array, ...]) -> tuple[tuple[int, ...], Any]:
    """Return shape and type of what a structural operation gives, found by running it on zeros if it does not say."""
    if op is matmul:
        # Without anything to sum up, so that it costs nothing.
        a, b = (x.shape for x in arrays)
        empty = np.empty((*a[:-1], 0)), np.empty((0,) if len(b) == 1 else (*b[:-2], 0, b[-1]))
        if a[-1] == b[-1 if len(b) == 1 else -2]:
            return np.shape(np.matmul(*empty)), np.result_type(*[x.dtype for x in arrays])
    if op.shape:
        return op.shape(*[x.shape for x in arrays], **op.parameters), np.result_type(*[x.dtype for x in arrays])
    with np.errstate(all="ignore"):
        result = op.on_arrays(*[np.zeros(x.shape, x.dtype) for x in arrays])
    # Numbers are in the place of a mask.
    return np.shape(result), arrays[0].dtype if result.dtype == np.bool_ else result.dtype


def arrays_below(roots: Iterable[Array]) -> list[Array]:
    """Return all arrays that `roots` depend on, themselves included, in order of creation."""
    found = set(roots)
    stack = list(found)
    while stack:
        for array in stack.pop().inputs:
            if array not in found:
                found.add(array)
                stack.append(array)
    return sorted(found, key=lambda array: array.number)
