"""What the subscripts of `einsum` ask for: checked against the shapes, and taken apart into steps of one or two arrays.

Before arrays are multiplied each is made such that every letter of it names one axis, has one size in all of them, and
stands in another one or in the output too.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

import numpy as np

# As string.ascii_letters; that module would be loaded with every `import micrograd_plus` for this alone.
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

Shape = tuple[int, ...]


class Preparation(NamedTuple):
    """What is done to one operand: diagonals are taken, axes of size 1 that meet larger ones dropped, others summed."""

    diagonals: tuple[tuple[int, int], ...]  # pairs of axes, which become the last one
    shape: Shape | None  # without the dropped axes, if there are any
    summed: tuple[int, ...]
    term: str  # the letters that are left


class Contraction(NamedTuple):
    """The steps of an einsum: operands made ready, products of two of them, the axes of what is left in their order."""

    operands: tuple[Preparation, ...]
    products: tuple[tuple[int, int, str], ...]  # two positions, and their subscripts; the product takes the last place
    axes: tuple[int, ...]


@lru_cache(maxsize=1024)
def contraction(subscripts: str, shapes: tuple[Shape, ...]) -> Contraction:
    """Return the steps; ValueError for subscripts that are none or that do not fit the shapes."""
    terms, out = _parsed(subscripts, shapes)
    sizes = _sizes(subscripts, terms, shapes)
    for letter in out:
        if letter not in sizes:
            raise ValueError(f"einsum {subscripts!r}: no operand has {letter!r}, which the output names")
        if out.count(letter) > 1:
            raise ValueError(f"einsum {subscripts!r}: the output names {letter!r} twice")
    operands = _prepared(terms, shapes, sizes, out)
    products, left = _products([operand.term for operand in operands], out, sizes)
    return Contraction(operands, products, tuple(map(left.index, out)))


def _parsed(subscripts: str, shapes: tuple[Shape, ...]) -> tuple[list[str], str]:
    """Return the term of each operand and of the output, as letters alone."""
    inputs, arrow, out = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    for term in (*terms, out):
        if not re.fullmatch(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*", term):
            wanted = "terms of letters and at most one '...', between them commas, before the output's '->'"
            raise ValueError(f"einsum {subscripts!r}: wanted {wanted}, got {term!r}")
    if len(terms) != len(shapes):
        raise ValueError(f"einsum {subscripts!r} names {len(terms)} operand(s), got {len(shapes)}")
    unnamed = [len(shape) - len(term.replace("...", "")) for term, shape in zip(terms, shapes, strict=True)]
    for k, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        if unnamed[k] < 0 or (unnamed[k] and "..." not in term):
            raise ValueError(f"einsum {subscripts!r}: {term!r} does not name the axes of operand {k} of shape {shape}")
    spare = "".join(c for c in LETTERS if c not in subscripts)[: max(unnamed)]
    if arrow and spare and "..." not in out:
        raise ValueError(f"einsum {subscripts!r}: the output has no '...' for the axes of the operands' {len(spare)}")
    if not arrow:
        named = Counter(inputs.replace(",", "").replace(".", ""))
        out = "..." + "".join(sorted(c for c, count in named.items() if count == 1))
    full = [term.replace("...", spare[len(spare) - count :]) for term, count in zip(terms, unnamed, strict=True)]
    return full, out.replace("...", spare)


def _sizes(subscripts: str, terms: list[str], shapes: tuple[Shape, ...]) -> dict[str, int]:
    """Return the size of each letter: 1 is stretched to the size it has in another operand."""
    sizes: dict[str, int] = {}
    places: dict[str, int] = {}
    for k, (term, shape) in enumerate(zip(terms, shapes, strict=True)):
        for letter, size in zip(term, shape, strict=True):
            if size != (own := shape[term.index(letter)]):
                raise ValueError(f"einsum {subscripts!r}: {letter!r} has sizes {own} and {size} in operand {k}")
            known = sizes.setdefault(letter, size)
            first = places.setdefault(letter, k)
            if size != known and 1 not in (size, known):
                name = repr(letter) if letter in subscripts else "an axis of '...'"
                raise ValueError(
                    f"einsum {subscripts!r}: {name} has size {known} in operand {first} of shape {shapes[first]}, "
                    f"and size {size} in operand {k} of shape {shape}"
                )
            if known == 1:
                sizes[letter], places[letter] = size, k
    return sizes


def _prepared(terms: list[str], shapes: tuple[Shape, ...], sizes: dict[str, int], out: str) -> tuple[Preparation, ...]:
    single = [_without_repeats(term, shape) for term, shape in zip(terms, shapes, strict=True)]
    lasting = ["".join(c for c, size in axes.items() if size == sizes[c]) for _, axes in single]
    counts = Counter("".join(lasting))
    operands = []
    for (diagonals, axes), term in zip(single, lasting, strict=True):
        shape = tuple(sizes[c] for c in term) if len(term) < len(axes) else None
        alone = [counts[c] == 1 and c not in out for c in term]
        left = "".join(c for c, is_alone in zip(term, alone, strict=True) if not is_alone)
        operands.append(Preparation(diagonals, shape, tuple(k for k, x in enumerate(alone) if x), left))
    return tuple(operands)


def _without_repeats(term: str, shape: Shape) -> tuple[tuple[tuple[int, int], ...], dict[str, int]]:
    """Return of which axes diagonals are to be taken, one after the other, and the size of each letter then."""
    diagonals = []
    axes = list(zip(term, shape, strict=True))
    while repeated := next((axis for axis in axes if axes.count(axis) > 1), None):
        first = axes.index(repeated)
        second = axes.index(repeated, first + 1)
        diagonals.append((first, second))
        axes = [axis for k, axis in enumerate(axes) if k not in (first, second)] + [repeated]
    return tuple(diagonals), dict(axes)


def _products(terms: list[str], out: str, sizes: dict[str, int]) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Return which two are multiplied, one product after the other, and the letters of the last."""
    products = []
    for first, second in _pairs(terms, out, sizes):
        b, a = terms.pop(second), terms.pop(first)
        wanted = set(out).union(*terms)
        shared = "".join(c for c in a if c in b and c in wanted)
        rest = "".join(c for c in a + b if c not in shared and c in wanted)
        product = shared + rest if terms else out
        products.append((first, second, f"{a},{b}->{product}"))
        terms.append(product)
    return tuple(products), terms[0]


def _pairs(terms: list[str], out: str, sizes: dict[str, int]) -> list[tuple[int, int]]:
    """Return the positions of the two that are multiplied next, first the smaller one, in a cheap order."""
    if len(terms) < 3:
        return [(0, 1)] * (len(terms) - 1)
    arrays = [np.broadcast_to(0.0, [sizes[c] for c in term]) for term in terms]
    path, _ = np.einsum_path(f"{','.join(terms)}->{out}", *arrays, optimize=("greedy", 2**62))
    pairs = []
    count = len(terms)
    for step in path[1:]:
        positions = sorted(step)
        while len(positions) > 1:
            # The product stands last, and what stood behind its factors moves up.
            second, first = positions.pop(), positions.pop()
            pairs.append((first, second))
            count -= 1
            positions.append(count - 1)
    return pairs
