"""Operations of a user's own on whole arrays, of every kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

from micrograd_plus import Tensor, array_operation, take_along_axis


def in_old_order(g: Any, out: Any, x: Any, axis: int) -> Any:
    return take_along_axis(g, np.argsort(np.argsort(x, axis), axis), axis)


def sorted_row() -> Callable[..., Any]:
    """Return a row with a parameter, whose pullback looks at the numbers."""

    @array_operation(pullbacks=[in_old_order])
    def sorted_row(x: Any, axis: int = -1) -> Any:
        return np.sort(x, axis)

    return sorted_row


def through_inverse(g: Any, out: Any, x: Any) -> Any:
    return -(out.mT @ g @ out.mT)


MATRIX = np.array([[2.0, 1.0, 0.0], [0.5, -3.0, 1.0], [0.0, 0.25, 1.5]])


def inverse() -> Callable[..., Any]:
    """Return a row that cannot be run on zeros."""

    @array_operation(pullbacks=[through_inverse], shape=lambda x: x, latex="{}^{{-1}}", examples=[[MATRIX]])
    def inverse(x: Any) -> Any:
        return np.linalg.inv(x)

    return inverse


def by_left(g: Any, out: Any, a: Any, b: Any) -> Any:
    return g @ b


def by_right(g: Any, out: Any, a: Any, b: Any) -> Any:
    return a @ g


def all_products() -> Callable[..., Any]:
    """Return a row of two inputs with a larger result."""

    @array_operation(pullbacks=[by_left, by_right], shape=lambda a, b: (*a, *b), examples=[((2,), (3,))])
    def all_products(a: Any, b: Any) -> Any:
        return np.outer(a, b)

    return all_products


def onto_places(g: Any, out: Any, x: Any, places: Any) -> Any:
    return (g[:, None] * (places[:, None] == np.arange(x.shape[0]))).sum(axis=0)


def picked() -> Callable[..., Any]:
    """Return a row with an input by which nothing is derived."""

    @array_operation(pullbacks=[onto_places, None], examples=[(np.array([0.5, 2.0, 4.0]), np.array([2.0, 0.0, 2.0]))])
    def picked(x: Any, places: Any) -> Any:
        return x[places.astype(int)]

    return picked


def energy() -> Callable[..., Any]:
    """Return a row whose result is a single number."""

    @array_operation(pullbacks=[lambda g, out, x: g * 2.0 * x])
    def energy(x: Any) -> Any:
        return np.sum(x * x)

    return energy


class Row(NamedTuple):
    """How a row is made, what it is called with, which of its inputs are derived by."""

    make: Callable[[], Callable[..., Any]]
    inputs: Sequence[Any]
    parameters: dict[str, Any]
    derived: int = 1


ROWS = {
    "sorted_row": Row(sorted_row, [np.array([[3.0, 1.0, 2.0], [-1.0, 5.0, 0.5]])], {"axis": 0}),
    "inverse": Row(inverse, [MATRIX], {}),
    "all_products": Row(all_products, [np.array([1.0, -2.0]), np.array([0.5, 3.0, 4.0])], {}, 2),
    "picked": Row(picked, [np.array([0.5, 2.0, 4.0]), np.array([1.0, 1.0, 0.0, 2.0])], {}),
    "energy": Row(energy, [np.array([[0.5, 2.0], [-1.0, 3.0]])], {}),
}


def leaves_of(row: Row) -> list[Tensor]:
    """Return labelled Tensors of the inputs."""
    return [Tensor(x, label=name) for x, name in zip(row.inputs, "ab", strict=False)]


def loss_of(called: Callable[..., Any], row: Row, leaves: Sequence[Any]) -> Any:
    """Return a number that treats no element of the result like another."""
    y = called(*leaves, **row.parameters)
    return (y * (0.5 + np.arange(y.size).reshape(y.shape)) + y * y).sum()


each_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
