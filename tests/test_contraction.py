"""Sums of products as matrix products: found whatever their order, and never where they are something else."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.compiler.contraction import Contraction, contraction

Products = list[tuple[int, int, int]]  # member, left slot, right slot


def found_in(products: Products, slots: int, rank: np.ndarray | None = None) -> Contraction | None:
    member, left, right = np.array(products).T
    return contraction(member, left, right, np.arange(slots) if rank is None else rank)


def multiplied(found: Contraction) -> Counter[tuple[int, int, int]]:
    """Return the products that the tables multiply, member by member."""
    result: Counter[tuple[int, int, int]] = Counter()
    for (block, row, column), member in np.ndenumerate(found.members):
        for left, right in zip(found.left[block, row], found.right[block, column], strict=True):
            if member >= 0 and left >= 0 and right >= 0:
                result[int(member), int(left), int(right)] += 1
    return result


def products_of(left: np.ndarray, right: np.ndarray, rng: np.random.Generator) -> tuple[Products, int]:
    """Return the products of tables of slots, -1 for none, in random order, with members numbered at random."""
    blocks, rows, _ = left.shape
    columns = right.shape[1]
    members = rng.permutation(blocks * rows * columns).reshape(blocks, rows, columns)
    found: Products = []
    for block, row, column in np.ndindex(blocks, rows, columns):
        for a, b in zip(left[block, row], right[block, column], strict=True):
            if a >= 0 and b >= 0:
                found.append((int(members[block, row, column]), int(a), int(b)))
    rng.shuffle(found)
    # Members without any product do not exist: the others are numbered anew.
    names = {m: k for k, m in enumerate(sorted({m for m, _, _ in found}))}
    return [(names[m], a, b) for m, a, b in found], int(max(left.max(), right.max())) + 1


def tables(
    rng: np.random.Generator, blocks: int, rows: int, columns: int, places: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return tables of different slots, numbered at random."""
    count = blocks * (rows + columns) * places
    slots = rng.permutation(count)
    cut = blocks * rows * places
    return slots[:cut].reshape(blocks, rows, places), slots[cut:].reshape(blocks, columns, places)


SIZES = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
SEEDS = st.integers(0, 2**32 - 1)


@given(SIZES, SEEDS)
def test_a_matrix_product_is_found_in_any_order(sizes: tuple[int, int, int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    blocks, rows, columns, places = sizes
    products, slots = products_of(*tables(rng, *sizes), rng)
    found = found_in(products, slots)
    assert found is not None
    assert multiplied(found) == Counter(products)
    if places > 1 and min(rows, columns) > 1:
        assert found.members.shape == (blocks, rows, columns)
        assert found.left.shape[2] == places


@given(SIZES, SEEDS, st.floats(0.0, 0.5))
def test_what_is_found_is_what_was_there(sizes: tuple[int, int, int, int], seed: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    left, right = tables(rng, *sizes)
    left[rng.random(left.shape) < missing] = -1
    right[rng.random(right.shape) < missing] = -1
    products, slots = products_of(left, right, rng)
    if products:
        found = found_in(products, slots)
        assert found is None or multiplied(found) == Counter(products)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(4, 9)), min_size=1, max_size=16))
def test_of_any_products_nothing_is_found_but_themselves(products: Products) -> None:
    names = {m: k for k, m in enumerate(sorted({m for m, _, _ in products}))}
    products = [(names[m], a, b) for m, a, b in products]
    found = found_in(products, 10)
    assert found is None or multiplied(found) == Counter(products)


@pytest.mark.parametrize("seed", range(5))
def test_sums_that_grow_are_a_product_with_a_triangle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = tables(rng, 2, 5, 3, 5)
    left[:, ~np.tri(5, dtype=bool)] = -1
    products, slots = products_of(left, right, rng)
    found = found_in(products, slots)
    assert found is not None
    assert found.members.shape == (2, 5, 3)
    assert multiplied(found) == Counter(products)
    np.testing.assert_array_equal(np.sort((found.left >= 0).sum(axis=2)), [[1, 2, 3, 4, 5]] * 2)


def test_some_members_may_be_missing() -> None:
    rng = np.random.default_rng(0)
    left, right = tables(rng, 1, 4, 4, 3)
    whole, slots = products_of(left, right, np.random.default_rng(1))
    kept = [m for m in range(16) if m % 3]
    products = [(kept.index(m), a, b) for m, a, b in whole if m in kept]
    found = found_in(products, slots)
    assert found is not None
    assert multiplied(found) == Counter(products)
    assert (found.members < 0).sum() == 16 - len(kept)


def test_rows_columns_and_places_are_in_the_order_of_their_ranks() -> None:
    rng = np.random.default_rng(0)
    left, right = tables(rng, 1, 3, 4, 5)
    products, slots = products_of(left, right, rng)
    rank = np.full(slots, -1)
    rank[left.ravel()] = np.arange(left.size)
    rank[right.transpose(0, 2, 1).ravel()] = np.arange(right.size)
    found = found_in(products, slots, rank)
    assert found is not None
    np.testing.assert_array_equal(found.left, left)
    np.testing.assert_array_equal(found.right, right)


def test_squares_and_repeated_products_are_no_matrix_product() -> None:
    assert found_in([(0, 0, 2), (0, 0, 2), (1, 1, 2), (1, 1, 2)], 3) is None


def test_members_that_share_some_factors_but_not_all_are_none() -> None:
    # A window that slides: the second factor of one member is the first of the next.
    assert found_in([(m, p, 2 + m + p) for m in range(4) for p in range(2)], 8) is None


def test_two_slots_that_want_one_place_of_a_column_are_none() -> None:
    # Rows 0 1 and 2 3; a column 4 6 or 5 6, whichever row it meets, and a column 7 8.
    assert found_in([(0, 0, 4), (0, 1, 6), (1, 2, 5), (1, 3, 6), (2, 0, 7), (2, 1, 8), (3, 2, 7), (3, 3, 8)], 9) is None


def test_two_slots_that_want_one_place_of_a_row_are_none() -> None:
    # Columns 7 8 9 10 and 11 12 13 14; a row 0 1 2 3, and a row 4 6 or 5 6, whichever column it meets.
    whole = [(m, k, right + k) for m, right in enumerate([7, 11]) for k in range(4)]
    assert found_in(whole, 15) is not None
    assert found_in([*whole, (2, 4, 7), (2, 6, 8), (3, 5, 11), (3, 6, 12)], 15) is None
