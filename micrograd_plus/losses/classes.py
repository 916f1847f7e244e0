"""Losses of several classes, one output each: outputs of shape (n, k), of a Tensor also (n, k, ...)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from micrograd_plus.arguments import described, integer_at_least, number_up_to_one
from micrograd_plus.array_ops import cross_entropy as cross_entropy_of_classes
from micrograd_plus.losses.operands import (
    Array,
    Outputs,
    Targets,
    are_nodes,
    are_shares,
    in_type,
    operand,
    plain_weights,
    shape_of,
)
from micrograd_plus.losses.reduction import Reduction, added
from micrograd_plus.ops import exp, log, maximum, where
from micrograd_plus.tensor import Tensor

_IGNORED = -100  # PyTorch's default, which no class has
_SMALLEST_INTEGER = -(2**63)


def cross_entropy(
    outputs: Outputs,
    targets: Targets,
    sample_weight: Any = None,
    *,
    weight: Any = None,
    ignore_index: int = _IGNORED,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    """Return the mean of -log(softmax(row)[class]); outputs of shape (n, k), `targets` n integers from 0 to k - 1.

    Targets of shape (n, k) are the probabilities of the classes instead, such as 1 for one of them: what a sample loses
    is then the sum of -probability * log(softmax(row)). A Tensor of shape (n, k, ...) has a row at each of its places,
    and targets of shape (n, ...) or (n, k, ...).

    `weight`, k numbers from 0 up, multiplies each class's part of the sums; as in PyTorch, the mean over targets that
    are classes is then divided by the sum of their weights, which is above 0, and that over probabilities by their
    number. Where the target is `ignore_index`, such as padding, nothing is lost, and the mean is over the others; it
    is for targets that are classes. `label_smoothing`, from 0 to 1, is the share of every target that is spread over
    all classes evenly (Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016).

    >>> cross_entropy(Tensor([[1000.0, 0.0], [0.0, 0.0]]), [0, 1]).item()
    0.34657359027997264
    >>> cross_entropy(Tensor([[1000.0, 0.0], [0.0, 0.0]]), [[1.0, 0.0], [0.5, 0.5]]).item()
    0.34657359027997264
    >>> cross_entropy(Tensor([[1000.0, 0.0], [0.0, 0.0]]), [0, 1], weight=[1.0, 3.0]).item()
    0.5198603854199589
    >>> cross_entropy(Tensor([[1000.0, 0.0], [0.0, 0.0]]), [-100, 1]).item()
    0.6931471805599453
    """
    smoothing = number_up_to_one("label_smoothing", label_smoothing)
    wanted = _Wanted("cross_entropy", outputs, targets, weight, ignore_index, reduction)
    reduced = Reduction(reduction, outputs, wanted.shape, sample_weight)
    return reduced(*wanted.lost(outputs, _cross_entropies, _cross_entropies_of_shares, smoothing))


def nll(
    outputs: Outputs,
    targets: Targets,
    sample_weight: Any = None,
    *,
    weight: Any = None,
    ignore_index: int = _IGNORED,
    reduction: str = "mean",
) -> Any:
    """Return the mean of -row[class], where rows hold logarithms of probabilities, as `log_softmax` gives them.

    Shapes, targets, `weight` and `ignore_index` are as for `cross_entropy`.

    >>> nll(Tensor([[1000.0, 0.0], [0.0, 0.0]]).log_softmax(axis=1), [0, 1]).item()
    0.34657359027997264
    """
    wanted = _Wanted("nll", outputs, targets, weight, ignore_index, reduction)
    reduced = Reduction(reduction, outputs, wanted.shape, sample_weight)
    return reduced(*wanted.lost(outputs, _opposites, _opposites_of_shares))


class _Wanted:
    """Targets of classes, checked: `labels`, or else the `shares` of each class; and the weights of the classes.

    `weights_of_labels` are None where all weigh 1; `ignored` tells where nothing is lost, None for nowhere.
    """

    labels: Array | None = None
    shares: Any = None
    ignored: Array | None = None
    weights_of_labels: Array | None = None

    def __init__(
        self, name: str, outputs: Outputs, targets: Targets, weight: Any, ignore_index: int, reduction: str
    ) -> None:
        self.shape = shape = shape_of(outputs)
        found = operand(targets, outputs)
        one_each = shape[:1] + shape[2:]
        if len(shape) < 2 or found.shape not in (shape, one_each):
            forms = "outputs (n, k) and probabilities (n, k) or classes (n,)"
            raise ValueError(f"{name} wants {forms}, got {shape} and {found.shape}")
        left_out = integer_at_least(_SMALLEST_INTEGER, "ignore_index", ignore_index)
        self.weights = None if weight is None else _class_weights(weight, shape[1])
        if found.shape == one_each:
            self._take_labels(found, name, left_out)
            if reduction == "mean" and self.weights_of_labels is not None and not self.weights_of_labels.any():
                got = f"ignore_index={left_out}" if weight is None else described(weight)
                raise ValueError(f"the mean of {name} wants some target with a weight above 0, got {got}")
        else:
            self._take_shares(found, name, left_out)

    def _take_labels(self, found: Any, name: str, left_out: int) -> None:
        if not are_nodes(found) and (found == left_out).any():
            self.ignored = found == left_out
            found = found.copy()
            found[self.ignored] = 0
        self.labels = checked_classes(found, self.shape[1], name)
        if self.weights is not None:
            self.weights_of_labels = self.weights[self.labels]
        if self.ignored is not None:
            weights = 1.0 if self.weights_of_labels is None else self.weights_of_labels
            self.weights_of_labels = np.where(self.ignored, 0.0, weights)

    def _take_shares(self, found: Any, name: str, left_out: int) -> None:
        if left_out >= 0:
            raise ValueError(f"ignore_index is for targets that are classes, not for probabilities: got {left_out}")
        if not are_nodes(found):
            _check_sums(name, found)
        self.shares = found

    def lost(
        self,
        outputs: Outputs,
        by_labels: Callable[[Outputs, Array], Any],
        by_shares: Callable[[Outputs, Any], Any],
        smoothing: float = 0.0,
    ) -> tuple[Any, float | None]:
        """Return what each sample loses, and by what their sum is divided for the mean if not by their number."""
        weights = self.weights_of_labels
        divisor = None if weights is None else float(weights.sum())
        if self.labels is None or smoothing:
            return self._without_ignored(by_shares(outputs, self._parts(smoothing))), divisor
        terms = self._without_ignored(by_labels(outputs, self.labels))
        if weights is None:
            return terms, None
        if isinstance(terms, Tensor):
            return terms * in_type(weights, terms), divisor
        return [term * weight for term, weight in zip(terms, weights.tolist(), strict=True)], divisor

    def _without_ignored(self, terms: Any) -> Any:
        """Return 0 in the place of what is ignored, also where that is inf or nan."""
        if self.ignored is None:
            return terms
        if isinstance(terms, Tensor):
            return where(self.ignored, 0.0, terms)
        return [where(1.0, 0.0, term) if i else term for term, i in zip(terms, self.ignored.tolist(), strict=True)]

    def _parts(self, smoothing: float) -> Any:
        """Return by what the surprise at each class is multiplied."""
        parts: Any = self.shares
        if self.labels is not None:
            parts = np.zeros(self.shape)
            np.put_along_axis(parts, np.expand_dims(self.labels, 1), 1.0, axis=1)
        if smoothing:
            parts = parts * (1.0 - smoothing) + smoothing / self.shape[1]
        if self.weights is not None:
            along = self.weights.reshape(-1, *[1] * (len(self.shape) - 2))
            parts = parts * (in_type(along, parts) if isinstance(parts, Tensor) else along)
        return parts


def _check_sums(name: str, shares: Array) -> None:
    if not are_shares(shares) or not (abs(shares.sum(axis=1) - 1.0) < 1e-4).all():
        raise ValueError(f"{name} wants rows of probabilities that sum to 1, got {described(shares)}")


def _class_weights(weight: Any, count: int) -> Array:
    found = plain_weights(weight, "weight")
    if found.shape != (count,):
        raise ValueError(f"wanted a weight for each of {count} classes, got shape {found.shape}")
    return found


def checked_classes(targets: Any, count: int, name: str = "cross_entropy") -> Array:
    """Return classes as an array of integers below `count`; TypeError or ValueError where they are something else."""
    if are_nodes(targets):
        forms = "classes as integers or, of nodes, rows with 1 for the class"
        raise TypeError(f"{name} wants {forms}, got {described(targets)}")
    if targets.dtype.kind not in "iu":
        raise TypeError(f"{name} wants classes as integers or rows of probabilities, got {described(targets)}")
    if targets.size and (targets.min() < 0 or targets.max() >= count):
        raise ValueError(f"{name} of {count} outputs wants classes 0 to {count - 1}, got {described(targets)}")
    classes: Array = targets
    return classes


# --- what samples lose ------------------------------------------------------------------------------------------------


def _picked(outputs: Outputs, labels: Array) -> Any:
    """Return the output of each label's class."""
    if isinstance(outputs, Tensor):
        if labels.ndim == 1:
            return outputs[np.arange(len(labels)), labels]
        places: Any = np.indices(labels.shape, sparse=True)
        return outputs[places[0], labels, *places[1:]]
    return [row[label] for row, label in zip(outputs, labels.tolist(), strict=True)]


def _opposites(outputs: Outputs, labels: Array) -> Any:
    picked = _picked(outputs, labels)
    return -picked if isinstance(picked, Tensor) else [-output for output in picked]


def _opposites_of_shares(outputs: Outputs, shares: Any) -> Any:
    if isinstance(outputs, Tensor):
        return -(in_type(shares, outputs) * outputs).sum(axis=1)
    rows = zip(outputs, shares.tolist(), strict=True)
    return [-added([share * output for output, share in zip(*pair, strict=True)]) for pair in rows]


def _cross_entropies(outputs: Outputs, labels: Array) -> Any:
    if isinstance(outputs, Tensor) and labels.ndim == 1:
        return cross_entropy_of_classes(outputs, labels=labels.copy())
    picked = _picked(outputs, labels)
    if isinstance(outputs, Tensor):
        return outputs.logsumexp(axis=1) - picked
    return [_logsumexp(row) - output for row, output in zip(outputs, picked, strict=True)]


def _cross_entropies_of_shares(outputs: Outputs, shares: Any) -> Any:
    if isinstance(outputs, Tensor):
        return _opposites_of_shares(outputs.log_softmax(axis=1), shares)
    return [_cross_entropy_of_row(*pair) for pair in zip(outputs, shares.tolist(), strict=True)]


def _cross_entropy_of_row(row: Sequence[Any], shares: Sequence[Any]) -> Any:
    top = _logsumexp(row)
    return added([share * (top - output) for output, share in zip(row, shares, strict=True)])


def _logsumexp(row: Sequence[Any]) -> Any:
    # The maximum is taken with nodes: as a number it would stay what it was when the data change.
    top = _largest(row)
    return top + log(added([exp(x - top) for x in row]))


def _largest(row: Sequence[Any]) -> Any:
    # In pairs, which are few operations of arrays to the compiler, where one after the other would be many.
    while len(row) > 1:
        pairs = [maximum(*pair) for pair in zip(row[::2], row[1::2], strict=False)]
        row = [*pairs, *row[2 * len(pairs) :]]
    return row[0]
