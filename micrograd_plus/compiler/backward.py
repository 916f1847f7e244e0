"""The chain rule on the arrays of a program: the rows of both tables run on Arrays, in reverse order of creation."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Iterable
from functools import reduce
from typing import Any

import numpy as np

from micrograd_plus.array_ops import ArrayOp, broadcast_to, matmul, reshape, sum_to, total
from micrograd_plus.compiler.arrays import ACCUMULATE, CONSTANT, VIEW, Array, arrays_below
from micrograd_plus.compiler.views import View, whole

# Where in an array's buffer a contribution belongs (None: all of it), and the contribution.
Share = tuple[View | None, Array]


def gradients(root: Array, wanted: Iterable[Array]) -> dict[Array, Array]:
    """Return the gradient of the single number `root` by each array of `wanted` that it depends on."""
    order = arrays_below([root])
    leads = set(wanted)
    leads.update(node for node in order if node in leads)
    for node in order:
        if any(i in leads for i in node.inputs):
            leads.add(node)
    shares: dict[Array, list[Share]] = {root: [(None, root.builder.constant(1.0))]}
    found: dict[Array, Array] = {}
    for node in reversed(order):
        if node in leads and node in shares:
            upstream = _total(node, shares.pop(node))
            if node.name and upstream.inputs and upstream.op is not VIEW:
                upstream.name = upstream.name or f"d_{node.name}"
            if not node.inputs:
                found[node] = _stretched(upstream, node.shape)
            elif node.op is VIEW:
                _to_base(node, upstream, shares)
            elif node.op is ACCUMULATE:
                _to_parts(node, upstream, leads, shares)
            else:
                _to_inputs(node, upstream, leads, shares)
    return found


def _to_inputs(node: Array, upstream: Array, leads: set[Array], shares: dict[Array, list[Share]]) -> None:
    is_elementwise = not isinstance(node.op, ArrayOp)
    if not is_elementwise:
        upstream = _stretched(upstream, node.shape)
    for k, input in enumerate(node.inputs):
        if input in leads:
            share = node.op.contribution(k, upstream, node, node.inputs)[1]
            if isinstance(share, Array):
                full = node.shape if is_elementwise else np.broadcast_shapes(share.shape, input.shape)
                shares.setdefault(input, []).append((None, _settled(share, full, input.shape)))


def _to_parts(node: Array, upstream: Array, leads: set[Array], shares: dict[Array, list[Share]]) -> None:
    """Hand on to each part of an accumulation what was received where it stands."""
    for view, part in zip(node.views, node.inputs, strict=True):
        if part in leads:
            shares.setdefault(part, []).append((None, _shown(upstream, node.shape, view)))


def _shown(array: Array, shape: tuple[int, ...], view: View) -> Array:
    """Return what a view shows of an array in this shape; what is the same along axes may keep size 1 there."""
    if not array.shape:
        return array
    if array.op is matmul and array.ndim == 2 and view.offset == 0 and view.strides == whole(array.shape).strides:
        # Some of a product's rows or columns: no others are computed then.
        a, b = array.inputs
        return _first(a, array.shape[0], view.shape[0], -2) @ _first(b, array.shape[1], view.shape[1], -1)
    if array.op.name == "mul" and array.ndim == 2 and view.offset == 0 and view.strides == whole(array.shape).strides:
        factors = array.inputs
        for axis in (0, 1):
            factors = tuple(_first(f, array.shape[axis], view.shape[axis], axis - 2) for f in factors)
        return array.builder.apply(array.op, factors)
    array = _stretched(array, shape)
    if array.op is VIEW or array.op is CONSTANT:
        array = array.builder.copied(array)
    return array.builder.shown(array, view)


def _first(array: Array, size: int, count: int, axis: int) -> Array:
    """Return the first `count` along an axis from the end, of an array that is of this size there or is stretched."""
    if size == count or array.ndim < -axis or array.shape[axis] != size:
        return array
    return array[(..., slice(count), *[slice(None)] * (-axis - 1))]


def _to_base(node: Array, upstream: Array, shares: dict[Array, list[Share]]) -> None:
    """Hand on what a view received: summed where it shows the same elements again."""
    view = node.window
    if view.repeats:
        upstream = total(_stretched(upstream, view.shape), axis=view.repeats)
        kept = [k for k in range(len(view.shape)) if k not in view.repeats]
        view = View(view.offset, tuple(view.shape[k] for k in kept), tuple(view.strides[k] for k in kept))
    if node.base.shape == ():
        shares.setdefault(node.base, []).append(
            (None, upstream if upstream.shape == () else reshape(upstream, shape=()))
        )
    else:
        shares.setdefault(node.base, []).append((view, upstream))


def _total(node: Array, parts: list[Share]) -> Array:
    """Return the sum of an array's contributions."""
    dense = Counter(part for view, part in parts if view is None)
    whole = reduce(operator.add, [part * float(count) for part, count in dense.items()]) if dense else None
    if whole is not None and dense.total() == len(parts):
        return whole
    pieces = [] if whole is None else [(node.window, _stretched(whole, node.shape))]
    pieces += [(view, part) for view, part in parts if view is not None]
    return node.builder.accumulated(node.shape, node.dtype, pieces)


def _settled(share: Array, full: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """Undo broadcasting: sum a contribution over the axes along which its input was stretched to the shape `full`.

    Along axes where a contribution stays the same it has size 1, or none at all; there it is counted instead.
    """
    share = _as_number(share)
    known = (1,) * (len(full) - share.ndim) + share.shape
    wanted = (1,) * (len(full) - len(shape)) + shape
    count = math.prod(n for n, has, wants in zip(full, known, wanted, strict=True) if has == wants == 1)
    if count != 1:
        share = share * float(count)
    summed = tuple(min(has, wants) for has, wants in zip(known, wanted, strict=True))
    summed = summed[len(full) - min(share.ndim, len(shape)) :]
    result: Array = share if share.shape == summed else sum_to(share, shape=summed)
    return result


def _as_number(share: Array) -> Array:
    """Return what is the same number everywhere as that number."""
    if share.op is VIEW and share.base.shape == ():
        return share.base
    if share.op is CONSTANT and share.size and not share.is_number and (share.value == share.value.flat[0]).all():
        return share.builder.constant(float(share.value.flat[0]))
    return share


def _stretched(array: Array, shape: tuple[int, ...]) -> Any:
    """Return `array` in the full shape that a structural operation counts on."""
    if array.shape == shape:
        return array
    if array.size == 1 and array.op is not CONSTANT and shape == (1,) * len(shape):
        return reshape(array, shape=shape)
    return broadcast_to(array, shape=shape)
