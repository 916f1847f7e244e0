"""Graphs of any size are built, derived and deleted without recursion, and freed without the collector."""

import copy
import gc
import sys
from collections.abc import Callable
from typing import Any

import pytest

from micrograd_plus.context import no_grad
from micrograd_plus.engine import gradient, graph
from micrograd_plus.ops import where
from micrograd_plus.value import Value

# --- size: nothing recurses -------------------------------------------------------------------------------------------


def chain(x: Value, length: int) -> Value:
    y = x
    for _ in range(length):
        y = y + x
    return y


def test_a_long_chain_is_built_derived_and_deleted() -> None:
    x = Value(1.0)
    y = chain(x, 200_000)
    y.backward()
    assert (y.data, x.grad) == (200_001.0, 200_001.0)
    del y


@pytest.mark.slow
def test_a_long_chain_is_copied_refreshed_and_derived_as_a_graph() -> None:
    x = Value(1.0)
    y = chain(x, 50_000)
    x.data = 2.0
    z = copy.deepcopy(y.refresh())
    assert z.data == 100_002.0
    [slope] = gradient(z, [graph(z)[0]])
    assert slope.data == 50_001.0


@pytest.mark.slow
def test_a_quarter_of_a_million_nodes() -> None:
    x = Value(1.0)
    y = chain(x, 250_000)
    y.backward()
    assert (y.data, x.grad) == (250_001.0, 250_001.0)
    x.data = 2.0
    z = copy.deepcopy(y.refresh())
    del y
    assert z.data == 500_002.0
    [slope] = gradient(z, [graph(z)[0]])
    assert slope.data == 250_001.0


def test_a_wide_graph_is_linear_not_exponential() -> None:
    x = Value(1.0)
    y = x
    for _ in range(200):
        y = (y + y) * 0.5  # 2**200 paths
    y.backward()
    assert x.grad == 1.0
    assert gradient(y, [x])[0].data == 1.0
    assert len(graph(copy.deepcopy(y))) == len(graph(y)) == 601


# --- memory: no cycles ------------------------------------------------------------------------------------------------


def living_values() -> int:
    return sum(type(thing) is Value for thing in gc.get_objects())


def use(x: Value) -> Value:
    y = (x * x).tanh() + x.where(x, 2.0) ** 3
    y.label = "y"
    return y


def failing(x: Value) -> None:
    y = use(x)
    x.data = 3.0
    with pytest.raises(RuntimeError):
        y.backward()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize(
    "work",
    [
        use,
        lambda x: use(x).backward(),
        lambda x: gradient(use(x), [x]),
        lambda x: gradient(gradient(use(x), [x])[0], [x]),
        lambda x: copy.deepcopy(use(x)),
        lambda x: use(x).refresh(),
        lambda x: chain(x, 1000).backward(),
        lambda x: use(x)._backward,
        failing,
    ],
)
def test_a_graph_is_freed_as_soon_as_it_is_dropped(work: Callable[[Value], Any]) -> None:
    x = Value(0.5)
    before = living_values()
    result = work(x)
    del result
    assert living_values() == before
    assert gc.collect() == 0


def test_no_grad_keeps_no_input_alive():
    third = Value(3.0)
    before = sys.getrefcount(third)
    with no_grad():
        chosen = where(Value(0.0), Value(1.0), third)
    assert chosen.data == 3.0
    assert sys.getrefcount(third) == before
