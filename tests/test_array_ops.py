"""Structural operations: every row is checked over a table of shapes and parameters, also empty and single ones."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from micrograd_plus import array_ops
from micrograd_plus.array_ops import ARRAY_TABLE
from micrograd_plus.checks import check_gradients
from micrograd_plus.engine import gradient
from micrograd_plus.tensor import Tensor
from tests.array_cases.case import Shape, distinct
from tests.array_cases.graphs import cases_in_turn, nodes_to_order_2
from tests.array_cases.products import LEFT, RIGHT
from tests.array_cases.reductions import log_of_sum
from tests.array_cases.shapes import AXES, RESHAPED, STRETCHED
from tests.cases import each

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
    "first_extreme": first_hits,
    "exclusive_cumprod": exclusive_products,
    "linear_recurrence": recurrence,
    "in_order": lambda x, keys, axis: np.take_along_axis(x, keys.argsort(axis=axis), axis),
    "from_order": from_order,
    "detached": np.copy,
    "astype": np.ndarray.astype,
}


def test_every_row_has_cases_or_is_reached_by_those_of_functions() -> None:
    assert {row for row, _, _ in CASES} == IN_NUMPY.keys()
    missing = ARRAY_TABLE.keys() - IN_NUMPY.keys()
    for case in cases_in_turn():
        if not missing:
            break
        missing -= {node.op.name for node in nodes_to_order_2(case)}
    assert not missing


@each("case", CASES, named)
def test_results_are_those_of_numpy(case: Case) -> None:
    row, shapes, parameters = case
    inputs = distinct(shapes)
    expected = np.asarray(IN_NUMPY[row](*inputs, **parameters))
    on_arrays = np.asarray(ARRAY_TABLE[row](*inputs, **parameters))
    on_tensors = ARRAY_TABLE[row](*map(Tensor, inputs), **parameters)
    assert isinstance(on_tensors, Tensor)
    for result in (on_arrays, on_tensors.data):
        assert result.shape == expected.shape
        # Sums of at most twelve numbers below 8, in any order.
        np.testing.assert_allclose(result, expected, rtol=1e-14, atol=1e-14)


@each("case", [case for case in CASES if case[0] != "detached"], named)
def test_gradients_are_what_differences_say(case: Case) -> None:
    row, shapes, parameters = case

    def weighed(*inputs: Tensor) -> Tensor:
        out = ARRAY_TABLE[row](*inputs, **parameters)
        weights = np.cos(np.arange(out.size)).reshape(out.shape)
        return (out * out * weights + out * weights).sum()  # bent, so that there is a second order

    check_gradients(weighed, *distinct(shapes))


@each("case", CASES, named)
def test_backward_and_gradient_agree_and_have_the_shape_of_the_input(case: Case) -> None:
    row, shapes, parameters = case
    inputs = [Tensor(x) for x in distinct(shapes)]
    y = (ARRAY_TABLE[row](*inputs, **parameters) ** 2).sum()
    y.backward()
    for x, slope in zip(inputs, gradient(y, inputs), strict=True):
        assert x.grad is not None
        assert x.grad.shape == slope.shape == x.shape
        np.testing.assert_array_equal(x.grad, slope.data)


@each("case", [case for case in CASES if case[0] != "astype"], named)
def test_float32_stays_float32(case: Case) -> None:
    row, shapes, parameters = case
    inputs = [Tensor(x, dtype=np.float32) for x in distinct(shapes)]
    y = ARRAY_TABLE[row](*inputs, **parameters)
    z = (y * y).sum()
    z.backward()
    first = gradient(z, inputs)
    second = gradient(sum((g * g).sum() for g in first), inputs)
    assert {node.dtype for node in (y, z, *first, *second)} == {np.dtype(np.float32)}
    assert {x.grad.dtype for x in inputs if x.grad is not None} == {np.dtype(np.float32)}


@pytest.mark.parametrize("axis", [0, 1, (0, 1), (1, 0), None])
def test_of_equal_extremes_the_first_is_told(axis: Any) -> None:
    x = np.random.default_rng(0).integers(0, 3, (4, 5)).astype(float)
    top = x.max(axis=axis)
    found = ARRAY_TABLE["first_extreme"](x, top, axis=axis)
    np.testing.assert_array_equal(found, first_hits(x, top, axis))
    assert found.sum() == top.size
    np.testing.assert_array_equal(found, ARRAY_TABLE["first_extreme"](x, x.max(axis=axis, keepdims=True), axis=axis))


def test_nothing_comes_back_through_what_is_detached() -> None:
    x = Tensor([1.0, -2.0, 3.0])
    y = (ARRAY_TABLE["detached"](x) * x).sum()
    [slope] = gradient(y, [x])
    y.backward()
    assert x.grad is not None
    assert x.grad.tolist() == slope.data.tolist() == [1.0, -2.0, 3.0]


# --- indices ----------------------------------------------------------------------------------------------------------


def test_elements_taken_twice_get_both_gradients() -> None:
    x = Tensor([1.0, 2.0, 3.0])
    x[np.array([0, 2, 0])].backward(np.array([1.0, 10.0, 100.0]))
    assert x.grad is not None
    assert x.grad.tolist() == [101.0, 0.0, 10.0]


def test_indices_on_either_side_of_a_slice() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    for key in (
        ([0, 1, 0], slice(None), [1, 1, 1]),
        (0, slice(1, None), np.array([[3, 3]])),
        (..., np.array([0, 2]), None, np.array([[1], [1]])),
        (np.array([True, False]), slice(None, None, 2), [2, 2]),
        (slice(None), np.arange(12).reshape(3, 4) % 3 == 0),
        (np.array(1), np.array(0)),
    ):
        weights = np.cos(np.arange(x[key].size)).reshape(x[key].shape)
        leaf = Tensor(x)
        leaf[key].backward(weights)
        np.testing.assert_array_equal(leaf[key].data, x[key], err_msg=str(key))
        np.testing.assert_allclose(leaf.grad, with_loops("scatter", weights, x.shape, key), rtol=1e-15, atol=1e-15)


def test_an_index_is_kept_as_it_was() -> None:
    x, rows = Tensor(np.ones((3, 2))), np.array([0, 0])
    y = x[rows]
    rows[:] = 2
    y.backward(np.ones((2, 2)))
    assert x.grad is not None
    assert x.grad.tolist() == [[2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]


def test_indices_that_are_equal_in_python_are_not_mixed_up() -> None:
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    for _ in range(2):  # what the first round has set up must not mislead the second
        for key in (1, True, np.int64(1), (1, 0), (True, 0), (1, False), ((0, 1), 1), ((False, True), 1)):
            np.testing.assert_array_equal(x[key].data, x.data[key])
        for key in (1.0, (1.0, 0), slice(1.0)):
            with pytest.raises((IndexError, TypeError)):
                x[key]


def test_a_wrong_parameter_does_not_spoil_the_right_one_that_equals_it() -> None:
    for axis in (0, 1, (0, 1), 0):
        wrong = tuple(map(float, axis)) if isinstance(axis, tuple) else float(axis)
        with pytest.raises(TypeError):
            Tensor(np.ones((2, 3))).sum(axis=wrong)
        np.testing.assert_array_equal(Tensor(np.ones((2, 3))).sum(axis=axis).data, np.ones((2, 3)).sum(axis=axis))


def test_the_same_plain_parameters_give_the_same_operation() -> None:
    x = Tensor(np.ones((2, 3)))
    for make in (lambda: x.sum(axis=1), lambda: x.sum(axis=(0, 1)), lambda: x[1], lambda: x.reshape(3, 2)):
        assert make().op is make().op
    assert x.sum(axis=0).op is not x.sum(axis=1).op


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (0, "x[0]"),
        ((1, slice(None, None, 2)), "x[1, ::2]"),
        ((slice(1, 2), None, ...), "x[1:2, None, ...]"),
        (np.array([0, 1]), "x[int64(2,)]"),
        (np.array([True, False]), "x[bool(2,)]"),
        ((), "x[()]"),
    ],
)
def test_an_index_is_shown_as_it_is_written(key: Any, written: str) -> None:
    op = array_ops.index.with_parameters(key=key)
    assert op.python.format("x", **op.shown_parameters()) == written


# --- what is chosen, and what cannot overflow -------------------------------------------------------------------------


@pytest.mark.parametrize("row", ["max", "min"])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1), (1, 0), ()])
def test_of_several_extremes_the_first_gets_the_gradient(row: str, axis: Any) -> None:
    extreme = 7.0 if row == "max" else -7.0
    x = Tensor([[0.0, extreme, 1.0], [extreme, extreme, 0.5]])
    getattr(x, row)(axis=axis).sum().backward()
    firsts = {
        None: [[0, 1, 0], [0, 0, 0]],
        (0, 1): [[0, 1, 0], [0, 0, 0]],
        (1, 0): [[0, 0, 0], [1, 0, 0]],  # down the columns first
        0: [[0, 1, 1], [1, 0, 0]] if row == "max" else [[0, 1, 0], [1, 0, 1]],
        1: [[0, 1, 0], [1, 0, 0]],
        (): [[1, 1, 1], [1, 1, 1]],
    }
    assert x.grad is not None
    assert x.grad.tolist() == firsts[axis]


@pytest.mark.parametrize("size", [1000.0, -1000.0])
def test_exponentials_do_not_overflow(size: float) -> None:
    x = Tensor([size, size - np.log(3.0), 0.0 if size < 0 else -size])
    shares = np.array([0.75, 0.25, 0.0]) if size > 0 else np.array([0.0, 0.0, 1.0])
    np.testing.assert_allclose(x.softmax().data, shares, rtol=1e-12)
    top = size + np.log(4.0 / 3.0) if size > 0 else 0.0
    np.testing.assert_allclose(x.logsumexp().data, top, rtol=1e-15)
    np.testing.assert_allclose(x.log_softmax().data, x.data - top, rtol=1e-12)
    for y, slope in ((x.logsumexp(), shares), (x.log_softmax()[0], np.array([1.0, 0.0, 0.0]) - shares)):
        x.zero_grad()
        y.backward()
        np.testing.assert_allclose(x.grad, slope, rtol=1e-12, atol=1e-300)


def test_minus_infinity_takes_no_share() -> None:
    x = Tensor([[0.0, -np.inf, np.log(3.0)], [-np.inf, -np.inf, 5.0]])
    shares = np.array([[0.25, 0.0, 0.75], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(x.softmax().data, shares, rtol=1e-15)
    np.testing.assert_allclose(x.logsumexp(axis=1).data, [np.log(4.0), 5.0], rtol=1e-15)
    x.logsumexp(axis=1).sum().backward()
    np.testing.assert_allclose(x.grad, shares, rtol=1e-15)
    x.zero_grad()
    x.softmax().backward(np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))
    np.testing.assert_allclose(x.grad, [[0.1875, 0.0, -0.1875], [0.0, 0.0, 0.0]], rtol=1e-15)


def test_infinite_rows_follow_ieee_754() -> None:
    x = np.array([[-np.inf, -np.inf], [np.inf, 0.0], [np.inf, np.inf]])
    assert Tensor(x).logsumexp(axis=1).data.tolist() == [-np.inf, np.inf, np.inf]
    assert np.isnan(Tensor([np.nan, 0.0]).logsumexp().data)
    assert Tensor(np.zeros((2, 0))).logsumexp(axis=1).data.tolist() == [-np.inf, -np.inf]


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x: x @ x, r"no matrix product of shapes \(2, 3\) and \(2, 3\): want \(\.\.\., n\) @ \(n, \.\.\.\)"),
        (lambda x: x @ 2.0, r"shapes \(2, 3\) and \(\)"),
        (lambda x: 2.0 @ x, r"shapes \(\) and \(2, 3\)"),
        (lambda x: x + np.ones(4), r"shapes \(2,3\) \(4,\)"),
        (lambda x: x.reshape(4, 2), r"shape \(2, 3\) to \(4, 2\): want 6 elements"),
        (lambda x: x.reshape(-1, -1), r"shape \(2, 3\) to \(-1, -1\): .* at most one size of -1"),
        (lambda x: x.transpose(0, 2), r"shape \(2, 3\) by axes \(0, 2\): want each of its 2 axes once"),
        (
            lambda x: x.transpose(0, 1),
            r"transpose\(0, 1\) of shape \(2, 3\): .* exchanged by T, left by permute",
        ),
        (lambda x: x.transpose(-2, -1), r"transpose\(-2, -1\) of shape \(2, 3\)"),
        (lambda x: x.transpose(0, 0), r"shape \(2, 3\) by axes \(0, 0\)"),
        (lambda x: x.transpose(0), r"shape \(2, 3\) by axes \(0,\)"),
        (lambda x: x[0].mT, r"shape \(3,\) by axes \(-1, -2\)"),
        (lambda x: x[0, 0].mT, r"shape \(\) by axes \(-1, -2\)"),
        (lambda x: x.sum(axis=2), r"no axis 2 of shape \(2, 3\): want -2 to 1"),
        (lambda x: x.mean(axis=-3), r"no axis -3 of shape \(2, 3\)"),
        (lambda x: x.max(axis=2), r"no axis 2 of shape \(2, 3\)"),
        (lambda x: x.logsumexp(axis=2), r"no axis 2 of shape \(2, 3\)"),
        (lambda x: x.softmax(axis=2), r"no axis 2 of shape \(2, 3\)"),
        (lambda x: x.sum(axis=(0, 0)), r"axes \(0, 0\) of shape \(2, 3\) name one axis twice"),
        (lambda x: x[:0].max(), "zero-size array"),
        (lambda x: x[:0].min(axis=0), "zero-size array"),
    ],
)
def test_wrong_shapes_and_axes_are_named(wrong: Callable[[Tensor], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        wrong(Tensor(np.ones((2, 3))))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [2, -3, (0, 2)])
def test_an_index_out_of_range_is_an_index_error(wrong: Any) -> None:
    with pytest.raises(IndexError, match="out of bounds"):
        Tensor(np.ones((2, 2)))[wrong]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: x.sum(axis=1.0),
        lambda x: x.sum(axis="rows"),
        lambda x: x.reshape(2.0, 3),
        lambda x: x.reshape("ab"),
        lambda x: x.transpose(1.0, 0),
    ],
)
def test_what_is_no_integer_is_a_type_error(wrong: Callable[[Tensor], Any]) -> None:
    with pytest.raises(TypeError, match=r"wanted (an integer|integers) as"):
        wrong(Tensor(np.ones((2, 3))))
