"""From what each element or sample loses to what a loss returns: weights of samples, then a mean, a sum or neither."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.losses.operands import LISTS, Outputs, in_type, weights
from micrograd_plus.nested import leaves
from micrograd_plus.suggestions import require_known
from micrograd_plus.tensor import Tensor

REDUCTIONS = ("mean", "sum", "none")


class Reduction:
    """How terms become what a loss returns; what is wrong with it is said before any term is computed."""

    def __init__(self, kind: str, outputs: Outputs, shape: tuple[int, ...], sample_weight: Any) -> None:
        require_reduction(kind)
        self._kind = kind
        self._weights = None if sample_weight is None else weights(sample_weight, outputs, "sample_weight")
        if self._weights is not None and self._weights.shape != shape[:1]:
            count = math.prod(shape[:1])
            raise ValueError(f"wanted a weight for each of {count} samples, got shape {self._weights.shape}")

    def __call__(self, terms: Any, divisor: float | None = None) -> Any:
        """Return the reduction of a Tensor or of lists; their first axis is samples. A mean is divided by `divisor`."""
        if self._weights is not None:
            terms = _weighted(terms, self._weights)
        if self._kind == "none":
            return terms
        if isinstance(terms, Tensor):
            if self._kind == "mean" and divisor is None:
                return terms.mean()
            total, count = terms.sum(), terms.size
        else:
            terms = list(leaves(terms))
            total, count = added(terms), len(terms)
        divisor = float(count) if divisor is None else divisor
        return total if self._kind == "sum" or divisor == 1.0 else total / divisor


def require_reduction(kind: str, kinds: tuple[str, ...] = REDUCTIONS) -> None:
    """Raise a TypeError or ValueError unless `kind` is one of those reductions."""
    if not isinstance(kind, str):
        raise TypeError(f"wanted reduction as one of {', '.join(kinds)}, got {described(kind)}")
    require_known("reduction", kind, kinds)


def of_elements(
    formula: Callable[..., Any], outputs: Outputs, targets: Any, sample_weight: Any, reduction: str, *others: Any
) -> Any:
    """Return the reduction of the formula over all elements of the outputs, each with its target and the others."""
    operands = (targets, *others)
    reduced = Reduction(reduction, outputs, targets.shape, sample_weight)
    if isinstance(outputs, Tensor):
        return reduced(formula(outputs, *[in_type(operand, outputs) for operand in operands]))
    numbers = [np.broadcast_to(operand, targets.shape).tolist() for operand in operands]
    return reduced(mapped(formula, outputs, *numbers))


def mapped(formula: Callable[..., Any], first: Any, *others: Any) -> Any:
    """Return what the formula gives for each element of nested lists, in the same nesting."""
    if isinstance(first, LISTS):
        return [mapped(formula, *elements) for elements in zip(first, *others, strict=True)]
    return formula(first, *others)


def added(terms: list[Any]) -> Any:
    """Return the sum of nodes."""
    # Not from 0 upwards: that would be a node more.
    return sum(terms[1:], terms[0])


def _weighted(terms: Any, weights: Any) -> Any:
    if isinstance(terms, Tensor):
        return terms * in_type(weights, terms).reshape(weights.shape + (1,) * (terms.ndim - weights.ndim))
    return [mapped(lambda term, w=weight: term * w, row) for row, weight in zip(terms, weights.tolist(), strict=True)]
