"""Sums of products as matrix products: which rows and columns they are, whatever the order they were written in.

Each member of a class of sums adds up products of a left and a right slot. Left slots that occur in one member belong to
one row, right slots to one column; a member is the product of its row with its column. Rows and columns that meet form
a block (the heads of attention are several). Which places of row and column are multiplied with each other is read off
the products themselves, beginning with the longest row. What is missing (later positions of attention, connections that
a network does not have) is a hole: no product has both a left and a right slot there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_MOST_ROUNDS = 30
_LEAST_FILLED = 0.25


@dataclass
class Contraction:
    """Left slots of shape (blocks, rows, places), right slots of shape (blocks, columns, places), -1 for a hole.

    `members` of shape (blocks, rows, columns) holds which member of the class stands where, -1 where none does.
    """

    left: Ints
    right: Ints
    members: Ints


def contraction(member: Ints, left: Ints, right: Ints, rank: Ints) -> Contraction | None:
    """Return the matrix product that sums of products are, None if they are none.

    `member`, `left` and `right` hold, for each product, the member of the class that adds it and its slots; `rank` gives
    the order in which slots are preferred, by slot.
    """
    count = int(member[-1]) + 1 if len(member) else 0
    row_of, column_of = _parts(member, left, len(rank)), _parts(member, right, len(rank))
    if row_of is None or column_of is None:
        return None
    rows, columns = _first_per_member(member, row_of[left], count), _first_per_member(member, column_of[right], count)
    block_of_row = _parts(np.concatenate([rows, rows]), np.concatenate([rows, columns + len(rank)]), 2 * len(rank))
    if block_of_row is None:
        return None
    places = _places(left, right, row_of, rank)
    if places is None:
        return None
    return _tables(member, left, right, rank, rows, columns, row_of, column_of, block_of_row, places)


def _parts(member: Ints, slots: Ints, size: int) -> Ints | None:
    """Return a number for each slot, the same for slots that occur in one member or are linked by several."""
    part = np.arange(size)
    starts = np.flatnonzero(np.diff(member, prepend=-1)) if (np.diff(member) >= 0).all() else None
    if starts is None:
        order = np.argsort(member, kind="stable")
        member, slots = member[order], slots[order]
        starts = np.flatnonzero(np.diff(member, prepend=-1))
    lengths = np.diff(np.append(starts, len(member)))
    for _ in range(_MOST_ROUNDS):
        smallest = np.repeat(np.minimum.reduceat(part[slots], starts), lengths)
        if (part[slots] == smallest).all():
            return part
        np.minimum.at(part, slots, smallest)
    return None


def _first_per_member(member: Ints, values: Ints, count: int) -> Ints:
    result = np.full(count, -1, np.int64)
    result[member] = values
    return result


def _places(left: Ints, right: Ints, row_of: Ints, rank: Ints) -> tuple[Ints, Ints] | None:
    """Return the place of each left and of each right slot in its row or column, by slot, -1 for other slots."""
    place_left, place_right = np.full(len(rank), -1, np.int64), np.full(len(rank), -1, np.int64)
    slots = np.unique(left)
    order = slots[np.lexsort((rank[slots], row_of[slots]))]
    rows, starts, lengths = np.unique(row_of[order], return_index=True, return_counts=True)
    # The longest rows of all have all places; the others get theirs through the columns.
    longest = lengths == lengths.max()
    for start, length in zip(starts[longest], lengths[longest], strict=True):
        place_left[order[start : start + length]] = np.arange(length)
        break
    for _ in range(_MOST_ROUNDS):
        known = place_left[left] >= 0
        place_right[right[known]] = place_left[left[known]]
        known = place_right[right] >= 0
        before = np.count_nonzero(place_left >= 0)
        place_left[left[known]] = place_right[right[known]]
        if (place_left[left] >= 0).all():
            break
        if np.count_nonzero(place_left >= 0) == before:
            # Another block, which nothing links to those before: it begins with its own longest row.
            missing = place_left[order] < 0
            left_over = order[missing]
            rows, starts, lengths = np.unique(row_of[left_over], return_index=True, return_counts=True)
            k = int(np.argmax(lengths))
            place_left[left_over[starts[k] : starts[k] + lengths[k]]] = np.arange(lengths[k])
    known = place_left[left] >= 0
    place_right[right[known]] = place_left[left[known]]
    if not known.all() or not (place_left[left] == place_right[right]).all():
        return None
    return place_left, place_right


def _tables(
    member: Ints,
    left: Ints,
    right: Ints,
    rank: Ints,
    rows: Ints,
    columns: Ints,
    row_of: Ints,
    column_of: Ints,
    block_of: Ints,
    places: tuple[Ints, Ints],
) -> Contraction | None:
    """Number blocks, rows and columns by the rank of their first slots, and fill the tables."""
    place_left, place_right = places
    count = int(max(place_left.max(), place_right.max())) + 1
    first_left = _smallest(row_of[left], rank[left], len(rank))
    first_right = _smallest(column_of[right], rank[right], len(rank))
    block_rows = _numbered(block_of[rows], rows, first_left)
    block_columns = _numbered(block_of[rows], columns, first_right)
    if block_rows is None or block_columns is None:
        return None
    (block, row, n_rows), (_, column, n_columns) = block_rows, block_columns
    n_blocks = int(block.max()) + 1
    members = np.full((n_blocks, n_rows, n_columns), -1, np.int64)
    members[block, row, column] = np.arange(len(rows))
    if (members >= 0).sum() != len(rows) or len(rows) < _LEAST_FILLED * members.size:
        return None
    left_table = np.full((n_blocks, n_rows, count), -1, np.int64)
    right_table = np.full((n_blocks, n_columns, count), -1, np.int64)
    left_table[block[member], row[member], place_left[left]] = left
    right_table[block[member], column[member], place_right[right]] = right
    if not _is_exact(member, left, right, block, row, column, left_table, right_table, place_left):
        return None
    return Contraction(left_table, right_table, members)


def _smallest(index: Ints, values: Ints, size: int) -> Ints:
    result = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(result, index, values)
    return result


def _numbered(blocks: Ints, parts: Ints, first: Ints) -> tuple[Ints, Ints, int] | None:
    """Return the number of each member's block, the number of its part in the block, and how many parts a block has.

    None where the blocks have different numbers of parts.
    """
    unique, index = np.unique(parts, return_inverse=True)
    block_of_part = np.empty(len(unique), np.int64)
    block_of_part[index] = blocks
    starts = _smallest(block_of_part, first[unique], int(block_of_part.max()) + 1)
    block_names = np.unique(block_of_part)
    block_order = block_names[np.argsort(starts[block_names], kind="stable")]
    block_number = np.empty(int(block_of_part.max()) + 1, np.int64)
    block_number[block_order] = np.arange(len(block_order))
    order = np.lexsort((first[unique], block_number[block_of_part]))
    per_block = np.bincount(block_number[block_of_part])
    if (per_block != per_block[0]).any():
        return None
    within = np.empty(len(unique), np.int64)
    within[order] = np.arange(len(unique)) % per_block[0]
    return block_number[blocks], within[index], int(per_block[0])


def _is_exact(
    member: Ints,
    left: Ints,
    right: Ints,
    block: Ints,
    row: Ints,
    column: Ints,
    left_table: Ints,
    right_table: Ints,
    place_left: Ints,
) -> bool:
    """Tell whether the tables multiply what the members do, and nothing else."""
    at = place_left[left]
    if not (left_table[block[member], row[member], at] == left).all():
        return False
    if not (right_table[block[member], column[member], at] == right).all():
        return False
    both = (left_table[block, row] >= 0) & (right_table[block, column] >= 0)
    wanted = np.bincount(member, minlength=len(block))
    return bool((both.sum(axis=1) == wanted).all())
