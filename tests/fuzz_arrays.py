"""Indices of Tensors and arguments of functions of arrays, of all types and sizes."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from micrograd_plus import Tensor
from tests.array_cases import CASES
from tests.array_cases.case import parts


def _argument(rng: random.Random, depth: int = 0) -> Any:
    """Return what may stand as an index or an argument of a function, and what may not."""
    whole = (0, 1, 2, -1, -3, 3, 7, 100, -(2**31), 2**62, -(2**63), 2**64, 10**30)
    match rng.randrange(17 if depth < 2 else 9):
        case 0 | 1 | 2:
            return rng.choice(whole)
        case 3:
            return None
        case 4:
            return rng.choice((True, False, ..., type, "x", "", b"x", 1j))
        case 5:
            return rng.choice((0.5, -0.0, 1.0, float("nan"), float("inf"), 1e308))
        case 6 | 7:
            return slice(*(rng.choice((None, None, *whole)) for _ in range(3)))
        case 8:
            return rng.choice((np.int8(1), np.uint64(2**63), np.float32(1.0), np.bool_(True), np.str_("x")))
        case 9 | 10 | 11:
            return tuple(_argument(rng, depth + 1) for _ in range(rng.randrange(5)))
        case 12 | 13:
            return [_argument(rng, depth + 1) for _ in range(rng.randrange(4))]
        case 14:
            return Tensor([0.0, 1.0]) if rng.randrange(2) else {"a": 1}
        case _:
            shape = tuple(rng.choice((0, 1, 2, 3, 3)) for _ in range(rng.randrange(4)))
            dtype = rng.choice(("int64", "int8", "bool", "float64", "uint8", "complex128", "object", "U1"))
            return np.array(rng.choices((0, 1, 2, -1, 5), k=int(np.prod(shape)))).reshape(shape).astype(dtype)


def _shape(rng: random.Random) -> tuple[int, ...]:
    return tuple(rng.choice((0, 1, 2, 3, 4)) for _ in range(rng.randrange(5)))


def drawn_index(rng: random.Random) -> tuple[tuple[int, ...], Any]:
    return _shape(rng), _argument(rng)


def read_index(given: tuple[tuple[int, ...], Any]) -> None:
    shape, key = given
    x = Tensor(np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape))
    try:
        part = x[key]
    except (TypeError, ValueError, IndexError):
        _numpy_refuses(x.data, key)
        raise
    np.testing.assert_array_equal(part.data, x.data[key.data if isinstance(key, Tensor) else key])
    part.sum().backward()
    assert x.grad.sum() == part.size


def _numpy_refuses(data: np.ndarray, key: Any) -> None:
    try:
        part = data[key]
    except (TypeError, ValueError, IndexError, OverflowError):
        return
    raise AssertionError(f"NumPy gives {part!r}")


def drawn_call(rng: random.Random) -> tuple[Any, ...]:
    place = rng.randrange(len(CASES))
    case = CASES[place]
    shapes = [shape if rng.random() < 0.7 else _shape(rng) for shape in case.shapes]
    arguments = [x if rng.random() < 0.7 else _argument(rng) for x in case.arguments]
    keywords = {name: x if rng.random() < 0.6 else _argument(rng) for name, x in case.keywords.items()}
    if rng.random() < 0.2:
        keywords[rng.choice(("axis", "keepdims", "dim", "ddof", "shape", "out", "dtype"))] = _argument(rng)
    if rng.random() < 0.1:
        arguments.append(_argument(rng))
    return place, shapes, arguments, keywords


def read_call(given: tuple[Any, ...]) -> None:
    place, shapes, arguments, keywords = given
    known = CASES[place]
    case = type(known)(known.function, tuple(shapes), tuple(arguments), keywords, known.call)
    inputs = [Tensor(x) for x in case.inputs()]
    for result in parts(case.of(inputs)):
        if isinstance(result, Tensor):
            result.sum().backward()
