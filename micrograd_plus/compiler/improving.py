"""What is better said otherwise before gradients are taken: then their gradients are better too."""

from __future__ import annotations

from collections.abc import Sequence

from micrograd_plus.compiler.arrays import Array
from micrograd_plus.compiler.bias_rows import with_bias_row
from micrograd_plus.compiler.joined_squares import with_joined_squares
from micrograd_plus.compiler.rebuilding import rebuilt
from micrograd_plus.ops import Op


def improved(roots: Sequence[Array]) -> list[Array]:
    """Return the same arrays with biases inside products, and squares of neighbours in one sum."""
    return rebuilt(roots, _rule)


def _rule(op: Op, inputs: list[Array], array: Array) -> Array:
    return with_bias_row(op, inputs) or with_joined_squares(op, inputs) or inputs[0].builder.apply(op, inputs)
