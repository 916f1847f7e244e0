"""Definitions of operations on whole arrays run again, one after the other, in another kind, and at examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import Tensor, Value, array_operation, check_gradients, operation
from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.array_ops import ARRAY_TABLE
from micrograd_plus.ops import TABLE
from tests.custom_array_rows import sorted_row
from tests.custom_rows import named

pytestmark = pytest.mark.usefixtures("_own_rows_alone")


def test_a_name_is_taken_once_but_the_same_definition_may_run_again() -> None:
    first = sorted_row()
    y = first(Tensor([2.0, 1.0]), axis=0)
    second = sorted_row()
    assert FUNCTIONS["sorted_row"] is second is not first
    again = Tensor([2.0, 1.0]).sorted_row(axis=0)  # a method of its own
    assert again.op is not y.op
    with pytest.raises(ValueError, match=r"^there is an operation 'sorted_row' already, of .*sorted_row"):
        array_operation(pullbacks=[lambda g, out, x: g])(named("sorted_row", np.copy))


def test_a_function_that_was_replaced_computes_as_before() -> None:
    def defined(factor: float) -> Callable[..., Any]:
        @array_operation(pullbacks=[lambda g, out, x, by: factor * by * g])
        def times(x: Any, by: float = 1.0) -> Any:
            return factor * by * x

        return times

    first, second = defined(2.0), defined(3.0)
    for _ in range(2):
        assert [first(Tensor(1.0), by=5.0).item(), second(Tensor(1.0), by=5.0).item()] == [10.0, 15.0]


def test_a_definition_that_fails_leaves_the_one_before() -> None:
    called = _version(2.0)
    with pytest.raises(ValueError, match="the pullback by x is wrong"):
        _version(3.0)
    assert FUNCTIONS["scaled"] is called
    assert Tensor([3.0]).scaled().tolist() == [6.0]  # a method of its own


def _version(factor: float) -> Callable[..., Any]:
    @array_operation(pullbacks=[lambda g, out, x: factor * g])
    def scaled(x: Any) -> Any:
        return 2.0 * x

    return scaled


def test_the_same_definition_may_change_its_kind() -> None:
    def of_kind(decorator: Any) -> Any:
        @decorator
        def tripled(x: Any) -> Any:
            return 3.0 * x

        return tripled

    for decorator in (operation, array_operation(pullbacks=[lambda g, out, x: 3.0 * g]), operation):
        called = of_kind(decorator)
        assert micrograd_plus.tripled is called
        assert Tensor([1.0]).tripled().tolist() == [3.0]  # a method of its own
        assert hasattr(Value, "tripled") == (decorator is operation)
        assert ("tripled" in TABLE) + ("tripled" in ARRAY_TABLE) == 1


def test_pullbacks_may_call_what_is_defined_further_down() -> None:
    @array_operation(pullbacks=[lambda g, out, x: second(g)], check=False)
    def first(x: Any) -> Any:
        return np.flip(x)

    @array_operation(pullbacks=[lambda g, out, x: first(g)])
    def second(x: Any) -> Any:
        return np.flip(x)

    check_gradients(lambda x: (first(x) * np.arange(3.0)).sum(), np.ones(3), order=3)


def test_several_examples_may_have_shapes_and_arrays() -> None:
    @array_operation(
        pullbacks=[lambda g, out, x, w: g @ w.mT, lambda g, out, x, w: x.mT @ g],
        shape=lambda x, w: (x[0], w[1]),
        examples=[((2, 3), (3, 4)), (np.ones((1, 2)), (2, 1))],
    )
    def product_of(x: Any, w: Any) -> Any:
        return x @ w

    assert product_of(np.ones((1, 2)), np.ones((2, 3))).shape == (1, 3)
