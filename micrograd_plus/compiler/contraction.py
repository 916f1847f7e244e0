"""Sums of products as matrix products: which rows and columns they are, whatever the order they were written in.

Each member of a class of sums adds up products of a left and a right slot. Left slots that occur in one member belong
to one row, right slots to one column; a member is the product of its row with its column. Rows and columns that meet
form a block (the heads of attention are several). Which places of row and column are multiplied with each other is read
off the products themselves, beginning with the longest row. What is missing (later positions of attention, connections
that a network does not have) is a hole: no product has both a left and a right slot there.
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

    `member`, `left` and `right` hold, for each product, the member of the class that adds it and its slots; `rank`
    gives the order in which slots are preferred, by slot.
    """
    order = np.argsort(member, kind="stable")
    return _Products(member[order], left[order], right[order], rank).contraction()


class _Products:
    """Products in the order of the members that add them."""

    def __init__(self, member: Ints, left: Ints, right: Ints, rank: Ints) -> None:
        self.member, self.left, self.right, self.rank = member, left, right, rank
        self.starts = np.flatnonzero(np.diff(member, prepend=-1))

    def contraction(self) -> Contraction | None:
        """Return what they add up to as tables, if they are a matrix product and nothing else."""
        slots = len(self.rank)
        row_of, column_of = _parts(self.member, self.left, slots), _parts(self.member, self.right, slots)
        if row_of is None or column_of is None:
            return None
        rows, columns = row_of[self.left[self.starts]], column_of[self.right[self.starts]]
        each = np.arange(len(rows))
        block_of = _parts(np.concatenate([each, each]), np.concatenate([rows, columns + slots]), 2 * slots)
        if block_of is None:
            return None
        place = self._places(row_of, block_of)
        if place is None:
            return None
        numbered_rows = _numbered(block_of[rows], rows, _smallest(row_of[self.left], self.rank[self.left], slots))
        firsts = _smallest(column_of[self.right], self.rank[self.right], slots)
        numbered_columns = _numbered(block_of[rows], columns, firsts)
        if numbered_rows is None or numbered_columns is None:
            return None
        block, row, _ = numbered_rows
        return self._tables(block, row, numbered_columns[1], place)

    def _places(self, row_of: Ints, block_of: Ints) -> Ints | None:
        """Return the place of each product's factors in row and column, None where they do not agree."""
        left, right = self.left, self.right
        place_left, place_right = np.full((2, len(self.rank)), -1, np.int64)
        first = _longest_rows(left, self.rank, row_of, block_of)
        place_left[first] = _counted(row_of[first])
        # The longest row of a block has all places; the other rows get theirs through the columns.
        for _ in range(_MOST_ROUNDS):
            known = place_left[left] >= 0
            place_right[right[known]] = place_left[left[known]]
            if known.all():
                break
            known = place_right[right] >= 0
            place_left[left[known]] = place_right[right[known]]
        place = place_left[left]
        return place if (place >= 0).all() and (place == place_right[right]).all() else None

    def _tables(self, block: Ints, row: Ints, column: Ints, place: Ints) -> Contraction | None:
        """Return the tables of slots, None if they multiply anything that the members do not."""
        sizes = (int(block.max()) + 1, int(row.max()) + 1, int(column.max()) + 1)
        members = np.full(sizes, -1, np.int64)
        members[block, row, column] = np.arange(len(row))
        if (members >= 0).sum() != len(row) or len(row) < _LEAST_FILLED * members.size:
            return None
        count = int(place.max()) + 1
        of = np.repeat(np.arange(len(self.starts)), np.diff(np.append(self.starts, len(self.member))))
        left, right = np.full((*sizes[:2], count), -1, np.int64), np.full((sizes[0], sizes[2], count), -1, np.int64)
        at_left, at_right = (block[of], row[of], place), (block[of], column[of], place)
        left[at_left], right[at_right] = self.left, self.right
        multiplied = ((left[block, row] >= 0) & (right[block, column] >= 0)).sum(axis=1)
        exact = (left[at_left] == self.left).all() and (right[at_right] == self.right).all()
        return Contraction(left, right, members) if exact and (multiplied == np.bincount(of)).all() else None


def _parts(member: Ints, slots: Ints, size: int) -> Ints | None:
    """Return a number for each slot, the same for slots that occur in one member or are linked by several."""
    order = np.argsort(member, kind="stable")
    member, slots = member[order], slots[order]
    starts = np.flatnonzero(np.diff(member, prepend=-1))
    lengths = np.diff(np.append(starts, len(member)))
    part = np.arange(size)
    for _ in range(_MOST_ROUNDS):
        smallest = np.repeat(np.minimum.reduceat(part[slots], starts), lengths)
        if (part[slots] == smallest).all():
            return part
        np.minimum.at(part, slots, smallest)
    return None


def _longest_rows(left: Ints, rank: Ints, row_of: Ints, block_of: Ints) -> Ints:
    """Return the slots of the longest row of each block, row by row, in the order of their ranks."""
    slots = np.unique(left)
    slots = slots[np.lexsort((rank[slots], row_of[slots]))]
    rows, starts, lengths = np.unique(row_of[slots], return_index=True, return_counts=True)
    longest_first = np.lexsort((np.arange(len(rows)), -lengths, block_of[rows]))
    chosen = longest_first[np.unique(block_of[rows][longest_first], return_index=True)[1]]
    return np.concatenate([slots[starts[k] : starts[k] + lengths[k]] for k in chosen])


def _counted(groups: Ints) -> Ints:
    """Return how many of the same number stand before each; equal numbers stand together."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))


def _smallest(index: Ints, values: Ints, size: int) -> Ints:
    result = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(result, index, values)
    return result


def _numbered(blocks: Ints, parts: Ints, first: Ints) -> tuple[Ints, Ints, int] | None:
    """Return the number of each member's block, the number of its part in the block, and how many parts a block has.

    Both are numbered in the order of `first`, by part. None where the blocks have different numbers of parts.
    """
    unique, index = np.unique(parts, return_inverse=True)
    block_of_part = np.empty(len(unique), np.int64)
    block_of_part[index] = blocks
    names, block_of_part = np.unique(block_of_part, return_inverse=True)
    starts = _smallest(block_of_part, first[unique], len(names))
    number = np.empty(len(names), np.int64)
    number[np.argsort(starts, kind="stable")] = np.arange(len(names))
    block_of_part = number[block_of_part]
    counts = np.bincount(block_of_part)
    if (counts != counts[0]).any():
        return None
    within = np.empty(len(unique), np.int64)
    within[np.lexsort((first[unique], block_of_part))] = np.arange(len(unique)) % counts[0]
    return block_of_part[index], within[index], int(counts[0])
