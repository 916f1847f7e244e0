"""Sums of products of two arrays whose axes are named by letters, as one product of matrices."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from micrograd_plus.array_ops.products import matmul
from micrograd_plus.array_ops.reductions import total
from micrograd_plus.array_ops.row import ArrayOp, Shape, structural
from micrograd_plus.array_ops.shapes import reshape, transpose


class _Roles(NamedTuple):
    """What the letters of a contraction are, and the terms of its inputs and its output."""

    a: str
    b: str
    out: str
    batch: str  # in both and in the output
    summed: str  # in both, not in the output
    left: str  # in a and in the output
    right: str  # in b and in the output
    exchanged: bool  # whether b stands first in the subscripts


def _terms(subscripts: str) -> tuple[str, str, str]:
    """Return the letters of both inputs and of the output."""
    inputs, out = subscripts.split("->")
    a, b = inputs.split(",")
    return a, b, out


@lru_cache(maxsize=1024)
def _roles(subscripts: str) -> _Roles:
    a, b, out = _terms(subscripts)
    batch = "".join(c for c in out if c in a and c in b)
    summed = "".join(c for c in a if c not in out)
    left, right = ("".join(c for c in out if c not in other) for other in (b, a))
    if left and right and out.index(right[0]) < out.index(left[0]):
        return _Roles(b, a, out, batch, summed, right, left, True)
    return _Roles(a, b, out, batch, summed, left, right, False)


def _arranged(x: Any, letters: str, wanted: str, shape: tuple[int, ...]) -> Any:
    """Return `x`, whose axes are `letters`, with axes in the `wanted` order, then in a shape of as many elements."""
    if letters != wanted:
        x = transpose(x, axes=tuple(map(letters.index, wanted)))
    return x if x.shape == shape else reshape(x, shape=shape)


def _contracted(a: Any, b: Any, subscripts: str) -> Any:
    roles = _roles(subscripts)
    if roles.exchanged:
        a, b = b, a
    sizes = dict(zip(roles.a + roles.b, a.shape + b.shape, strict=True))

    def size_of(letters: str) -> tuple[int, ...]:
        return tuple(sizes[c] for c in letters)

    def stretchable(x: Any, letters: str) -> Any:
        wanted = "".join(c for c in roles.out if c in letters)
        return _arranged(x, letters, wanted, tuple(sizes[c] if c in letters else 1 for c in roles.out))

    if not roles.summed:
        return stretchable(a, roles.a) * stretchable(b, roles.b)
    batch, summed, left, right = map(size_of, (roles.batch, roles.summed, roles.left, roles.right))
    if batch and not left and not right:
        order = roles.batch + roles.summed
        products = _arranged(a, roles.a, order, batch + summed) * _arranged(b, roles.b, order, batch + summed)
        return total(products, axis=tuple(range(len(batch), len(order))), keepdims=False)
    depth = math.prod(summed)
    # A vector is better than a matrix of one row, but only a single one can be multiplied.
    rows, columns = ((math.prod(x),) if x or batch else () for x in (left, right))
    product = matmul(
        _arranged(a, roles.a, roles.batch + roles.left + roles.summed, (*batch, *rows, depth)),
        _arranged(b, roles.b, roles.batch + roles.summed + roles.right, (*batch, depth, *columns)),
    )
    if product.shape != batch + left + right:
        product = reshape(product, shape=batch + left + right)
    return _arranged(product, roles.batch + roles.left + roles.right, roles.out, size_of(roles.out))


def _to_first(g: Any, out: Any, a: Any, b: Any, subscripts: str) -> Any:
    first, second, of_out = _terms(subscripts)
    return einsum(g, b, subscripts=f"{of_out},{second}->{first}")


def _to_second(g: Any, out: Any, a: Any, b: Any, subscripts: str) -> Any:
    first, second, of_out = _terms(subscripts)
    return einsum(a, g, subscripts=f"{first},{of_out}->{second}")


def _size(a: Shape, b: Shape, subscripts: str) -> int:
    first, second, out = _terms(subscripts)
    sizes = dict(zip(first + second, a + b, strict=True))
    return math.prod(sizes[letter] for letter in out)


# Every letter stands once in two of the three terms or in all three, and has one size: then so it is in the pullbacks.
einsum: ArrayOp = structural(
    "einsum",
    _contracted,
    _to_first,
    _to_second,
    python="einsum({subscripts}, {}, {})",
    formula=_contracted,
    linear=True,
    size=_size,
)
