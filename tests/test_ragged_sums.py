"""Sums of products that are a matrix product but for some sums or terms that are not there."""

from collections.abc import Callable

import numpy as np

from micrograd_plus import Value, compile
from tests.cases import each

ROWS, COLUMNS, PLACES = 5, 5, 4


def scores(adds: Callable[[int, int, int], bool]) -> Value:
    """Return the sum of tanh(a @ b + c) over a row and a column, but for the products that `adds` leaves out."""
    rng = np.random.default_rng(0)
    a, b = ([[Value(x) for x in row] for row in rng.normal(size=size)] for size in ((ROWS, PLACES), (PLACES, COLUMNS)))
    c = [Value(x) for x in rng.normal(size=COLUMNS)]
    result = Value(0.0)
    for i, j in np.ndindex(ROWS, COLUMNS):
        products = [a[i][k] * b[k][j] for k in range(PLACES) if adds(i, j, k)]
        if products:
            result = result + sum(products, c[j]).tanh()
    return result


def full(_i: int, _j: int, _k: int) -> bool:
    return True


def triangle(i: int, j: int, _k: int) -> bool:
    return j <= i


@each("adds", [full, triangle])
def test_a_row_of_biases_is_read_in_place_also_beside_sums_that_are_not_there(
    adds: Callable[[int, int, int], bool],
) -> None:
    program = compile(scores(adds))
    assert ".dot(" in program.source
    assert "parameters.take" not in program.source
    assert program.verify().largest <= 1e-13


@each("missing", [(0, 0, 0), (1, 2, 1), (4, 4, 3)])
def test_a_product_that_one_sum_lacks_is_not_added(missing: tuple[int, int, int]) -> None:
    loss = scores(lambda i, j, k: (i, j, k) != missing)
    assert compile(loss).verify().largest <= 1e-13
