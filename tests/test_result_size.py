"""The size of a result is told from shapes as NumPy has it, and without its memory."""

import itertools
import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.array_ops import ARRAY_TABLE, index, matmul
from micrograd_plus.array_ops.row import Shape
from micrograd_plus.ops import TABLE
from micrograd_plus.result_size import laid_out_by, result_size
from tests.array_cases.graphs import cases_in_turn, nodes_to_order_2
from tests.row_cases import CASES

MASK = np.array([[True, False, True], [False, False, True]])
KEYS = [
    0, (slice(None), 1), ..., None, (..., None, 0), slice(1, None), MASK, (MASK, 1),
    np.array([1, 1, 0, 1]), (np.array([[0], [1]]), np.array([0, 2, 1, 1])), (slice(None), np.array([[0, 1]]), slice(2)),
]  # fmt: skip
PRODUCTS = [((2, 3), (3, 4)), ((3,), (3,)), ((3,), (3, 4)), ((2, 3), (3,)), ((5, 2, 3), (3, 4)), ((3,), (5, 3, 4))]


def test_rows_give_what_they_are_told_to_give() -> None:
    seen: set[str] = set()
    for case in itertools.islice(cases_in_turn(), 2 * len(FUNCTIONS)):
        for node in nodes_to_order_2(case):
            if node.inputs:
                seen.add(node.op.name)
                assert result_size(node.op, [i.shape for i in node.inputs]) == node.size, (node.op, case)
    for row, shapes, parameters in CASES:
        seen.add(row)
        op = ARRAY_TABLE[row].with_parameters(**parameters)
        assert result_size(op, shapes) == np.size(op.on_arrays(*map(np.ones, shapes))), (row, shapes, parameters)
    assert seen >= ARRAY_TABLE.keys()


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_indices(key: Any) -> None:
    assert result_size(index.with_parameters(key=key), [(2, 3, 4)]) == np.ones((2, 3, 4))[key].size


@pytest.mark.parametrize("shapes", PRODUCTS, ids=repr)
def test_matrix_products(shapes: list[tuple[int, ...]]) -> None:
    assert result_size(matmul, shapes) == np.size(np.matmul(*map(np.ones, shapes)))


def convolutions(images: Shape, kernels: Shape, outputs: Shape, *, padding: Shape) -> list[tuple[Any, list[Shape]]]:
    """Return a convolution and its two gradients, each with the shapes of what it takes."""
    cases: list[tuple[str, list[Shape], dict[str, Any]]] = [
        ("conv2d", [images, kernels], {}),
        ("conv2d_input", [outputs, kernels], {"size": images[2:]}),
        ("conv2d_weight", [images, outputs], {"size": kernels[2:]}),
    ]
    how = {"stride": (1, 1), "padding": padding}
    return [(ARRAY_TABLE[row].with_parameters(**how, **more), shapes) for row, shapes, more in cases]


def test_convolutions_of_axes_that_are_all_of_different_length() -> None:
    for op, shapes in convolutions((2, 3, 9, 8), (4, 3, 5, 2), (2, 4, 5, 7), padding=(0, 0)):
        assert result_size(op, shapes) == np.size(op.on_arrays(*map(np.ones, shapes)))


def test_elementwise_rows_broadcast() -> None:
    assert result_size(TABLE["where"], [(3, 1), (), (1, 4)]) == 12
    with pytest.raises(ValueError, match="broadcast"):
        result_size(TABLE["add"], [(3,), (4,)])


def test_no_element_is_taken_where_there_is_none() -> None:
    nothing = np.array([], dtype=int)
    for shape, key in (((0, 3), (..., nothing, nothing)), ((0, 2), nothing), ((2, 0), (slice(None), nothing))):
        assert result_size(index.with_parameters(key=key), [shape]) == np.empty(shape)[key].size


def test_types_of_long_elements_are_refused() -> None:
    for dtype in ("S1000000000", "O", "V1000000000", "complex128"):
        with pytest.raises(TypeError, match="float32 or float64"):
            result_size(ARRAY_TABLE["astype"].with_parameters(dtype=dtype), [(1,)])


def test_what_no_memory_holds_is_told() -> None:
    wide = np.zeros((1, 10**6), dtype=int)
    assert result_size(index.with_parameters(key=(wide.T, wide)), [(2, 2)]) == 10**12
    assert result_size(ARRAY_TABLE["broadcast_to"].with_parameters(shape=(10**9, 10**9)), [(1,)]) == 10**18
    pool = {"kernel": (10**6, 10**6), "stride": (1, 1), "padding": (0, 0)}
    spread = ARRAY_TABLE["avg_pool2d_input"].with_parameters(size=(10**6, 10**6), **pool)
    assert result_size(spread, [(1, 1)]) == 10**12
    assert math.prod((10**6, 10**6)) == result_size(TABLE["add"], [(10**6, 1), (10**6,)])


def test_spreading_over_an_image_lays_out_as_much_as_pooling_it() -> None:
    windows = {"kernel": (2, 3), "stride": (2, 1), "padding": (0, 1)}
    images, pooled = (2, 3, 9, 8), (2, 3, 4, 8)
    spread = ARRAY_TABLE["avg_pool2d_input"].with_parameters(size=images[2:], **windows)
    pool = ARRAY_TABLE["avg_pool2d"].with_parameters(**windows)
    assert pool.on_arrays(np.ones(images)).shape == pooled
    assert laid_out_by(spread, [pooled]) == laid_out_by(pool, [images]) > math.prod(images)


def test_convolutions_take_as_much_memory_as_they_are_told_to_lay_out() -> None:
    for op, shapes in convolutions((2, 7, 40, 50), (4, 7, 5, 3), (2, 4, 38, 52), padding=(1, 2)):
        arrays = [np.ones(shape) for shape in shapes]
        tracemalloc.start()
        result = op.on_arrays(*arrays)
        taken = tracemalloc.get_traced_memory()[1] - result.nbytes
        tracemalloc.stop()
        assert taken == pytest.approx(laid_out_by(op, shapes) * result.itemsize, rel=0.02), op.name


@pytest.mark.parametrize("other", [(2,), (4,), (1, 3)])
def test_rows_of_arrays_alike_refuse_others(other: tuple[int, ...]) -> None:
    op = ARRAY_TABLE["linear_recurrence"].with_parameters(axis=0, reverse=False)
    with pytest.raises(ValueError, match="wanted arrays of one shape"):
        result_size(op, [(3,), other])


@pytest.mark.parametrize("shapes", [((2, 3), (2, 3)), ((), (3,)), ((3,), ())])
def test_products_that_do_not_fit(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="no matrix product"):
        result_size(matmul, shapes)


@pytest.mark.parametrize("shapes", [((2, 3, 1), (3,)), ((2, 3), (3, 4)), ((2,), (3,))])
def test_contractions_whose_letters_do_not_fit(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="zip"):
        result_size(ARRAY_TABLE["einsum"].with_parameters(subscripts="ij,j->i"), shapes)
