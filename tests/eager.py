"""What graphs give, for programs to be compared with."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np

from micrograd_plus import Value
from micrograd_plus.nn import parameter


def eager(root: Any, leaves: Sequence[Any]) -> tuple[float, list[Any]]:
    """Return loss and gradients of a graph; the gradients that the leaves had stay."""
    before = [copy(leaf.grad) if leaf.has_grad else None for leaf in leaves]
    for leaf in leaves:
        leaf.zero_grad()
    root.backward()
    gradients = [np.copy(leaf.grad) for leaf in leaves]
    for leaf, gradient_ in zip(leaves, before, strict=True):
        leaf.zero_grad()
        if gradient_ is not None:
            leaf.grad = gradient_
    return float(root), gradients


def require_same(loss: float, leaves: Sequence[Any], expected: tuple[float, list[Any]]) -> None:
    """Compare a program's loss and gradients with those of `eager`."""
    np.testing.assert_allclose(loss, expected[0], rtol=1e-12)
    for leaf, gradient_ in zip(leaves, expected[1], strict=True):
        assert leaf.has_grad
        np.testing.assert_allclose(leaf.grad, gradient_, rtol=1e-12, atol=1e-14)


def perceptron(seed: int = 0) -> tuple[list[Value], Callable[..., Any]]:
    """Return parameters and the loss of two neurons on a sample."""
    w = [parameter(x, f"w{k}") for k, x in enumerate(np.random.default_rng(seed).normal(size=7).tolist())]

    def loss(x: Any, y: Any) -> Any:
        h = [(w[3 * k] * x[0] + w[3 * k + 1] * x[1] + w[3 * k + 2]).tanh() for k in range(2)]
        return (h[0] * w[6] - h[1] - y) ** 2

    return w, loss
