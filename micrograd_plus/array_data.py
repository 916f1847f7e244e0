"""What Tensors take in and hold: arrays of floats, and indices that nobody else changes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from micrograd_plus.arguments import described, float_type, is_masked, real
from micrograd_plus.engine import Node
from micrograd_plus.nested import refuse_nodes

Array = NDArray[Any]

_BOOL = np.dtype(bool)
_FLOAT64 = np.dtype(np.float64)


def floats_of(data: Any, dtype: DTypeLike | None = None) -> Array:
    """Return `data` as an array of float32 or float64, or raise a TypeError or ValueError that says what came."""
    if data.__class__ is np.ndarray and data.dtype is _FLOAT64 and dtype is None:
        return data
    if isinstance(data, Node):
        if not isinstance(data._data, np.ndarray):
            raise TypeError(f"a Tensor holds an array of numbers and does not mix with {type(data).__name__}s")
        data = data._data
    if isinstance(data, list | tuple):
        refuse_nodes(data, Node)
    if is_masked(data):
        raise TypeError("a Tensor has no mask, and what a masked array hides would count: give it `.filled(number)`")
    try:
        array = np.asarray(real(np.asarray(data)))
    except (TypeError, ValueError):
        raise TypeError(f"wanted an array of real numbers, got {described(data)}") from None
    own = array.dtype if array.dtype == np.float32 else _FLOAT64
    return array.astype(own if dtype is None else float_type(dtype), copy=False)


def zero_of(data: Any) -> Any:
    """Return the zero of the type and shape of a float or an array, also of one that is not finite."""
    return np.zeros_like(data) if isinstance(data, np.ndarray) else 0.0


def result_of(data: Any, dtype: np.dtype[Any]) -> Array:
    """Return an operation's result as an array; what a comparison gives counts as 0 and 1 in the inputs' type."""
    return np.asarray(data, dtype if data.dtype is _BOOL else None)


def owned(key: Any) -> Any:
    """Return an index whose arrays nobody else can change before `backward()` reads them; TypeError for a node."""
    if isinstance(key, Node):
        holds = (
            "holds floats: see tensor.astype(int)"
            if isinstance(key._data, np.ndarray)
            else "is none: see int(value.data)"
        )
        raise TypeError(f"indices are integers or bools, and a {type(key).__name__} {holds}")
    if isinstance(key, tuple):
        # A tuple within a tuple is a list of places, which may name one of them twice.
        return tuple(owned(list(part) if isinstance(part, tuple) else part) for part in key)
    if isinstance(key, list):
        places = np.array(key)
        return places if places.size else places.astype(int)  # an array of nothing is one of floats
    if isinstance(key, np.ndarray):
        return np.array(key) if np.ndim(key) else key.item()
    return key
