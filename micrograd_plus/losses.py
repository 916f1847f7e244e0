"""Losses: how far outputs are from targets, as one node to call `backward()` on. Each is a mean over the samples.

Outputs are a Tensor, or Values in a list (one per sample) or in a list of lists (one row per sample); targets are
numbers in the same shape. Raises `ValueError` where the shapes differ, with both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.arguments import described
from micrograd_plus.ops import exp, log, maximum, relu, softplus
from micrograd_plus.tensor import Tensor

Array = NDArray[Any]
Outputs = Any


def mse(outputs: Outputs, targets: ArrayLike) -> Any:
    """Return the mean squared error.

    >>> from micrograd_plus.value import Value
    >>> mse([Value(1.0), Value(5.0)], [0.0, 2.0]).data
    5.0
    """
    return _mean(lambda output, target: (output - target) ** 2, outputs, _targets(targets))


def hinge(outputs: Outputs, targets: ArrayLike) -> Any:
    """Return the mean of max(0, 1 - target * output): a score is wanted beyond 1 on its side; targets are -1 or 1.

    Cortes and Vapnik, "Support-Vector Networks" (1995); micrograd's "max-margin" loss.
    """
    signs = _targets(targets)
    if not (signs * signs == 1.0).all():
        raise ValueError(f"hinge wants targets -1 and 1, got {described(targets)}")
    return _mean(lambda output, sign: relu(1.0 - sign * output), outputs, signs)


def binary_cross_entropy_with_logits(outputs: Outputs, targets: ArrayLike) -> Any:
    """Return the mean of -log(probability of the target), where sigmoid(output) is the probability of 1.

    Targets are 0 or 1, or probabilities between them. Written with softplus, which no output can overflow.
    """
    probabilities = _targets(targets)
    if not ((probabilities >= 0.0) & (probabilities <= 1.0)).all():
        raise ValueError(f"binary cross-entropy wants targets from 0 to 1, got {described(targets)}")
    return _mean(lambda output, target: softplus(output) - target * output, outputs, probabilities)


def cross_entropy(outputs: Outputs, classes: ArrayLike) -> Any:
    """Return the mean of -log(softmax(row)[class]); outputs of shape (n, k), `classes` n integers from 0 to k - 1.

    >>> from micrograd_plus.tensor import Tensor
    >>> cross_entropy(Tensor([[1000.0, 0.0], [0.0, 0.0]]), [0, 1]).item()
    0.34657359027997264
    """
    shape = _shape(outputs)
    labels = np.asarray(classes)
    if len(shape) != 2 or labels.shape != shape[:1]:
        raise ValueError(f"cross_entropy wants outputs (n, k) and classes (n,), got {shape} and {labels.shape}")
    if labels.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy wants classes as integers, got {described(classes)}")
    if labels.size and (labels.min() < 0 or labels.max() >= shape[1]):
        raise ValueError(
            f"cross_entropy of {shape[1]} outputs wants classes 0 to {shape[1] - 1}, got {described(classes)}"
        )
    if isinstance(outputs, Tensor):
        return (outputs.logsumexp(axis=1) - outputs[np.arange(len(labels)), labels]).mean()
    return _mean_of([_logsumexp(row) - row[label] for row, label in zip(outputs, labels.tolist(), strict=True)])


def _logsumexp(row: Sequence[Any]) -> Any:
    # The maximum is taken with nodes: as a number it would stay what it was when the data change.
    top = reduce(maximum, row)
    return top + log(_sum([exp(x - top) for x in row]))


def _mean(formula: Callable[[Any, Any], Any], outputs: Outputs, targets: Array) -> Any:
    """Return the mean of the formula over all pairs of an output and its target."""
    shape = _shape(outputs)
    if shape != targets.shape:
        raise ValueError(f"outputs and targets differ in shape: {shape} and {targets.shape}")
    if isinstance(outputs, Tensor):
        return formula(outputs, targets.astype(outputs.dtype, copy=False)).mean()
    flat = outputs if len(shape) == 1 else [output for row in outputs for output in row]
    return _mean_of([formula(*pair) for pair in zip(flat, targets.ravel().tolist(), strict=True)])


def _mean_of(terms: list[Any]) -> Any:
    return _sum(terms) / float(len(terms)) if len(terms) > 1 else terms[0]


def _sum(terms: list[Any]) -> Any:
    # Not from 0 upwards: that would be a node more.
    return sum(terms[1:], terms[0])


def _targets(targets: ArrayLike) -> Array:
    try:
        return np.asarray(targets, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"wanted targets as numbers, got {described(targets)}") from None


def _shape(outputs: Outputs) -> tuple[int, ...]:
    shape = outputs.shape if isinstance(outputs, Tensor) else _shape_of_lists(outputs)
    if 0 in shape:
        raise ValueError(f"a loss wants at least one output, got shape {shape}")
    return shape


def _shape_of_lists(outputs: Outputs) -> tuple[int, ...]:
    if not isinstance(outputs, list | tuple):
        raise TypeError(f"wanted outputs as a Tensor, a list of Values or a list of lists, got {described(outputs)}")
    rows = [len(row) for row in outputs if isinstance(row, list | tuple)]
    if not rows:
        return (len(outputs),)
    if len(rows) < len(outputs) or len(set(rows)) > 1:
        raise ValueError(f"wanted rows of one length as outputs, got lengths {rows} in {len(outputs)} rows")
    return (len(outputs), rows[0])
