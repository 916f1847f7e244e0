"""Is a gradient right? Derivatives along random directions are compared with differences of the function itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from micrograd_plus.arguments import described, integer_at_least
from micrograd_plus.central_differences import rounding, step_for
from micrograd_plus.engine import CONSTANT, Node, gradient, graph
from micrograd_plus.ops import FORMULAS
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

Function = Callable[..., Any]


class GradientError(AssertionError):
    """A gradient is not what differences of the function say."""


def check_gradients(f: Function, *inputs: Any, order: int = 2) -> None:
    """Compare derivatives of `f` at `inputs` along random directions with central differences, up to `order`.

    `f` takes a Value for each number or Value in `inputs`, a Tensor for each array or Tensor, and returns a node that
    holds one number. The second order differentiates what `gradient` gives for the first. The tolerance is what
    truncation and rounding can explain: the change when the step is doubled, and the first-order bound on rounding
    errors (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, ch. 3). Directions are the same in every
    run. Steps are of the inputs' own sizes, so check at inputs of about 1: beside results of that size rounding may
    explain any gradient at inputs of 1e-9, in float32 of 0.01. At a kink, such as `relu` at 0, differences disagree
    with every choice of a slope.

    Raises `GradientError` where they differ by more, or where a number is not finite.

    >>> check_gradients(lambda a, b: (a * b).tanh(), 0.5, -2.0)
    """
    order = integer_at_least(1, "order", order)
    if not inputs:
        raise TypeError("wanted at least one input to derive by")
    leaves = [_leaf(x) for x in inputs]
    rng = np.random.default_rng(0)
    for k in range(1, order + 1):
        directions = [_random_direction(x, rng) for x in leaves]
        derivative = _derivative(f, directions)
        with np.errstate(all="ignore"):
            _compare(f, derivative, leaves, directions, k)
        f = derivative


def _leaf(x: Any) -> Node:
    if isinstance(x, Node):
        return x.detach()
    return Tensor(x) if isinstance(x, np.ndarray) else Value(x)


def _random_direction(x: Node, rng: np.random.Generator) -> Any:
    """Return numbers of the size of the elements of `x`, so that a step along them stays near each."""
    data = np.asarray(x.data)
    size = np.where(data == 0, 1.0, np.abs(data))
    sign = rng.choice([-1.0, 1.0], data.shape)
    return (sign * rng.uniform(0.5, 1.0, data.shape) * size).astype(data.dtype)[()]


def _derivative(f: Function, directions: Sequence[Any]) -> Function:
    """Return the function that computes the derivative of `f` along `directions` as a graph."""

    def derivative(*nodes: Node) -> Any:
        products = [g * v for g, v in zip(gradient(_node(f(*nodes)), nodes), directions, strict=True)]
        return reduce(add, [p.sum() if isinstance(p, Tensor) else p for p in products])

    return derivative


def _compare(f: Function, derivative: Function, leaves: Sequence[Node], directions: Sequence[Any], order: int) -> None:
    eps = max(float(np.finfo(np.asarray(x.data).dtype).eps) for x in leaves)
    step = step_for(eps)

    def moved(distance: float) -> Any:
        return _node(f(*[x.leaf(x.data + distance * v) for x, v in zip(leaves, directions, strict=True)]))

    def difference(distance: float) -> float:
        return (float(moved(distance)) - float(moved(-distance))) / (2 * distance)

    claimed, found = float(derivative(*leaves)), difference(step)
    truncation = abs(found - difference(2 * step))
    # Taken beside the inputs: at 0 all terms may vanish.
    allowed = truncation + rounding(eps, _sum_of_terms(moved(2 * step)), step)
    if not abs(claimed - found) <= allowed < np.inf:
        raise GradientError(
            f"order {order}: the gradient gives {claimed!r} along a random direction where differences give {found!r}: "
            f"{abs(claimed - found):.3g} apart, {allowed:.3g} allowed"
        )


def _sum_of_terms(y: Node) -> float:
    """Return by how much `y` may change, to first order, if each number on the way is wrong by its own size."""
    y = _spelled_out(y)
    nodes = [node for node in graph(y) if node.op is not CONSTANT]
    # On a score of -inf, as masks make them, nothing depends.
    terms = [np.where(g.data == 0, 0.0, g.data * node.data) for g, node in zip(gradient(y, nodes), nodes, strict=True)]
    return sum(float(np.abs(term).sum()) for term in terms)


def _spelled_out(y: Node) -> Any:
    """Return `y` with the formulas of derived operations written out, since each of their terms is rounded too."""
    anew: dict[Node, Any] = {}
    for node in graph(y):
        inputs = [anew[i] for i in node.inputs]
        compute = FORMULAS.get(node.op.name, node.op)
        anew[node] = compute(*inputs, **node.op.parameters) if inputs else node
    return anew[y]


def _node(y: Any) -> Node:
    if not isinstance(y, Node):
        raise TypeError(f"wanted a Value or a Tensor as result of f, got {described(y)}")
    return y
