"""Numbers, arrays, indices and texts as JSON: exact to the last bit, also inf and nan, which JSON lacks."""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import described, integer_at_least

_DTYPES = ("float32", "float64", "int32", "int64", "bool")
_FAR = 2**62  # beyond all indices

_T = TypeVar("_T")


def to_json(x: Any) -> Any:
    """Return None, a number, an array, a text or an index of them as what `json.dumps` takes; TypeError for others.

    >>> to_json(0.1), to_json(math.inf), to_json((0, ...))
    (0.1, 'inf', {'tuple': [0, {'ellipsis': True}]})
    """
    match x:
        case None | bool() | int():
            return x
        case float():
            return float(x) if math.isfinite(x) else ("-" if math.copysign(1.0, x) < 0.0 else "") + str(abs(x))
        case np.ndarray():
            if x.dtype.kind in "iu" and x.dtype.name not in _DTYPES:
                x = x.astype(np.int64)
            data = b64encode(np.ascontiguousarray(x).astype(x.dtype.newbyteorder("<")).tobytes()).decode()
            return {"dtype": x.dtype.name, "shape": list(x.shape), "base64": data}
        case np.integer():
            return int(x)
        case str():
            return {"text": x}
        case np.floating():  # float32: its type matters to what is computed with it
            return to_json(np.asarray(x))
        case tuple():
            return {"tuple": [to_json(item) for item in x]}
        case slice():
            return {"slice": [to_json(item) for item in (x.start, x.stop, x.step)]}
    if x is ...:
        return {"ellipsis": True}
    raise TypeError(f"cannot be saved: {described(x)}")


def from_json(x: Any) -> Any:
    """Return what `to_json` was given; TypeError or ValueError for what it does not make."""
    match x:
        case None | bool() | int() | float():
            return x
        case "inf" | "-inf" | "nan" | "-nan":
            return float(x)
        case {"dtype": dtype, "shape": shape, "base64": data}:
            return _array(dtype, [integer_at_least(0, "a size", size) for size in list_of(shape)], text_of(data))
        case {"tuple": items}:
            return tuple(from_json(item) for item in list_of(items))
        case {"slice": [start, stop, step]}:
            return slice(*(k if k is None else integer_at_least(-_FAR, "an index", k) for k in (start, stop, step)))
        case {"ellipsis": True}:
            return ...
        case {"text": text}:
            return text_of(text)
    raise ValueError(f"no number, array or index: {described(x)}")


def _array(dtype: Any, shape: list[int], data: str) -> NDArray[Any]:
    if dtype not in _DTYPES:
        raise ValueError(f"unknown type of numbers {described(dtype)}")
    content = b64decode(data, validate=True)
    wanted = np.dtype(dtype).newbyteorder("<")
    if len(content) != math.prod(shape) * wanted.itemsize:
        raise ValueError(f"an array of shape {tuple(shape)} holds {len(content)} bytes")
    return np.frombuffer(content, wanted).astype(dtype).reshape(shape)


def list_of(x: Any) -> list[Any]:
    """Return a list that came out of JSON; TypeError for anything else."""
    return _wanted(list, x)


def text_of(x: Any) -> str:
    """Return a text that came out of JSON; TypeError for anything else."""
    return _wanted(str, x)


def _wanted(kind: type[_T], x: Any) -> _T:
    if not isinstance(x, kind):
        raise TypeError(f"wanted a {kind.__name__}, got {described(x)}")
    return x
