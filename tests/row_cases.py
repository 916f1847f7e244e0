"""Cases of structural rows, with what they give in NumPy or one element after the other."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.array_cases.case import Shape
from tests.array_cases.products import LEFT, RIGHT
from tests.array_cases.reductions import log_of_sum
from tests.array_cases.shapes import AXES, RESHAPED, STRETCHED

Case = tuple[str, tuple[Shape, ...], dict[str, Any]]

SHAPES: list[Shape] = [(), (1,), (4,), (2, 3), (3, 1), (2, 1, 3), (2, 0), (0,)]
KEYS = {
    "an int": 1,
    "from the end": -1,
    "NumPy's int": np.int64(2),
    "two ints": (1, 2),
    "a slice": slice(1, None),
    "a step": slice(None, None, 2),
    "backwards": (slice(None), slice(None, None, -2)),
    "an empty slice": slice(3, 1),
    "slice and int": (slice(0, 2), 3),
    "None": None,
    "Ellipsis": ...,
    "Ellipsis, None, int": (..., None, 1),
    "nothing": (),
    "True": True,
    "True in a tuple": (True, 0),
    "an integer array with repeats": np.array([0, 2, 0, 0]),
    "pairs with repeats": (np.array([0, 2, 0]), np.array([1, 1, 1])),
    "a list with repeats": (slice(None), [3, 3, 0]),
    "a two-dimensional integer array": np.array([[0, 1], [-1, 0]]),
    "no indices": np.array([], dtype=int),
    "a mask of rows": np.array([True, False, True]),
    "a mask of elements": np.arange(12).reshape(3, 4) % 5 == 0,
    "a mask and an int": (np.array([True, False, True]), 1),
    "a mask and integers": (np.array([True, False, True]), np.array([3, 3])),
    "a list of bools": (slice(None), [True, False, False, True]),
    "False": False,
    "NumPy's True": np.True_,
    "no rows by a mask": np.zeros(3, bool),
    "integers behind None": (None, np.array([2, 2])),
    "integers and a step backwards": (slice(None, None, -1), np.array([[0], [3], [0]])),
    "small integers from the end": np.array([-1, -3, -1], np.int8),
}
GRID: Shape = (3, 4)
JOINED: list[tuple[tuple[Shape, ...], int]] = [
    (((3,), (2,)), 0),
    (((3,), (0,), (1,)), -1),
    (((2, 3), (1, 3), (2, 3)), 0),
    (((2, 1, 3), (2, 4, 3)), -2),
    (((2, 3),), 1),
]
ALONG: list[tuple[Shape, int]] = [
    ((1,), 0),
    ((5,), 0),
    ((2, 6), 1),
    ((4, 1, 3), 0),
    ((2, 0), 1),
    ((0, 3), 1),
    ((0,), 0),
]


def axes_of(shape: Shape) -> Iterator[Any]:
    """Yield ways to say over what to reduce."""
    yield from (None, ())
    yield from range(len(shape))
    if shape:
        yield -1
    if len(shape) > 1:
        yield (-1, 0)
        yield from itertools.combinations(range(len(shape)), 2)
    if len(shape) > 2:
        yield tuple(range(len(shape)))


def reduced_size(shape: Shape, axis: Any) -> int:
    """Return of how many elements each result is made."""
    axes = range(len(shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return int(np.prod([shape[k] for k in axes]))


def reductions(row: str, *, of_nothing: bool) -> Iterator[Case]:
    for shape in SHAPES:
        for axis in axes_of(shape):
            if reduced_size(shape, axis) or of_nothing:
                for keepdims in (False, True):
                    yield row, (shape,), {"axis": axis, "keepdims": keepdims}


def first_extremes() -> Iterator[Case]:
    for shape in SHAPES:
        for axis in axes_of(shape):
            if reduced_size(shape, axis):
                yield "first_extreme", (shape, np.empty(shape).sum(axis=axis).shape), {"axis": axis}


def normalisations(row: str) -> Iterator[Case]:
    for shape in SHAPES:
        for axis in axes_of(shape):
            yield row, (shape,), {"axis": axis}


def of_mean_zero() -> Iterator[Case]:
    for shape in SHAPES:
        for axis in axes_of(shape):
            if reduced_size(shape, axis):
                yield "normalised", (shape,), {"axis": axis, "eps": 0.1}


CASES: list[Case] = [
    *(("matmul", shapes, {}) for shapes in itertools.product(LEFT, RIGHT)),
    *(("broadcast_to", (small,), {"shape": large}) for small, large in STRETCHED),
    *(("sum_to", (large,), {"shape": small}) for small, large in STRETCHED),
    *(("reshape", (before,), {"shape": after}) for before, after in RESHAPED),
    *(("transpose", (shape,), {"axes": axes}) for shape, axes in AXES),
    *(("index", (GRID,), {"key": key}) for key in KEYS.values()),
    *(("scatter", (np.empty(GRID)[key].shape,), {"key": key, "shape": GRID}) for key in KEYS.values()),
    *(("concatenate", shapes, {"axis": axis}) for shapes, axis in JOINED),
    *(
        ("roll", (shape,), {"shift": n, "axis": k})
        for shape in SHAPES
        for k, size in enumerate(shape)
        for n in {0, 1, size}
        if n <= size
    ),
    *(("stack", (shape,) * 3, {"axis": axis}) for shape in SHAPES for axis in range(len(shape) + 1)),
    *reductions("sum", of_nothing=True),
    *reductions("mean", of_nothing=False),
    *reductions("max", of_nothing=False),
    *reductions("min", of_nothing=False),
    *reductions("logsumexp", of_nothing=False),
    *normalisations("softmax"),
    *normalisations("log_softmax"),
    *of_mean_zero(),
    *first_extremes(),
    *(("cross_entropy", ((len(labels), 3),), {"labels": np.array(labels, int)}) for labels in ([0], [2, 0, 2, 1], [])),
    *(("detached", (shape,), {}) for shape in SHAPES),
    *(
        (row, (shape,) * count, {"axis": axis, "reverse": reverse})
        for row, count in (("exclusive_cumprod", 1), ("linear_recurrence", 2))
        for shape, axis in ALONG
        for reverse in (False, True)
    ),
    *((row, (shape,) * 2, {"axis": axis}) for row in ("in_order", "from_order") for shape, axis in ALONG),
    *(("astype", (shape,), {"dtype": "float64"}) for shape in SHAPES),
]


def named(case: Any) -> str:
    row, shapes, parameters = case
    keys = {id(key): name for name, key in KEYS.items()}
    shown = [keys[id(value)] if name == "key" else f"{name}={value}" for name, value in parameters.items()]
    return " ".join([row, *map(str, shapes), *shown])


def with_loops(row: str, x: np.ndarray, shape: Shape, key: Any = None) -> np.ndarray:
    """Return `sum_to` or `scatter`, one element after the other."""
    result = np.zeros(shape)
    places = np.arange(result.size).reshape(shape)
    places = places[key] if row == "scatter" else np.broadcast_to(places, x.shape)
    for place, number in zip(places.ravel(), x.ravel(), strict=True):
        result.flat[place] += number
    return result


def first_hits(x: np.ndarray, extreme: np.ndarray, axis: Any) -> np.ndarray:
    """Return `first_extreme`, one element after the other."""
    given = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = [k % x.ndim for k in given]
    rest = [k for k in range(x.ndim) if k not in axes]
    result = np.zeros(x.shape)
    for place in np.ndindex(*(x.shape[k] for k in rest)):
        for within in np.ndindex(*(x.shape[k] for k in axes)):
            at = tuple(dict(zip([*rest, *axes], [*place, *within], strict=True))[k] for k in range(x.ndim))
            if x[at] == extreme[place]:
                result[at] = 1.0
                break
    return result


def exclusive_products(x: np.ndarray, axis: int, reverse: bool) -> np.ndarray:
    """Return `exclusive_cumprod`: the products of all that is before, or after, each element."""
    result = np.ones(x.shape)
    for k in range(x.shape[axis]):
        others = slice(k + 1, None) if reverse else slice(k)
        result.swapaxes(0, axis)[k] = x.swapaxes(0, axis)[others].prod(axis=0)
    return result


def recurrence(b: np.ndarray, a: np.ndarray, axis: int, reverse: bool) -> np.ndarray:
    """Return `linear_recurrence`, one element after the other."""
    result = np.zeros(b.shape)
    r, b, a = (x.swapaxes(0, axis)[:: -1 if reverse else 1] for x in (result, b, a))
    for k in range(1, len(r)):
        r[k] = b[k - 1] + a[k - 1] * r[k - 1]
    return result


def from_order(x: np.ndarray, keys: np.ndarray, axis: int) -> np.ndarray:
    """Return `from_order`: the element at a key's rank."""
    return np.take_along_axis(x, keys.argsort(axis=axis).argsort(axis=axis), axis)


def normalised(x: np.ndarray, axis: Any, eps: float) -> Any:
    return (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + eps)


IN_NUMPY: dict[str, Callable[..., Any]] = {
    "matmul": np.matmul,
    "broadcast_to": np.broadcast_to,
    "sum_to": lambda x, shape: with_loops("sum_to", x, shape),
    "reshape": np.reshape,
    "transpose": np.transpose,
    "concatenate": lambda *arrays, axis: np.concatenate(arrays, axis),
    "roll": np.roll,
    "stack": lambda *arrays, axis: np.stack(arrays, axis),
    "index": lambda x, key: x[key],
    "scatter": lambda x, key, shape: with_loops("scatter", x, shape, key),
    "sum": np.sum,
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "logsumexp": log_of_sum,
    "softmax": lambda x, axis: np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True),
    "log_softmax": lambda x, axis: x - log_of_sum(x, axis, True),
    "normalised": normalised,
    "cross_entropy": lambda x, labels: log_of_sum(x, 1, False) - [row[k] for row, k in zip(x, labels, strict=True)],
    "first_extreme": first_hits,
    "exclusive_cumprod": exclusive_products,
    "linear_recurrence": recurrence,
    "in_order": lambda x, keys, axis: np.take_along_axis(x, keys.argsort(axis=axis), axis),
    "from_order": from_order,
    "detached": np.copy,
    "astype": np.ndarray.astype,
}
