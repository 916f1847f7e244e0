"""What a row of the table of structural operations is, and the table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.ops import Op, Operand
from micrograd_plus.row import named_in

Array = NDArray[Any]
Shape = tuple[int, ...]
Axis = int | tuple[int, ...] | None

ARRAY_TABLE: dict[str, ArrayOp] = {}

_INT = frozenset([int])
_FACTS = (*Op.__slots__, "formula", "laid_out", "linear", "names", "pullback", "pullbacks", "shape", "size")


class ArrayOp(Op):
    """A structural operation. Call it on arrays or Tensors, parameters by keyword.

    `pullbacks` has a function (upstream, out, *inputs) for each input, or `pullback` is one for all, which is told
    first of which input it is asked: then the row takes any number of inputs. `linear` says that the row is linear in
    each of its inputs while the others stay. `formula`, where there is one, writes it in other rows, for the compiler;
    what it gives is the same up to rounding. `size`, a function of the shapes of the inputs, says how many elements the
    row gives; a row that never gives more than each of them has none. `laid_out` says how many elements it puts down in
    between, where they may be many more. `shape` says, of these too, what shape the result has; a row without it is run
    on zeros to find that. `parameters` are those that a call may leave out, with their values, `names` those that each
    call gives.

    >>> from micrograd_plus.array_ops import total
    >>> total(np.ones((2, 3)), axis=0, keepdims=False)
    array([2., 2., 2.])
    """

    __slots__ = ("formula", "laid_out", "linear", "names", "pullback", "pullbacks", "shape", "size")

    def __init__(
        self,
        name: str,
        compute: Callable[..., Any],
        *pullbacks: Callable[..., Any],
        python: str = "",
        latex: str = "",
        parameters: dict[str, Any] | None = None,
        names: Sequence[str] = (),
        formula: Callable[..., Any] | None = None,
        laid_out: Callable[..., int] | None = None,
        linear: bool = False,
        pullback: Callable[..., Any] | None = None,
        shape: Callable[..., Shape] | None = None,
        size: Callable[..., int] | None = None,
    ) -> None:
        slopes = (0.0,) * len(pullbacks)
        super().__init__(name, compute, compute, slopes, python=python, latex=latex, parameters=parameters, names=names)
        self.names = names
        self.formula = formula
        self.laid_out = laid_out
        self.linear = linear
        self.pullback = pullback
        self.shape = shape
        self.size = size
        self.pullbacks = tuple(map(self._bound_function, pullbacks))

    def __call__(self, *inputs: Any, **parameters: Any) -> Any:
        for x in inputs:
            if isinstance(x, Operand):
                op = self.with_parameters(**parameters) if parameters else self
                return x.apply(op.taking(len(inputs)) if self.pullback else op, inputs)
        return self.on_arrays(*inputs, **parameters)

    def with_parameters(self, **parameters: Any) -> ArrayOp:
        """Return this row with its parameters set; the same plain parameters give the same object."""
        for value in parameters.values():
            kind = value.__class__
            # (True, 0) == (1, 0) == (1.0, 0), but they are three different indices.
            if kind is slice or kind is np.ndarray or (kind is tuple and not _INT.issuperset(map(type, value))):
                return _bound(self, parameters)
        try:
            return _interned(self, **parameters)
        except TypeError:  # a list has no hash
            return _bound(self, parameters)

    def taking(self, count: int) -> ArrayOp:
        """Return this row for so many inputs, if it takes any number."""
        return self if self.pullback is None or self.arity == count else _of_arity(self, count)

    def contribution(self, k: int, upstream: Any, out: Any, inputs: Any, product: Any = None) -> tuple[Any, Any]:
        """Return None, as there is no local derivative, and what the gradient of input `k` gets."""
        return None, self.pullbacks[k](upstream, out, *inputs)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.name, self.parameters, self.arity)

    def shown_parameters(self) -> dict[str, str]:
        """Return the parameters as text; arrays of indices by type and shape."""
        return {
            name: _key_text(value) if name == "key" or isinstance(value, np.ndarray) else repr(value)
            for name, value in self.parameters.items()
        }


def _restored(name: str, parameters: dict[str, Any], arity: int) -> ArrayOp:
    row = named_in(ARRAY_TABLE, name)
    return (row.with_parameters(**parameters) if parameters else row).taking(arity)


def _key_text(key: Any) -> str:
    if isinstance(key, tuple) and key:
        return ", ".join(map(_key_text, key))
    if isinstance(key, slice):
        ends = [key.start, key.stop] if key.step is None else [key.start, key.stop, key.step]
        return ":".join("" if end is None else str(end) for end in ends)
    if isinstance(key, np.ndarray | list):
        return f"{np.asarray(key).dtype}{np.shape(key)}"
    return "..." if key is ... else str(key)


def _bound(row: ArrayOp, parameters: dict[str, Any]) -> ArrayOp:
    # Every index by an array makes a row anew: half the time of writing its facts down again.
    op: ArrayOp = object.__new__(ArrayOp)
    for fact in _FACTS:
        setattr(op, fact, getattr(row, fact))
    op.parameters = row.parameters | parameters
    op.on_floats = op.on_arrays = partial(row.on_arrays, **parameters)
    op.pullbacks = tuple([partial(pullback, **parameters) for pullback in row.pullbacks])
    return op


@lru_cache(maxsize=1024, typed=True)
def _interned(row: ArrayOp, /, **parameters: Any) -> ArrayOp:
    return _bound(row, parameters)


@lru_cache(maxsize=1024)
def _of_arity(op: ArrayOp, count: int) -> ArrayOp:
    assert op.pullback is not None
    pullbacks = [partial(op.pullback, k) for k in range(count)]
    kept = ("parameters", "names", "formula", "laid_out", "linear", "pullback", "shape", "size")
    facts: dict[str, Any] = {name: getattr(op, name) for name in kept}
    return ArrayOp(op.name, op.on_arrays, *pullbacks, **facts)


def structural(name: str, compute: Callable[..., Any], *pullbacks: Callable[..., Any], **facts: Any) -> ArrayOp:
    """Add a row; see `ArrayOp`."""
    ARRAY_TABLE[name] = ArrayOp(name, compute, *pullbacks, **facts)
    return ARRAY_TABLE[name]


def size_of_alike(first: Shape, *others: Shape, **parameters: Any) -> int:
    """Return the size of a row whose inputs and result have one shape; ValueError where inputs would be stretched."""
    if any(shape != first for shape in others):
        raise ValueError(f"wanted arrays of one shape, got {', '.join(map(str, (first, *others)))}")
    return math.prod(first)


def nothing(g: Any, out: Any, *inputs: Any, **parameters: Any) -> float:
    """Pull nothing back: for an input by which there is no derivative."""
    return 0.0
