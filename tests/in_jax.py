"""JAX in float64, for functions that run once each."""

from typing import Any

import pytest


def jax_or_skip() -> Any:
    """Return JAX, or skip the test where it is not installed."""
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_disable_most_optimizations", True)  # they take longer than what they make faster
    return jax


def second_order(jax: Any, total: Any, inputs: Any, along: Any) -> tuple[Any, Any, Any]:
    """Return the results of `total`, a sum and what it is of, its gradient, and the gradient's slope along a direction.

    That is the gradient of the product of gradient and direction, which is how the graph is asked for it.
    """
    slopes = jax.grad(total, range(len(inputs)), has_aux=True)
    (first, results), (second, _) = jax.jit(lambda x, v: jax.jvp(slopes, x, v))(tuple(inputs), tuple(along))
    return results, first, second
