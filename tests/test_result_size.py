"""The size of a result is told from shapes as NumPy has it, and without its memory."""

import math
from typing import Any

import numpy as np
import pytest

from micrograd_plus.array_ops import ARRAY_TABLE, index, matmul
from micrograd_plus.ops import TABLE
from micrograd_plus.result_size import result_size

SHAPES: dict[str, tuple[list[tuple[int, ...]], dict[str, Any]]] = {
    "broadcast_to": ([(2, 1, 4)], {"shape": (2, 3, 4)}),
    "sum_to": ([(2, 3, 4)], {"shape": (3, 1)}),
    "reshape": ([(2, 3, 4)], {"shape": (-1, 6)}),
    "transpose": ([(2, 3, 4)], {"axes": (2, 0, 1)}),
    "scatter": ([(2,)], {"key": np.array([4, 1]), "shape": (5,)}),
    "sum": ([(2, 3, 4)], {"axis": (0, 2), "keepdims": True}),
    "mean": ([(2, 3, 4)], {"axis": 1, "keepdims": False}),
    "max": ([(2, 3, 4)], {"axis": -1, "keepdims": False}),
    "min": ([(2, 3, 4)], {"axis": None, "keepdims": False}),
    "logsumexp": ([(2, 3, 4)], {"axis": 0, "keepdims": False}),
    "log_softmax": ([(2, 3)], {"axis": -1}),
    "softmax": ([(2, 3)], {"axis": 0}),
    "first_extreme": ([(2, 3, 4), (2, 4)], {"axis": 1}),
    "detached": ([(2, 3)], {}),
    "astype": ([(2, 3)], {"dtype": "float32"}),
    "concatenate": ([(2, 3), (4, 3)], {"axis": 0}),
}
MASK = np.array([[True, False, True], [False, False, True]])
KEYS = [
    0, (slice(None), 1), ..., None, (..., None, 0), slice(1, None), MASK, (MASK, 1),
    np.array([1, 1, 0, 1]), (np.array([[0], [1]]), np.array([0, 2, 1, 1])), (slice(None), np.array([[0, 1]]), slice(2)),
]  # fmt: skip
PRODUCTS = [((2, 3), (3, 4)), ((3,), (3,)), ((3,), (3, 4)), ((2, 3), (3,)), ((5, 2, 3), (3, 4)), ((3,), (5, 3, 4))]


@pytest.mark.parametrize("name", sorted(set(ARRAY_TABLE) - {"matmul", "index"}))
def test_structural_rows(name: str) -> None:
    shapes, parameters = SHAPES[name]
    op = ARRAY_TABLE[name].with_parameters(**parameters)
    assert result_size(op, shapes) == np.size(op.on_arrays(*map(np.ones, shapes)))


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_indices(key: Any) -> None:
    assert result_size(index.with_parameters(key=key), [(2, 3, 4)]) == np.ones((2, 3, 4))[key].size


@pytest.mark.parametrize("shapes", PRODUCTS, ids=repr)
def test_matrix_products(shapes: list[tuple[int, ...]]) -> None:
    assert result_size(matmul, shapes) == np.size(np.matmul(*map(np.ones, shapes)))


def test_elementwise_rows_broadcast() -> None:
    assert result_size(TABLE["where"], [(3, 1), (), (1, 4)]) == 12
    with pytest.raises(ValueError, match="broadcast"):
        result_size(TABLE["add"], [(3,), (4,)])


def test_what_no_memory_holds_is_told() -> None:
    wide = np.zeros((1, 10**6), dtype=int)
    assert result_size(index.with_parameters(key=(wide.T, wide)), [(2, 2)]) == 10**12
    assert result_size(ARRAY_TABLE["broadcast_to"].with_parameters(shape=(10**9, 10**9)), [(1,)]) == 10**18
    assert math.prod((10**6, 10**6)) == result_size(TABLE["add"], [(10**6, 1), (10**6,)])


@pytest.mark.parametrize("shapes", [((2, 3), (2, 3)), ((), (3,)), ((3,), ())])
def test_products_that_do_not_fit(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="no matrix product"):
        result_size(matmul, shapes)
