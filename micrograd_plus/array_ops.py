"""Rows that move and add numbers without bending them: matrix products, sums, shapes, indices.

Such an operation has a pullback for each input instead of a slope: it takes the upstream gradient, the output and the
inputs to the gradient of that input. Pullbacks are written in operations that arrays and Tensors share, so that the
gradient of a gradient follows. Broadcasting is not a pullback's business: `Tensor` undoes it once, on the edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.ops import Op, Operand, abs_, exp, less, log, where

Array = NDArray[Any]
Axis = int | tuple[int, ...] | None

ARRAY_TABLE: dict[str, ArrayOp] = {}

_INT = frozenset([int])


class ArrayOp(Op):
    """A structural operation. Call it on arrays or Tensors, parameters by keyword.

    `formula`, where there is one, writes it in other rows, for the compiler; what it gives is the same up to rounding.

    >>> total(np.ones((2, 3)), axis=0, keepdims=False)
    array([2., 2., 2.])
    """

    __slots__ = ("formula", "pullbacks")

    def __init__(
        self,
        name: str,
        compute: Callable[..., Any],
        *pullbacks: Callable[..., Any],
        python: str = "",
        parameters: dict[str, Any] | None = None,
        formula: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(name, compute, compute, (0.0,) * len(pullbacks), python=python, parameters=parameters)
        self.formula = formula
        self.pullbacks = tuple(map(self._bound_function, pullbacks))

    def __call__(self, *inputs: Any, **parameters: Any) -> Any:
        for x in inputs:
            if isinstance(x, Operand):
                return x.apply(self.with_parameters(**parameters) if parameters else self, inputs)
        return self.on_arrays(*inputs, **parameters)

    def with_parameters(self, **parameters: Any) -> ArrayOp:
        """Return this row with its parameters set; the same plain parameters give the same object."""
        for value in parameters.values():
            # (True, 0) == (1, 0) == (1.0, 0), but they are three different indices.
            if value.__class__ is tuple and not _INT.issuperset(map(type, value)):
                return _bound(self, parameters)
        try:
            return _interned(self.name, **parameters)
        except TypeError:  # an index that holds arrays or slices has no hash
            return _bound(self, parameters)

    def contribution(self, k: int, upstream: Any, out: Any, inputs: Any) -> tuple[Any, Any]:
        """Return None, as there is no local derivative, and what the gradient of input `k` gets."""
        return None, self.pullbacks[k](upstream, out, *inputs)

    def shown_parameters(self) -> dict[str, str]:
        """Return the parameters as text; arrays of indices by type and shape."""
        return {name: _key_text(value) if name == "key" else repr(value) for name, value in self.parameters.items()}


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
    parameters = row.parameters | parameters
    compute, pullbacks = row.on_arrays, row.pullbacks
    return ArrayOp(row.name, compute, *pullbacks, python=row.python, parameters=parameters, formula=row.formula)


@lru_cache(maxsize=1024, typed=True)
def _interned(row: str, /, **parameters: Any) -> ArrayOp:
    return _bound(ARRAY_TABLE[row], parameters)


def structural(name: str, compute: Callable[..., Any], *pullbacks: Callable[..., Any], **facts: Any) -> ArrayOp:
    """Add a row that has one pullback per input."""
    ARRAY_TABLE[name] = ArrayOp(name, compute, *pullbacks, **facts)
    return ARRAY_TABLE[name]


# --- matrix product ---------------------------------------------------------------------------------------------------


def _matmul(a: Array, b: Array) -> Array:
    try:
        product: Array = np.matmul(a, b)
    except ValueError:
        raise ValueError(f"no matrix product of shapes {a.shape} and {b.shape}: want (..., n) @ (n, ...)") from None
    return product


def _to_left_factor(g: Any, out: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return g[..., None] * b
    return (b @ g[..., None])[..., 0] if a.ndim == 1 else g @ b.mT


def _to_right_factor(g: Any, out: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1:
        return g * a if b.ndim == 1 else a[:, None] * g[..., None, :]
    return (a.mT @ g[..., None])[..., 0] if b.ndim == 1 else a.mT @ g


matmul: ArrayOp = structural("matmul", _matmul, _to_left_factor, _to_right_factor, python="{} @ {}")

# --- shapes -----------------------------------------------------------------------------------------------------------


def _broadcast(x: Array, shape: tuple[int, ...]) -> Array:
    # np.broadcast_to costs more than writing a small array, and its result is read-only.
    result = np.empty(shape, x.dtype)
    result[...] = x
    return result


def summed_to(x: Array, shape: tuple[int, ...]) -> Array:
    """Sum `x` over the axes along which `shape` was stretched to the shape of `x`."""
    leading = x.ndim - len(shape)
    if leading == 1 and x.shape[1:] == shape:
        first: Array = np.add.reduce(x)
        return first
    axes = (*range(leading), *(k for k in range(leading, x.ndim) if shape[k - leading] == 1 != x.shape[k]))
    summed: Array = np.add.reduce(x, axis=axes)
    return summed.reshape(shape)


def _reshape(x: Array, shape: tuple[int, ...]) -> Array:
    try:
        return x.reshape(shape)
    except ValueError:
        wanted = f"want {x.size} elements and at most one size of -1"
        raise ValueError(f"no reshape of shape {x.shape} to {shape}: {wanted}") from None


def _transpose(x: Array, axes: tuple[int, ...]) -> Array:
    try:
        return x.transpose(axes)
    except ValueError:
        wanted = f"want each of its {x.ndim} axes once"
        raise ValueError(f"no transpose of shape {x.shape} by axes {axes}: {wanted}") from None


broadcast_to: ArrayOp = structural(
    "broadcast_to", _broadcast, lambda g, out, x, shape: sum_to(g, shape=x.shape), python="broadcast_to({}, {shape})"
)
sum_to: ArrayOp = structural(
    "sum_to", summed_to, lambda g, out, x, shape: broadcast_to(g, shape=x.shape), python="sum_to({}, {shape})"
)
reshape: ArrayOp = structural(
    "reshape",
    _reshape,
    lambda g, out, x, shape: reshape(g, shape=x.shape),
    python="reshape({}, {shape})",
)
transpose: ArrayOp = structural(
    "transpose",
    _transpose,
    lambda g, out, x, axes: transpose(g, axes=tuple(np.argsort([k % x.ndim for k in axes]).tolist())),
    python="transpose({}, {axes})",
)

# --- indices ----------------------------------------------------------------------------------------------------------


def _scatter(x: Array, key: Any, shape: tuple[int, ...]) -> Array:
    result = np.zeros(shape, x.dtype)
    np.add.at(result, key, x)
    return result


index: ArrayOp = structural(
    "index", lambda x, key: x[key], lambda g, out, x, key: scatter(g, key=key, shape=x.shape), python="{}[{key}]"
)
scatter: ArrayOp = structural(
    "scatter", _scatter, lambda g, out, x, key, shape: index(g, key=key), python="scatter({}, {key}, {shape})"
)

# --- reductions: `axis` is None, an axis or several -------------------------------------------------------------------

_ALL: dict[str, Any] = {"axis": None, "keepdims": False}


def stretched(x: Any, shape: tuple[int, ...], axis: Axis) -> Any:
    """Take a reduction's result back to the `shape` it was reduced from, along `axis`."""
    if axis is not None and x.ndim:
        x = reshape(x, shape=kept_shape(shape, axis))
    return broadcast_to(x, shape=shape)


def kept_shape(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """Return `shape` with 1 in place of the reduced axes."""
    reduced = {k % len(shape) for k in _axes(axis, len(shape))}
    return tuple(1 if k in reduced else size for k, size in enumerate(shape))


def _axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    # NumPy takes a single number for an array of one axis too.
    if axis is None or not ndim:
        return tuple(range(ndim))
    return axis if isinstance(axis, tuple) else (axis,)


def _count(shape: tuple[int, ...], axis: Axis) -> int:
    return math.prod(shape[k] for k in _axes(axis, len(shape)))


def _reduced_by(ufunc: Any) -> Callable[..., Any]:
    return lambda x, axis, keepdims: ufunc.reduce(x, axis=axis, keepdims=keepdims)


_sum = _reduced_by(np.add)


def _mean(x: Array, axis: Axis, keepdims: bool) -> Any:
    # np.mean is three times slower on small arrays.
    return _sum(x, axis, keepdims) / _count(x.shape, axis)


def _first_extreme(x: Array, extreme: Array, axis: Axis) -> Array:
    hit: Array = np.equal(x, np.reshape(extreme, kept_shape(x.shape, axis)))
    axes = _axes(axis, x.ndim)
    last = tuple(range(-len(axes), 0))
    moved = np.moveaxis(hit, axes, last)
    flat = moved.reshape(*moved.shape[: moved.ndim - len(axes)], _count(x.shape, axis))
    first = (flat & (np.cumsum(flat, axis=-1) == 1)).reshape(moved.shape)
    result: Array = np.moveaxis(first, last, axes).astype(x.dtype)
    return result


def _to_extreme(g: Any, out: Any, x: Any, axis: Axis, keepdims: bool) -> Any:
    return where(first_extreme(x, out, axis=axis), stretched(g, x.shape, axis), 0.0)


def _nothing(g: Any, out: Any, *inputs: Any, **parameters: Any) -> float:
    return 0.0


# 1 where an array first reaches its extreme along the axis, 0 elsewhere.
first_extreme: ArrayOp = structural("first_extreme", _first_extreme, _nothing, _nothing, parameters={"axis": None})
detached: ArrayOp = structural("detached", lambda x: x, _nothing)


total: ArrayOp = structural(
    "sum",
    _sum,
    lambda g, out, x, axis, keepdims: stretched(g, x.shape, axis),
    parameters=_ALL,
)
mean: ArrayOp = structural(
    "mean",
    _mean,
    lambda g, out, x, axis, keepdims: stretched(g / _count(x.shape, axis), x.shape, axis),
    parameters=_ALL,
    formula=lambda x, axis, keepdims: total(x, axis=axis, keepdims=keepdims) / float(_count(x.shape, axis)),
)
# Where several elements are the largest, the gradient goes to the first, as for `maximum`.
largest: ArrayOp = structural("max", _reduced_by(np.maximum), _to_extreme, parameters=_ALL)
smallest: ArrayOp = structural("min", _reduced_by(np.minimum), _to_extreme, parameters=_ALL)

# --- exponentials that cannot overflow --------------------------------------------------------------------------------


def _logsumexp(x: Array, axis: Axis, keepdims: bool) -> Array:
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):  # the logarithm of a sum of zeros is -inf
        result: Array = np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top
    return result if keepdims else np.squeeze(result, axis=axis)


def _top(x: Any, axis: Axis) -> Any:
    """Return what may be subtracted before `exp`: the largest element along `axis`, 0 where that is infinite or nan."""
    top = detached(largest(x, axis=axis, keepdims=True))
    return where(less(abs_(top), math.inf), top, 0.0)


def _formula_of_logsumexp(x: Any, axis: Axis, keepdims: bool) -> Any:
    top = _top(x, axis)
    result = log(total(exp(x - top), axis=axis, keepdims=True)) + top
    return result if keepdims else total(result, axis=axis)


def _formula_of_softmax(x: Any, axis: Axis) -> Any:
    powers = exp(x - _top(x, axis))
    return powers / total(powers, axis=axis, keepdims=True)


logsumexp: ArrayOp = structural(
    "logsumexp",
    _logsumexp,
    lambda g, out, x, axis, keepdims: stretched(g, x.shape, axis) * exp(x - stretched(out, x.shape, axis)),
    parameters=_ALL,
    formula=_formula_of_logsumexp,
)
log_softmax: ArrayOp = structural(
    "log_softmax",
    lambda x, axis: x - _logsumexp(x, axis, True),
    lambda g, out, x, axis: g - exp(out) * total(g, axis=axis, keepdims=True),
    parameters={"axis": -1},
    formula=lambda x, axis: x - _formula_of_logsumexp(x, axis, True),
)
softmax: ArrayOp = structural(
    "softmax",
    lambda x, axis: np.exp(x - _logsumexp(x, axis, True)),
    lambda g, out, x, axis: out * (g - total(g * out, axis=axis, keepdims=True)),
    parameters={"axis": -1},
    formula=_formula_of_softmax,
)
