"""What NumPy's functions and ufuncs give on Tensors: the same as ours, a plain answer, or a clear refusal.

Nothing drops the graph in silence: what has no gradient gives plain answers only where these are integers, bools or
shapes, through which none could come; `np.zeros_like` and its kin give Tensors too. What NumPy reads without asking the
Tensor is plain: `np.asarray(tensor)`, `np.array([a, b])` and every list of Tensors, `array[0] = tensor`,
`np.full(3, tensor)`, `masked_array * tensor`, `np.random`, a function that `np.vectorize` made.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any

import numpy as np

from micrograd_plus.array_functions import FUNCTIONS, IN_NUMPY
from micrograd_plus.array_functions.registry import plain
from micrograd_plus.array_functions.replays import is_replayed
from micrograd_plus.array_ops import REDUCED_BY
from micrograd_plus.ops import ALIASES, TABLE, Op, Operand

# Answers through which no gradient could come: NumPy gives them of the Tensors' arrays.
PLAIN = {
    *(np.allclose, np.argpartition, np.argwhere, np.array2string),
    *(np.array_equal, np.array_equiv, np.array_repr, np.array_str, np.can_cast, np.common_type),
    *(np.digitize, np.flatnonzero, np.isclose, np.iscomplexobj, np.isin, np.isneginf),
    *(np.isposinf, np.isrealobj, np.lexsort, np.may_share_memory, np.min_scalar_type, np.ndim, np.nonzero),
    *(np.result_type, np.save, np.savetxt, np.savez, np.savez_compressed, np.searchsorted, np.shape),
    *(np.shares_memory, np.size),
}
_LEAVES = {np.empty_like, np.full_like, np.ones_like, np.zeros_like}

# Comparisons, and how they are written with the Tensor in front.
_TURNED: dict[Any, tuple[Callable[..., Any], Callable[..., Any]]] = {
    np.less: (operator.lt, operator.gt),
    np.less_equal: (operator.le, operator.ge),
    np.greater: (operator.gt, operator.lt),
    np.greater_equal: (operator.ge, operator.le),
    np.equal: (operator.eq, operator.eq),
    np.not_equal: (operator.ne, operator.ne),
}
# What is true of a Tensor's elements, as comparisons that come out alike where the answer is the same.
_ASKED: dict[Any, Callable[[Any], Any]] = {
    np.isfinite: lambda x: abs(x) < math.inf,
    np.isinf: lambda x: abs(x) == math.inf,
    np.isnan: lambda x: x != x,
    np.isneginf: lambda x: x == -math.inf,
    np.isposinf: lambda x: x == math.inf,
    np.signbit: lambda x: x < 0.0,
    **dict.fromkeys((np.logical_and, np.logical_not, np.logical_or, np.logical_xor), lambda x: x != 0.0),
    **dict.fromkeys((np.argwhere, np.flatnonzero, np.nonzero), lambda x: x != 0.0),
}
_PLAIN_UFUNCS = {asked for asked in (*_TURNED, *_ASKED) if isinstance(asked, np.ufunc)}


def _power(base: Any, exponent: Any) -> Any:
    return base**exponent if isinstance(base, Operand) else TABLE["pow"](base, exponent)


def _clip(
    x: Any,
    a_min: Any = None,
    a_max: Any = None,
    *,
    min: Any = None,  # noqa: A002 - NumPy's name
    max: Any = None,  # noqa: A002 - NumPy's name
) -> Any:
    low, high = (other if own is None else own for own, other in ((a_min, min), (a_max, max)))
    if np.ndim(low) == 0 == np.ndim(high) and not isinstance(low, Operand) and not isinstance(high, Operand):
        return TABLE["clip"](x, min=low, max=high)
    x = x if low is None else TABLE["maximum"](x, low)
    return x if high is None else TABLE["minimum"](x, high)


def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0.0) -> Any:
    result = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        result = TABLE["where"](condition, choice, result)
    return result


def _round(x: Any, decimals: int = 0) -> Any:
    return TABLE["round"](x * 10.0**decimals) / 10.0**decimals


_ROWS: dict[Any, Callable[..., Any]] = {op.ufunc: op for op in TABLE.values() if op.ufunc and not op.parameters}
_ROWS |= {np.matmul: FUNCTIONS["matmul"], np.power: _power, np.float_power: _power, np.fabs: TABLE["abs"]}
_ROWS |= dict.fromkeys((np.deg2rad, np.radians), lambda x: x * (math.pi / 180.0))
_ROWS |= dict.fromkeys((np.rad2deg, np.degrees), lambda x: x * (180.0 / math.pi))

# Functions that are no ufuncs; not of rows of a user's own, which come later and may mean something else.
_ROWS_LIKE: dict[Any, Op] = {getattr(np, name): op for name, op in (TABLE | ALIASES).items() if hasattr(np, name)}

# Where NumPy's arguments are others than the row's.
_CALLED: dict[Any, Callable[..., Any]] = {np.clip: _clip, np.round: _round, np.around: _round, np.select: _select}

# What a ufunc's methods are called here: np.add.reduce is sum.
_METHODS: dict[tuple[Any, str], str] = {
    **{(ufunc, "reduce"): row for row, ufunc in REDUCED_BY.items()},
    (np.logaddexp, "reduce"): "logsumexp",
    (np.add, "accumulate"): "cumsum",
    (np.multiply, "accumulate"): "cumprod",
}


def apply_ufunc(tensor: type, ufunc: np.ufunc, method: str, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Return what a ufunc gives on inputs of which one is a Tensor; TypeError for one that has no row."""
    name = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
    if keywords.get("out") is not None:
        raise TypeError(f"np.{name} would write a Tensor's numbers into an array, without its graph: leave out `out`")
    if method == "__call__":
        if ufunc in _PLAIN_UFUNCS:
            _tell(ufunc, inputs)
            return ufunc(*_plain(tensor, inputs), **keywords)
        if (row := _ROWS.get(ufunc)) and not keywords:
            return row(*inputs)
    elif ours := FUNCTIONS.get(_METHODS.get((ufunc, method), "")):
        # Both go along the first axis, where ours take all.
        return ours(*inputs[:1], **{"axis": inputs[1] if len(inputs) > 1 else 0, **keywords})
    raise TypeError(_refusal(name, keywords))


def apply_function(tensor: Any, function: Any, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Return what a function of NumPy's gives on Tensors; TypeError for one that has no counterpart here."""
    if not inputs and (first := next(iter(signature(function).parameters))) in keywords:
        # NumPy calls its first argument by many names.
        inputs, keywords = (keywords[first],), {name: x for name, x in keywords.items() if name != first}
    if ours := IN_NUMPY.get(function) or _CALLED.get(function) or _ROWS_LIKE.get(function):
        return ours(*inputs, **keywords)
    if function in _LEAVES and not any(isinstance(x, tensor) for x in (*inputs[1:], *keywords.values())):
        made = function(plain(inputs[0]), *inputs[1:], **keywords)
        return tensor.leaf(made) if made.dtype in (np.float32, np.float64) else made
    if function in PLAIN:
        _tell(function, inputs)
        return function(*_plain(tensor, inputs), **{name: _plain(tensor, x) for name, x in keywords.items()})
    raise TypeError(_refusal(f"{function.__module__}.{function.__name__}".removeprefix("numpy."), {}))


def _tell(asked: Any, inputs: Sequence[Any]) -> None:
    """Compare what a plain answer is of, for who computes the same again on other numbers; see `is_replayed`."""
    if not any(map(is_replayed, inputs)):
        return
    if asked in _TURNED:
        a, b = inputs
        compare, turned = _TURNED[asked]
        compare(a, b) if isinstance(a, Operand) else turned(b, a)
    elif asked in _ASKED:
        for x in filter(is_replayed, inputs):
            _ASKED[asked](x)


def _plain(tensor: type, x: Any) -> Any:
    """Return an argument of a NumPy function with arrays, which cannot be written into, in the place of Tensors."""
    if isinstance(x, tensor):
        array = plain(x).view()
        array.flags.writeable = False
        return array
    return type(x)(_plain(tensor, part) for part in x) if type(x) in (list, tuple) else x


def _refusal(name: str, keywords: Mapping[str, Any]) -> str:
    given = f" with {', '.join(keywords)}" if keywords else ""
    return f"np.{name}{given} has no gradient here: call it on np.asarray(tensor) for the plain numbers"
