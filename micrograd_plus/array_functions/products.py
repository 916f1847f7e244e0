"""Products of arrays: sums of products along axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from micrograd_plus import array_ops
from micrograd_plus.arguments import described
from micrograd_plus.array_functions.axes import listed, one_axis
from micrograd_plus.array_functions.registry import array_function, as_operand
from micrograd_plus.array_functions.repeating import roll
from micrograd_plus.array_functions.selecting import diagonal
from micrograd_plus.array_functions.shapes import moveaxis
from micrograd_plus.array_functions.subscripts import LETTERS, Preparation, contraction
from micrograd_plus.array_ops import reshape


@array_function("mm", "mv", keywords={"mat2": "b", "vec": "b"})
def matmul(a: Any, b: Any) -> Any:
    """Return the matrix product of (..., n, k) and (..., k, m), as `a @ b`; either may be a vector (k,)."""
    return array_ops.matmul(a, as_operand(b))


@array_function(method=False)
def einsum(subscripts: str, *operands: Any, optimize: Any = True) -> Any:
    """Return the sum of products that the subscripts name, as NumPy's: "ij,jk->ik" is a matrix product.

    A letter is an axis; axes of one letter have one size, or 1, which is stretched. Letters that the output does not
    name are summed over; without "->" it has those that stand once, in alphabetical order. A letter twice in one
    operand is its diagonal, "..." is all axes that are not named. Operands are multiplied two at a time, as a product
    of matrices, in an order that is cheap; `optimize` changes nothing. ValueError for sizes that do not fit.

    >>> einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0])
    array([12., 34.])
    """
    if not isinstance(subscripts, str):
        raise TypeError(f"wanted einsum's subscripts as text such as 'ij,jk->ik', got {described(subscripts)}")
    arrays = [as_operand(x) for x in operands]
    steps = contraction(subscripts, tuple(tuple(x.shape) for x in arrays))
    arrays = [_prepared(x, preparation) for x, preparation in zip(arrays, steps.operands, strict=True)]
    for first, second, letters in steps.products:
        b, a = arrays.pop(second), arrays.pop(first)
        arrays.append(array_ops.einsum(a, b, subscripts=letters))
    if steps.axes == tuple(range(len(steps.axes))):
        return arrays[0]
    return array_ops.transpose(arrays[0], axes=steps.axes)


def _prepared(x: Any, steps: Preparation) -> Any:
    for first, second in steps.diagonals:
        x = diagonal(x, 0, first, second)
    if steps.shape is not None:
        x = reshape(x, shape=steps.shape)
    return array_ops.total(x, axis=steps.summed, keepdims=False) if steps.summed else x


@array_function(keywords={"dims": "axes"})
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Return the sum of products over `axes`: the last so many of `a` and first of `b`, or two lists of such axes."""
    b = as_operand(b)
    of_a, of_b = _paired_axes(a, b, axes)
    return _summed_over(a, b, of_a, of_b)


def _paired_axes(a: Any, b: Any, axes: Any) -> tuple[list[int], list[int]]:
    if hasattr(axes, "__len__"):
        if len(axes) != 2:
            raise ValueError(f"wanted axes as a number or as two lists of them, got {described(axes)}")
        of_a, of_b = ([one_axis(k, x) for k in listed((part,), "axes")] for part, x in zip(axes, (a, b), strict=True))
        if len(of_a) != len(of_b) or len({*of_a}) < len(of_a) or len({*of_b}) < len(of_b):
            raise ValueError(f"wanted as many axes of one as of the other, each once, got {described(axes)}")
        return of_a, of_b
    [count] = listed((axes,), "axes")
    if not 0 <= count <= min(a.ndim, b.ndim):
        raise ValueError(f"no sum over {count} axes of shapes {a.shape} and {b.shape}")
    return list(range(a.ndim - count, a.ndim)), list(range(count))


def _summed_over(a: Any, b: Any, of_a: Sequence[int], of_b: Sequence[int]) -> Any:
    """Return the sum of products over pairs of axes; the other axes of `a`, then those of `b`, are the result's."""
    if any(a.shape[i] != b.shape[j] for i, j in zip(of_a, of_b, strict=True)):
        pairs = f"axes {tuple(of_a)} of shape {a.shape} and {tuple(of_b)} of {b.shape}"
        raise ValueError(f"no sum of products over {pairs}: their sizes differ")
    first = list(LETTERS[: a.ndim])
    second = list(LETTERS[a.ndim : a.ndim + b.ndim])
    for i, j in zip(of_a, of_b, strict=True):
        second[j] = first[i]
    out = [c for c in first + second if (c in first) != (c in second)]
    return array_ops.einsum(a, b, subscripts=f"{''.join(first)},{''.join(second)}->{''.join(out)}")


@array_function()
def dot(a: Any, b: Any) -> Any:
    """Return NumPy's dot: the sum of products over the last axis of `a` and the last but one, or only, axis of `b`.

    Of vectors their scalar product, of matrices their product, with a single number the product of each element.
    """
    b = as_operand(b)
    if not a.ndim or not b.ndim:
        return a * b
    if b.ndim <= 2:
        return array_ops.matmul(a, b)
    return _summed_over(a, b, [a.ndim - 1], [b.ndim - 2])


@array_function()
def vdot(a: Any, b: Any) -> Any:
    """Return the scalar product of all elements of `a` and of `b`, which have as many."""
    b = as_operand(b)
    if a.size != b.size:
        raise ValueError(f"no scalar product of shapes {a.shape} and {b.shape}: want as many elements")
    return array_ops.matmul(*(reshape(x, shape=(x.size,)) for x in (a, b)))


@array_function()
def inner(a: Any, b: Any) -> Any:
    """Return the sum of products over the last axes; with a single number the product of each element."""
    b = as_operand(b)
    return _summed_over(a, b, [a.ndim - 1], [b.ndim - 1]) if a.ndim and b.ndim else a * b


@array_function()
def outer(a: Any, b: Any) -> Any:
    """Return the products of each element of `a` with each of `b`, of shape (a.size, b.size)."""
    b = as_operand(b)
    return reshape(a, shape=(a.size, 1)) * reshape(b, shape=(1, b.size))


@array_function(keywords={"input": "a", "mat2": "b"})
def bmm(a: Any, b: Any) -> Any:
    """Return the products of as many matrices (N, n, k) with as many others (N, k, m), as PyTorch's."""
    b = as_operand(b)
    if a.ndim != 3 or b.ndim != 3 or a.shape[0] != b.shape[0]:
        raise ValueError(f"no products of shapes {a.shape} and {b.shape}: want (N, n, k) and (N, k, m)")
    return array_ops.matmul(a, b)


@array_function()
def kron(a: Any, b: Any) -> Any:
    """Return the Kronecker product: a block of `b` for each element of `a`."""
    b = as_operand(b)
    ndim = max(a.ndim, b.ndim)
    of_a, of_b = ((1,) * (ndim - x.ndim) + tuple(x.shape) for x in (a, b))
    blocks = reshape(a, shape=tuple(k for n in of_a for k in (n, 1)))
    blocks = blocks * reshape(b, shape=tuple(k for n in of_b for k in (1, n)))
    return reshape(blocks, shape=tuple(n * m for n, m in zip(of_a, of_b, strict=True)))


@array_function()
def cross(a: Any, b: Any, *, axis: int = -1) -> Any:
    """Return the vector product of vectors of three numbers along `axis` of `a`, of `b` and of the result."""
    b = as_operand(b)
    if a.shape[one_axis(axis, a)] != 3 or b.shape[one_axis(axis, b)] != 3:
        raise ValueError(f"no vector product of shapes {a.shape} and {b.shape}: want size 3 along axis {axis}")
    if axis >= 0 and a.ndim != b.ndim:  # where arrays are stretched, axes are counted from the last
        return moveaxis(cross(moveaxis(a, axis, -1), moveaxis(b, axis, -1)), -1, axis)
    return roll(a * roll(b, -1, axis) - roll(a, -1, axis) * b, -1, axis)
