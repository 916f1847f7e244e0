"""Tensors made from a shape: zeros, ones, numbers at equal distances, random numbers.

Sizes come one by one or together, as in PyTorch and in NumPy: `zeros(2, 3)`, `zeros((2, 3))`. All are leaves, of
float64 unless float32 is asked for. Random numbers come from `rng`, a `numpy.random.Generator` or a seed. Wrong sizes
are a ValueError, what is no size or another type of numbers a TypeError.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from micrograd_plus.arguments import float_type, integer_at_least, real_number
from micrograd_plus.array_functions.axes import listed
from micrograd_plus.seeding import Rng, as_generator
from micrograd_plus.tensor import Tensor


def zeros(*shape: Any, dtype: DTypeLike = float) -> Tensor:
    """Return zeros.

    >>> zeros(2, 3).shape
    (2, 3)
    """
    return Tensor.leaf(np.zeros(_sizes(shape), float_type(dtype)))


def ones(*shape: Any, dtype: DTypeLike = float) -> Tensor:
    """Return ones."""
    return Tensor.leaf(np.ones(_sizes(shape), float_type(dtype)))


def full(shape: Any, fill_value: float, dtype: DTypeLike = float) -> Tensor:
    """Return `fill_value` throughout.

    >>> full((2,), 0.5)
    Tensor([0.5, 0.5], shape=(2,), dtype=float64)
    """
    return Tensor.leaf(np.full(_sizes((shape,)), real_number(fill_value), float_type(dtype)))


def arange(start: float, stop: float | None = None, step: float = 1, *, dtype: DTypeLike = float) -> Tensor:
    """Return the numbers from `start` (0 where only one is given) up to `stop`, which is left out, by `step`.

    >>> arange(3), arange(1, 2, 0.5)
    (Tensor([0., 1., 2.], shape=(3,), dtype=float64), Tensor([1. , 1.5], shape=(2,), dtype=float64))
    """
    first, last = (0.0, start) if stop is None else (start, stop)
    numbers = [real_number(x) for x in (first, last, step)]
    if not numbers[2] or not np.isfinite(numbers).all():
        raise ValueError(f"no numbers from {first} to {last} by {step}: want finite numbers, and steps other than 0")
    return Tensor.leaf(np.arange(*numbers).astype(float_type(dtype), copy=False))


def linspace(start: float, stop: float, num: int = 50, *, dtype: DTypeLike = float) -> Tensor:
    """Return `num` numbers at equal distances from `start` to `stop`, both included.

    >>> linspace(0, 1, 3)
    Tensor([0. , 0.5, 1. ], shape=(3,), dtype=float64)
    """
    count = integer_at_least(0, "num", num)
    return Tensor.leaf(np.linspace(real_number(start), real_number(stop), count).astype(float_type(dtype), copy=False))


def eye(n: int, m: int | None = None, k: int = 0, *, dtype: DTypeLike = float) -> Tensor:
    """Return a matrix of n rows and m columns, of as many columns where m is None, with 1 on its `k`-th diagonal."""
    rows = integer_at_least(0, "the number of rows", n)
    columns = rows if m is None else integer_at_least(0, "the number of columns", m)
    return Tensor.leaf(np.eye(rows, columns, k, float_type(dtype)))


def rand(*shape: Any, rng: Rng, dtype: DTypeLike = float) -> Tensor:
    """Return random numbers, uniform from 0 on and below 1.

    >>> rand(2, rng=0).data.round(3)
    array([0.637, 0.27 ])
    """
    return Tensor.leaf(np.asarray(as_generator(rng).random(_sizes(shape), float_type(dtype).type)))


def randn(*shape: Any, rng: Rng, dtype: DTypeLike = float) -> Tensor:
    """Return random numbers of the standard normal distribution."""
    return Tensor.leaf(np.asarray(as_generator(rng).standard_normal(_sizes(shape), float_type(dtype).type)))


def zeros_like(x: Any, dtype: DTypeLike | None = None) -> Tensor:
    """Return zeros in the shape of `x`, and in its type unless another is asked for."""
    shape, own = _like(x, dtype)
    return zeros(*shape, dtype=own)


def ones_like(x: Any, dtype: DTypeLike | None = None) -> Tensor:
    """Return ones in the shape and type of `x`."""
    shape, own = _like(x, dtype)
    return ones(*shape, dtype=own)


def full_like(x: Any, fill_value: float, dtype: DTypeLike | None = None) -> Tensor:
    """Return `fill_value` throughout, in the shape and type of `x`."""
    shape, own = _like(x, dtype)
    return full(shape, fill_value, own)


def rand_like(x: Any, *, rng: Rng, dtype: DTypeLike | None = None) -> Tensor:
    """Return what `rand` does, in the shape and type of `x`."""
    shape, own = _like(x, dtype)
    return rand(*shape, rng=rng, dtype=own)


def randn_like(x: Any, *, rng: Rng, dtype: DTypeLike | None = None) -> Tensor:
    """Return what `randn` does, in the shape and type of `x`."""
    shape, own = _like(x, dtype)
    return randn(*shape, rng=rng, dtype=own)


def _like(x: ArrayLike | Tensor, dtype: DTypeLike | None) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return the shape of a Tensor or of what becomes one, and its type or the one asked for."""
    model = x if isinstance(x, Tensor) else Tensor.leaf(x)
    return model.shape, model.dtype if dtype is None else float_type(dtype)


def _sizes(shape: tuple[Any, ...]) -> tuple[int, ...]:
    sizes = listed(shape)
    if min(sizes, default=0) < 0:
        raise ValueError(f"wanted sizes of at least 0, got {sizes}")
    return sizes
