"""Losses: how far outputs are from targets, as one node to call `backward()` on. Each is a mean over the samples.

Outputs are a Tensor, or Values in a list (one per sample) or in a list of lists (one row per sample); targets are
numbers in the same shape, or nodes of the same kind, which stay in the graph: the range of nodes is not checked, as
their data may change. `sample_weight`, numbers or nodes of shape (n,), multiplies each sample's part of the mean, which
is still divided by n. Raises `ValueError` where the shapes differ, with both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import described
from micrograd_plus.ops import exp, log, maximum, relu, softplus
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

Array = NDArray[Any]
Outputs = Any
Targets = Any


def mse(outputs: Outputs, targets: Targets, sample_weight: Any = None) -> Any:
    """Return the mean squared error.

    >>> from micrograd_plus.value import Value
    >>> mse([Value(1.0), Value(5.0)], [0.0, 2.0]).data
    5.0
    >>> mse([Value(1.0), Value(5.0)], [0.0, 2.0], sample_weight=[2.0, 0.0]).data
    1.0
    """
    return _mean(lambda output, target: (output - target) ** 2, outputs, _targets(targets, outputs), sample_weight)


def hinge(outputs: Outputs, targets: Targets, sample_weight: Any = None) -> Any:
    """Return the mean of max(0, 1 - target * output): a score is wanted beyond 1 on its side; targets are -1 or 1.

    Cortes and Vapnik, "Support-Vector Networks" (1995); micrograd's "max-margin" loss.
    """
    signs = _targets(targets, outputs)
    if not _are_nodes(signs) and not (signs * signs == 1.0).all():
        raise ValueError(f"hinge wants targets -1 and 1, got {described(targets)}")
    return _mean(lambda output, sign: relu(1.0 - sign * output), outputs, signs, sample_weight)


def binary_cross_entropy_with_logits(outputs: Outputs, targets: Targets, sample_weight: Any = None) -> Any:
    """Return the mean of -log(probability of the target), where sigmoid(output) is the probability of 1.

    Targets are 0 or 1, or probabilities between them. Written with softplus, which no output can overflow.
    """
    probabilities = _targets(targets, outputs)
    if not _are_nodes(probabilities) and not _are_shares(probabilities):
        raise ValueError(f"binary cross-entropy wants targets from 0 to 1, got {described(targets)}")
    return _mean(lambda output, target: softplus(output) - target * output, outputs, probabilities, sample_weight)


def cross_entropy(outputs: Outputs, targets: Targets, sample_weight: Any = None) -> Any:
    """Return the mean of -log(softmax(row)[class]); outputs of shape (n, k), `targets` n integers from 0 to k - 1.

    Targets of shape (n, k) are the probabilities of the classes instead, such as 1 for one of them: the mean is then of
    the sums of -probability * log(softmax(row)).

    >>> from micrograd_plus.tensor import Tensor
    >>> cross_entropy(Tensor([[1000.0, 0.0], [0.0, 0.0]]), [0, 1]).item()
    0.34657359027997264
    >>> cross_entropy(Tensor([[1000.0, 0.0], [0.0, 0.0]]), [[1.0, 0.0], [0.5, 0.5]]).item()
    0.34657359027997264
    """
    shape = _shape(outputs)
    targets = _targets(targets, outputs)
    if len(shape) != 2 or targets.shape not in (shape, shape[:1]):
        wanted = "outputs (n, k) and probabilities (n, k) or classes (n,)"
        raise ValueError(f"cross_entropy wants {wanted}, got {shape} and {targets.shape}")
    of_samples = _cross_entropies_of_probabilities if targets.ndim == 2 else _cross_entropies_of_classes
    return _average(of_samples(outputs, targets), sample_weight)


def _cross_entropies_of_classes(outputs: Outputs, targets: Any) -> Any:
    labels = checked_classes(targets, _shape(outputs)[1])
    if isinstance(outputs, Tensor):
        return outputs.logsumexp(axis=1) - outputs[np.arange(len(labels)), labels]
    return [_logsumexp(row) - row[label] for row, label in zip(outputs, labels.tolist(), strict=True)]


def _cross_entropies_of_probabilities(outputs: Outputs, probabilities: Any) -> Any:
    if not _are_nodes(probabilities):
        sums = probabilities.sum(axis=1)
        if not _are_shares(probabilities) or not (abs(sums - 1.0) < 1e-4).all():
            raise ValueError(f"cross_entropy wants rows of probabilities that sum to 1, got {described(probabilities)}")
    if isinstance(outputs, Tensor):
        return -(_in_type(probabilities, outputs) * outputs.log_softmax(axis=1)).sum(axis=1)
    return [_cross_entropy_of_row(*pair) for pair in zip(outputs, probabilities.tolist(), strict=True)]


def _cross_entropy_of_row(row: Sequence[Any], probabilities: Sequence[Any]) -> Any:
    top = _logsumexp(row)
    return _sum([probability * (top - output) for output, probability in zip(row, probabilities, strict=True)])


def checked_classes(targets: Any, count: int) -> Array:
    """Return classes as an array of integers below `count`; TypeError or ValueError where they are something else."""
    if _are_nodes(targets) or targets.dtype.kind not in "iu":
        raise TypeError(f"cross_entropy wants classes as integers or rows of probabilities, got {described(targets)}")
    if targets.size and (targets.min() < 0 or targets.max() >= count):
        raise ValueError(f"cross_entropy of {count} outputs wants classes 0 to {count - 1}, got {described(targets)}")
    classes: Array = targets
    return classes


def _logsumexp(row: Sequence[Any]) -> Any:
    # The maximum is taken with nodes: as a number it would stay what it was when the data change.
    top = _largest(row)
    return top + log(_sum([exp(x - top) for x in row]))


def _largest(row: Sequence[Any]) -> Any:
    # In pairs, which are few operations of arrays to the compiler, where one after the other would be many.
    while len(row) > 1:
        pairs = [maximum(*pair) for pair in zip(row[::2], row[1::2], strict=False)]
        row = [*pairs, *row[2 * len(pairs) :]]
    return row[0]


def _mean(formula: Callable[[Any, Any], Any], outputs: Outputs, targets: Any, sample_weight: Any) -> Any:
    """Return the mean of the formula over all pairs of an output and its target."""
    shape = _shape(outputs)
    if shape != targets.shape:
        raise ValueError(f"outputs and targets differ in shape: {shape} and {targets.shape}")
    if isinstance(outputs, Tensor):
        return _average(formula(outputs, _in_type(targets, outputs)), sample_weight)
    flat = outputs if len(shape) == 1 else [output for row in outputs for output in row]
    terms = [formula(*pair) for pair in zip(flat, targets.ravel().tolist(), strict=True)]
    return _average(terms, sample_weight, per_sample=len(terms) // len(outputs))


def _average(terms: Any, sample_weight: Any, per_sample: int = 1) -> Any:
    """Return the mean of a Tensor whose first axis is samples, or of Values of which each sample has `per_sample`."""
    if sample_weight is not None:
        count = len(terms) // per_sample
        weights = _targets(sample_weight, terms)
        if weights.shape != (count,):
            raise ValueError(f"wanted a weight for each of {count} samples, got shape {weights.shape}")
        if isinstance(terms, Tensor):
            return (terms * _in_type(weights, terms).reshape(count, *[1] * (terms.ndim - 1))).mean()
        repeated = np.repeat(weights, per_sample).tolist()
        terms = [term * weight for term, weight in zip(terms, repeated, strict=True)]
    return terms.mean() if isinstance(terms, Tensor) else _mean_of(terms)


def _mean_of(terms: list[Any]) -> Any:
    return _sum(terms) / float(len(terms)) if len(terms) > 1 else terms[0]


def _sum(terms: list[Any]) -> Any:
    # Not from 0 upwards: that would be a node more.
    return sum(terms[1:], terms[0])


# --- targets: an array of numbers, or nodes: a Tensor, or an array of Values ------------------------------------------


def _targets(targets: Targets, outputs: Outputs) -> Any:
    if isinstance(targets, Tensor):
        if not isinstance(outputs, Tensor):
            raise TypeError("wanted targets as numbers or Values, as the outputs are Values: got a Tensor")
        return targets
    if not _holds_values(targets):
        return _numbers(targets)
    if isinstance(outputs, Tensor):
        raise TypeError("wanted targets as numbers or a Tensor, as the outputs are a Tensor: got Values")
    nodes = np.array(targets, dtype=object)
    if not all(isinstance(target, Value | float | int) for target in nodes.flat):
        raise TypeError(f"wanted targets as numbers or Values in rows of one length, got {described(targets)}")
    return nodes


def _holds_values(targets: Targets) -> bool:
    if isinstance(targets, list | tuple):
        return any(map(_holds_values, targets))
    return isinstance(targets, Value)


def _numbers(targets: Targets) -> Array:
    try:
        array = np.asarray(targets)
        return array if array.dtype.kind in "iu" else array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        raise TypeError(f"wanted targets as numbers, got {described(targets)}") from None


def _are_nodes(targets: Any) -> bool:
    return isinstance(targets, Tensor) or targets.dtype == object


def _are_shares(numbers: Array) -> bool:
    return bool(((numbers >= 0.0) & (numbers <= 1.0)).all())


def _in_type(targets: Any, outputs: Tensor) -> Any:
    return targets if isinstance(targets, Tensor) else targets.astype(outputs.dtype, copy=False)


# --- outputs ----------------------------------------------------------------------------------------------------------


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
