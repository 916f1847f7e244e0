"""NumPy's functions on Tensors: a Tensor and its graph, an answer that no gradient could come through, or a refusal."""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor
from micrograd_plus.engine import gradient, graph
from tests.array_cases import CASES
from tests.test_array_functions import parts

M, V, N = Tensor(np.arange(1.0, 10.0).reshape(3, 3) / 10.0), Tensor([0.1, 0.5, 0.9]), Tensor(0.5)
HALVES = np.array([0.5, 0.25, 0.75])
HALVES.flags.writeable = False

# A Tensor where NumPy asks it, and where it asks other arguments only.
FIRST: list[tuple[Any, ...]] = [
    *((x,) for x in (M, V, N)),
    *((x, x) for x in (M, V, N)),
    *((x, 1) for x in (M, V, N)),
    *((x, x, x) for x in (M, V)),
    *((x, x, 1) for x in (M, V)),
    (M, (3, 3)),
    (M, [1, 2]),
    (M, V),
    (V, HALVES),
    (V, [True, False, True]),
    (V, 0.0, 1.0),
]
LATER: list[tuple[Any, ...]] = [
    *((1, x) for x in (M, V, N)),
    (HALVES, V),
    (HALVES, V, HALVES),
    (HALVES, HALVES, V),
    (0.0, V, 3),
    ([True, False, True], V),
    ("ij,jk->ik", M, M),
    (np.sum, V),
    (np.sum, 0, M),
]
# These read a Tensor where they want a size, a type, a number of places or a distance, and give nothing of it.
READING = {np.full, np.full_like, np.empty_like, np.ones_like, np.zeros_like, np.astype, np.angle, np.real_if_close}
READING |= {np.repeat, np.roll, np.take, np.trapezoid, np.linspace}
EACH_OF_ITS_OWN = {np.broadcast_arrays, np.meshgrid}  # a Tensor of each Tensor, an array of each array
FILES = {np.save, np.savez, np.savez_compressed, np.savetxt}


def asking() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every function of NumPy's that asks its arguments what they make of it, by name."""
    for module in (np, np.linalg, np.fft, np.lib.stride_tricks):
        for name in sorted(dir(module)):
            function = getattr(module, name)
            if isinstance(function, np.ufunc) or (hasattr(function, "_implementation") and function not in FILES):
                yield f"{module.__name__}.{name}", function


def has_floats(result: Any) -> bool:
    """Tell whether a result holds plain numbers that could have had a gradient."""
    if isinstance(result, list | tuple):
        return any(map(has_floats, result))
    return isinstance(result, np.ndarray | np.generic) and result.dtype.kind in "fc"


def outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Return what a function gives, or the error it raises."""
    with warnings.catch_warnings(action="ignore"), contextlib.redirect_stdout(io.StringIO()):
        try:
            return function(*arguments)
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            return error


def test_nothing_gives_plain_floats_of_a_tensor() -> None:
    found: dict[str, set[str]] = {}
    before = [x.data.copy() for x in (M, V, N)]
    for name, function in asking():
        for arguments in FIRST if function in READING else FIRST + LATER:
            result = outcome(function, arguments)
            if function in EACH_OF_ITS_OWN and isinstance(result, list):
                result = [part for part, x in zip(result, arguments, strict=True) if isinstance(x, Tensor)]
            assert not has_floats(result), (name, arguments)
            found.setdefault(type(parts(result)[0] if parts(result) else None).__name__, set()).add(name)
            if isinstance(result, TypeError) and "no gradient" in str(result):
                assert "\n" not in str(result)
    for x, numbers in zip((M, V, N), before, strict=True):
        np.testing.assert_array_equal(x.data, numbers)  # none was written into
    assert {"numpy.tanh", "numpy.sum", "numpy.matmul"} <= found["Tensor"]
    assert {"numpy.convolve", "numpy.fft.fft", "numpy.linalg.eig", "numpy.copyto"} <= found["TypeError"]
    assert {"numpy.isnan", "numpy.argmax", "numpy.shape"} <= found["ndarray"] | found["int64"] | found["int"]


def test_ufuncs_of_one_and_two_numbers_are_the_rows_of_the_table() -> None:
    found = set()
    for name, function in asking():
        if isinstance(function, np.ufunc) and function.nout == 1:
            for arguments in ([V], [V, V + 0.25], [HALVES, V], [V, HALVES])[:: 1 if function.nin == 2 else 4]:
                result = outcome(function, tuple(arguments[: function.nin]))
                if isinstance(result, Tensor):
                    plain = outcome(function, tuple(map(np.asarray, arguments[: function.nin])))
                    np.testing.assert_allclose(result.data, plain, rtol=1e-14, err_msg=name)
                    assert any(node is V for node in graph(result)), name
                    found.add(name)
    assert {"numpy.tanh", "numpy.arctan2", "numpy.floor", "numpy.power", "numpy.divide"} <= found


def test_functions_with_ours_of_their_name_give_what_ours_do() -> None:
    asked = 0
    for case in CASES:
        if case.differentiable and case.expected is None and hasattr(np, case.function):
            inputs = [Tensor(x) for x in case.inputs()]
            for result, ours in zip(parts(case.in_numpy(inputs)), parts(case.of(inputs)), strict=True):
                assert isinstance(result, Tensor), case
                assert len(graph(result)) == len(graph(ours)), case
                np.testing.assert_array_equal(result.data, ours.data, err_msg=str(case))
            asked += 1
    assert asked > 100


@pytest.mark.parametrize("like", [np.zeros_like, np.ones_like, np.empty_like, lambda x, **k: np.full_like(x, 2.5, **k)])
def test_what_is_made_in_the_shape_of_a_tensor_is_one(like: Callable[..., Any]) -> None:
    for x in (V, Tensor([[1.0]], dtype=np.float32), V * 2.0):
        made = like(x)
        assert isinstance(made, Tensor)
        assert made.is_leaf
        assert (made.shape, made.dtype) == (x.shape, x.dtype)
    assert like(V, dtype=np.float32).dtype == np.float32
    counts = like(V, dtype=int)
    assert type(counts) is np.ndarray
    assert counts.dtype == int
    with pytest.raises(TypeError, match="has no gradient here"):
        np.full_like(V, N)


def test_plain_answers_are_those_of_the_arrays() -> None:
    for function, arguments in (
        (np.isclose, (V, V)),
        (np.allclose, (V, V + 1.0)),
        (np.array_equal, (V, V)),
        (np.isneginf, (V,)),
        (np.nonzero, (V > 0.2,)),
        (np.argwhere, (V,)),
        (np.searchsorted, (V, 0.3)),
        (np.shape, (M,)),
        (np.result_type, (V, np.float32)),
        (np.isfinite, (V,)),
        (np.logical_not, (V,)),
        (np.less, (V, N)),
        (np.lexsort, ([V, -V],)),
    ):
        result = function(*arguments)
        expected = function(*[np.asarray(x) if isinstance(x, Tensor) else x for x in arguments])
        assert type(result) is type(expected)
        np.testing.assert_array_equal(result, expected)
    with pytest.raises(ValueError, match="read-only"):
        np.isneginf(V, V)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: np.add(V, 1.0, out=np.empty(3)), "np.add would write a Tensor's numbers into an array"),
        (lambda: np.add(HALVES, 1.0, out=V), "np.add would write a Tensor's numbers into an array"),
        (lambda: np.add(V, 1.0, where=[True, False, True]), "np.add with where has no gradient here"),
        (lambda: np.add(V, 1.0, dtype=np.float32), "np.add with dtype has no gradient here"),
        (lambda: np.add.outer(V, V), "np.add.outer has no gradient here"),
        (lambda: np.add.at(V, [0], 1.0), "np.add.at has no gradient here"),
        (lambda: np.add.reduceat(V, [0, 1]), "np.add.reduceat has no gradient here"),
        (lambda: np.subtract.reduce(V), "np.subtract.reduce has no gradient here"),
        (lambda: np.sum(V, out=np.empty(())), "unexpected keyword argument 'out'"),
        (lambda: np.fft.fft(V), "np.fft.fft has no gradient here: call it on np.asarray(tensor) for the plain numbers"),
        (lambda: np.linalg.svd(M), "np.linalg.svd has no gradient here"),
        (lambda: np.copyto(np.empty(3), V), "np.copyto has no gradient here"),
        (lambda: np.put(V, [0], 1.0), "np.put has no gradient here"),
        (lambda: np.fill_diagonal(M, 0.0), "np.fill_diagonal has no gradient here"),
        (lambda: np.spacing(V), "np.spacing has no gradient here"),
        (lambda: np.concatenate([V, V], out=np.empty(6)), "unexpected keyword argument 'out'"),
    ],
)
def test_what_has_no_gradient_is_refused(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        wrong()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_arguments_are_numpys_where_a_row_has_others() -> None:
    low = np.array([0.3, 0.6, 0.2])
    for function, arguments, keywords in (
        (np.clip, (0.2, 0.6), {}),
        (np.clip, (), {"a_min": 0.2, "a_max": None}),
        (np.clip, (), {"max": 0.6}),
        (np.clip, (low, 0.8), {}),
        (np.clip, (None, low), {}),
        (np.round, (1,), {}),
        (np.around, (), {"decimals": 1}),
        (np.around, (), {}),
        (np.degrees, (), {}),
        (np.deg2rad, (), {}),
        (np.fabs, (), {}),
        (np.float_power, (2,), {}),
        (lambda x, k: np.select([x > 0.6, x > 0.2], [x, k * x]), (2.0,), {}),
        (lambda x, k: np.select([x > 0.6, x > k * x], [x, k * x], -x), (2.0,), {}),
    ):
        result = function(V, *arguments, **keywords)
        assert isinstance(result, Tensor), function
        assert any(node is V for node in graph(result))
        expected = function(V.data, *arguments, **keywords)
        np.testing.assert_allclose(result.data, expected, rtol=1e-15, err_msg=str((function, keywords)))
    bound = Tensor(low)
    slopes = [g.data.tolist() for g in gradient(np.clip(V, bound, 0.8).sum(), [V, bound])]
    assert slopes == [[0.0, 0.0, 0.0], [1.0, 1.0, 0.0]]


def test_methods_of_ufuncs_are_functions_of_their_own() -> None:
    for result, ours in (
        (np.add.reduce(M), M.sum(axis=0)),
        (np.add.reduce(M, 1), M.sum(axis=1)),
        (np.add.reduce(M, axis=None), M.sum()),
        (np.maximum.reduce(M, axis=1, keepdims=True), M.max(axis=1, keepdims=True)),
        (np.multiply.reduce(V), V.prod(axis=0)),
    ):
        assert isinstance(result, Tensor)
        assert result.op is ours.op
        np.testing.assert_array_equal(result.data, ours.data)


def test_arguments_go_by_numpys_names() -> None:
    for call, ours in (
        (lambda x: np.transpose(x, axes=(1, 0)), M.T),
        (lambda x: np.transpose(a=x), M.T),
        (lambda x: np.reshape(x, shape=(1, 9)), M.reshape(1, 9)),
        (lambda x: np.reshape(x, (9,)), M.reshape(9)),
        (lambda x: np.sum(a=x, axis=0, keepdims=True), M.sum(0, keepdims=True)),
        (lambda x: np.flip(m=x, axis=1), M.flip(1)),
        (lambda x: np.take(a=x, indices=[0, 2], axis=1), M[:, [0, 2]]),
        (lambda x: np.pad(array=x, pad_width=1, mode="constant", constant_values=2.0), M.pad(1, value=2.0)),
        (lambda x: np.broadcast_to(array=x, shape=(2, 3, 3)), M.expand(size=(2, -1, -1))),
        (lambda x: x.permute(dims=(1, 0)), M.permute(1, 0)),
        (lambda x: x.transpose(axes=None), M.T),
    ):
        result = call(M)
        assert isinstance(result, Tensor)
        np.testing.assert_array_equal(result.data, ours.data)
    for wrong in (lambda: M.transpose(1, axes=(0, 1)), lambda: M.reshape(9, shape=(9,))):
        with pytest.raises(TypeError, match=r"was given both .* which are one argument"):
            wrong()


def test_what_numpy_reads_without_asking_is_plain() -> None:
    assert np.asarray(V) is V.data
    assert np.array([N, N]).tolist() == [0.5, 0.5]
    array = np.zeros(3)
    array[1] = N
    assert array.tolist() == [0.0, 0.5, 0.0]
    assert np.full(2, N).tolist() == [0.5, 0.5]
    assert (np.ma.array([1.0, 2.0], mask=[False, True]) * N).tolist() == [0.5, None]
    assert np.tanh([N]).tolist() == [np.tanh(0.5)]
