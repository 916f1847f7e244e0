"""Numbers of a graph are computed again or put back; what reads them elsewhere is out of date."""

from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.engine import Node, operations
from micrograd_plus.recomputation import put_back, recompute


def test_what_depends_on_a_change_is_computed_again_and_put_back() -> None:
    x, y = Value(2.0), Value(3.0)
    left, right = x * 2.0, y * 2.0
    root = left + right
    order = operations(root)
    before: dict[Node, Any] = {x: x.data}
    x.data = 5.0
    recompute(order, before, (), ())
    assert before == {x: 2.0, left: 4.0, root: 10.0}
    assert (left.data, right.data, root.data) == (10.0, 6.0, 16.0)
    root.backward()
    put_back(order, before)
    assert (x.data, left.data, root.data) == (2.0, 4.0, 10.0)
    root.backward()


def test_pinned_nodes_stay_and_others_are_computed_on_demand() -> None:
    x = Value(2.0)
    middle = x * 2.0
    root = middle + 1.0
    middle.data = 7.0
    before: dict[Node, Any] = {middle: 4.0}
    recompute(operations(root), before, (), {middle})
    assert (middle.data, root.data) == (7.0, 8.0)
    recompute(operations(root), {}, {middle}, ())
    assert (middle.data, root.data) == (4.0, 5.0)


def test_the_very_arrays_come_back() -> None:
    x = Tensor([1.0, -2.0])
    root = x.exp().sum()
    order = operations(root)
    before: dict[Node, Any] = {x: x._data}
    arrays = [node._data for node in (x, *order)]
    x.data = np.array([2.0, 1e6])
    recompute(order, before, (), ())  # an overflow is no warning here
    assert root.data == np.inf
    put_back(order, before)
    assert all(node._data is array for node, array in zip((x, *order), arrays, strict=True))


def test_other_graphs_are_out_of_date_when_data_is_put_back() -> None:
    x = Value(2.0)
    other = x * 3.0
    put_back((), {x: 1.0})
    with pytest.raises(RuntimeError, match="changed after"):
        other.backward()
