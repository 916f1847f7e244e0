"""Arrays made anew in a builder of their own, each operation by a rule: what every pass over a program does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd_plus.array_ops import matmul
from micrograd_plus.compiler.arrays import ACCUMULATE, COPY, VIEW, Array, Builder, arrays_below
from micrograd_plus.compiler.views import View
from micrograd_plus.ops import Op


def rebuilt(roots: Sequence[Array], rule: Callable[[Op, list[Array], Array], Any]) -> list[Array]:
    """Return the roots made anew in a builder of their own: each operation by `rule`, on inputs made anew.

    What made the roots is finished.
    """
    builder = Builder()
    done: dict[Array, Array] = {}
    for array in arrays_below(roots):
        inputs = [done[i] for i in array.inputs]
        if not inputs:
            done[array] = builder.leaf_like(array)
            continue
        done[array] = new = _moved(array, inputs) or rule(array.op, inputs, array)
        new.name, new.comment = new.name or array.name, new.comment or array.comment
    finish(roots)
    return [done[root] for root in roots]


def finish(arrays: Sequence[Array]) -> None:
    """Finish the builders that made some arrays."""
    for builder in {array.builder for array in arrays}:
        builder.finish()


def _moved(array: Array, inputs: list[Array]) -> Array | None:
    """Make a view, a copy or an accumulation anew; None for what computes."""
    builder = inputs[0].builder
    if array.op is VIEW:
        return _shown(array.window, inputs[0])
    if array.op is COPY:
        return builder.copied(inputs[0])
    if array.op is ACCUMULATE:
        return builder.accumulated(array.shape, array.dtype, zip(array.views, inputs, strict=True))
    return None


def _shown(view: View, base: Array) -> Array:
    """Return the view of what its base became, which may be a view of another by now."""
    builder = base.builder
    if (
        base.op.name == matmul.name
        and base.ndim == 2
        and view == View(0, (base.shape[0],), (1,))
        and base.shape[1] == 1
    ):
        # A column that loses its axis again: a product with a vector from the start.
        a, column = base.inputs
        if column.ndim == 2:
            return builder.apply(matmul, (a, column[:, 0]))
    if base.is_number:
        base = builder.constant(np.array(base.value))
    if base.op is VIEW and not base.window.is_contiguous:
        base = builder.copied(base)
    if base.op is VIEW:
        view = View(view.offset + base.window.offset, view.shape, view.strides)
    return builder.shown(base.base, view)
