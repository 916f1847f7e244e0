"""Tensors made from shapes are those of NumPy, in the type that is asked for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import micrograd_plus as mp
from micrograd_plus import Tensor

FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)

OF_SHAPES: dict[str, tuple[Callable[..., Tensor], Callable[..., Any]]] = {
    "zeros": (mp.zeros, np.zeros),
    "ones": (mp.ones, np.ones),
    "rand": (
        lambda *shape, dtype: mp.rand(*shape, rng=3, dtype=dtype),
        lambda shape, dtype: np.random.default_rng(3).random(shape, dtype),
    ),
    "randn": (
        lambda *shape, dtype: mp.randn(*shape, rng=3, dtype=dtype),
        lambda shape, dtype: np.random.default_rng(3).standard_normal(shape, dtype),
    ),
}
OTHERS: list[tuple[Callable[..., Tensor], Callable[..., Any]]] = [
    (lambda dtype: mp.full((2, 3), 0.1, dtype), lambda dtype: np.full((2, 3), 0.1, dtype)),
    (lambda dtype: mp.full(2, 3, dtype), lambda dtype: np.full(2, 3.0, dtype)),
    (lambda dtype: mp.arange(4, dtype=dtype), lambda dtype: np.arange(4.0, dtype=dtype)),
    (lambda dtype: mp.arange(1, 2, 0.25, dtype=dtype), lambda dtype: np.arange(1, 2, 0.25, dtype=dtype)),
    (lambda dtype: mp.arange(3, 0, -1, dtype=dtype), lambda dtype: np.arange(3.0, 0, -1, dtype=dtype)),
    (lambda dtype: mp.arange(0, dtype=dtype), lambda dtype: np.zeros(0, dtype)),
    (lambda dtype: mp.linspace(-1, 1, 7, dtype=dtype), lambda dtype: np.linspace(-1, 1, 7, dtype=dtype)),
    (lambda dtype: mp.linspace(2, 3, dtype=dtype), lambda dtype: np.linspace(2, 3, dtype=dtype)),
    (lambda dtype: mp.linspace(0, 1, 0, dtype=dtype), lambda dtype: np.zeros(0, dtype)),
    (lambda dtype: mp.eye(3, dtype=dtype), lambda dtype: np.eye(3, dtype=dtype)),
    (lambda dtype: mp.eye(2, 4, -1, dtype=dtype), lambda dtype: np.eye(2, 4, -1, dtype=dtype)),
]
LIKE: dict[str, tuple[Callable[..., Tensor], Callable[..., Any]]] = {
    "zeros_like": (mp.zeros_like, np.zeros_like),
    "ones_like": (mp.ones_like, np.ones_like),
    "full_like": (
        lambda x, **dtype: mp.full_like(x, 2.5, **dtype),
        lambda x, **dtype: np.full_like(x, 2.5, **dtype),
    ),
    "rand_like": (
        lambda x, **dtype: mp.rand_like(x, rng=5, **dtype),
        lambda x, dtype=None: np.random.default_rng(5).random(x.shape, dtype or x.dtype),
    ),
    "randn_like": (
        lambda x, **dtype: mp.randn_like(x, rng=5, **dtype),
        lambda x, dtype=None: np.random.default_rng(5).standard_normal(x.shape, dtype or x.dtype),
    ),
}


def require_leaf(made: Tensor, expected: np.ndarray) -> None:
    assert type(made) is Tensor
    assert made.is_leaf
    assert (made.dtype, made.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(made.data, expected)
    (made * made).sum().backward()
    np.testing.assert_array_equal(made.grad, 2.0 * expected)


@pytest.mark.parametrize("name", OF_SHAPES)
def test_sizes_come_one_by_one_or_together(name: str) -> None:
    ours, theirs = OF_SHAPES[name]
    for dtype in (FLOAT32, FLOAT64):
        for shape in ((), (3,), (2, 3), (2, 0)):
            expected = np.asarray(theirs(shape, dtype=dtype))
            require_leaf(ours(*shape, dtype=dtype), expected)
            require_leaf(ours(shape, dtype=dtype), expected)
            require_leaf(ours(list(shape), dtype=dtype), expected)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64])
def test_numbers_are_those_of_numpy(dtype: np.dtype[Any]) -> None:
    for ours, theirs in OTHERS:
        require_leaf(ours(dtype), theirs(dtype))


@pytest.mark.parametrize("name", LIKE)
def test_shape_and_type_of_another(name: str) -> None:
    ours, theirs = LIKE[name]
    for dtype in (FLOAT32, FLOAT64):
        x = np.ones((2, 3), dtype)
        require_leaf(ours(Tensor(x)), theirs(x))
        require_leaf(ours(Tensor(x) * 2.0), theirs(x))
        require_leaf(ours(x), theirs(x))
        require_leaf(ours(Tensor(x), dtype=np.float32), theirs(x, dtype=FLOAT32))
    require_leaf(ours([[1, 2]]), theirs(np.ones((1, 2))))


def test_everything_is_float64_unless_asked_for() -> None:
    made = [mp.zeros(2), mp.ones(2), mp.full(2, 1), mp.arange(2), mp.linspace(0, 1), mp.eye(2)]
    made += [mp.rand(2, rng=0), mp.randn(2, rng=0)]
    assert {x.dtype for x in made} == {FLOAT64}


def test_a_generator_goes_on_and_a_seed_begins_anew() -> None:
    rng = np.random.default_rng(0)
    first, second = mp.randn(3, rng=rng), mp.randn(3, rng=rng)
    assert first.tolist() == mp.randn(3, rng=0).tolist() != second.tolist()


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        (lambda: mp.zeros(2, -1), ValueError, r"wanted sizes of at least 0, got \(2, -1\)"),
        (lambda: mp.full((-1,), 0.0), ValueError, r"wanted sizes of at least 0, got \(-1,\)"),
        (lambda: mp.ones(2.0), TypeError, "wanted integers as sizes"),
        (lambda: mp.zeros((2, 3), np.float32), TypeError, "wanted integers as sizes"),
        (lambda: mp.ones(2, dtype=int), TypeError, "a Tensor holds float32 or float64, not int64"),
        (lambda: mp.randn(2, rng=0, dtype=np.float16), TypeError, "a Tensor holds float32 or float64, not float16"),
        (lambda: mp.arange(3, dtype=int), TypeError, "a Tensor holds float32 or float64, not int64"),
        (lambda: mp.zeros_like(Tensor(1.0), dtype=bool), TypeError, "a Tensor holds float32 or float64, not bool"),
        (lambda: mp.full(2, "1"), TypeError, "wanted a real number .* got str"),
        (lambda: mp.full(2, Tensor(1.0)), TypeError, "wanted a real number .* got Tensor"),
        (lambda: mp.arange(0, 1, 0), ValueError, "no numbers from 0 to 1 by 0: want finite numbers, and steps other"),
        (lambda: mp.arange(np.inf), ValueError, "no numbers from 0.0 to inf by 1"),
        (lambda: mp.linspace(0, 1, -1), ValueError, "num is at least 0, not -1"),
        (lambda: mp.linspace(0, 1, 2.0), TypeError, "num is an integer, not float"),
        (lambda: mp.eye(-1), ValueError, "the number of rows is at least 0, not -1"),
        (lambda: mp.eye(1, 2.0), TypeError, "the number of columns is an integer, not float"),
        (lambda: mp.rand(2), TypeError, "rng"),
        (lambda: mp.rand(2, rng=None), TypeError, "rng, where it is no numpy.random.Generator, is an integer"),
        (lambda: mp.randn(2, rng=-1), ValueError, "rng, .* is at least 0, not -1"),
    ],
)
def test_what_is_wrong_is_said(wrong: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        wrong()
