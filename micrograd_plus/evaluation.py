"""A model on samples: its outputs, its loss, its classes. Models of Values and of Tensors are run alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus import losses
from micrograd_plus.array_functions.reductions import softmax
from micrograd_plus.array_ops import first_extreme
from micrograd_plus.context import no_grad
from micrograd_plus.losses.reduction import added
from micrograd_plus.metrics import accuracy
from micrograd_plus.nn import MLP, Module
from micrograd_plus.ops import equal, greater, greater_equal
from micrograd_plus.tensor import Tensor

Array = NDArray[Any]
Loss = Callable[..., Any]

_MOST_ROWS = 2**14  # that a model is run on at once
_MOST_OUTPUTS = 2**24  # of a layer, as the widest may have thousands

# Losses of two classes, which one output decides between: what they want in place of the classes 0 and 1.
_OF_TWO_CLASSES: dict[Loss, Callable[[Array], Array]] = {
    losses.hinge: lambda y: 2.0 * y - 1.0,
    losses.binary_cross_entropy_with_logits: lambda y: y.astype(np.float64),
}


def is_of_classes(loss: Loss) -> bool:
    """Tell whether `loss` is one of classes, which are counted from 0, rather than of numbers."""
    return loss in _OF_TWO_CLASSES or loss is losses.cross_entropy


def scores(model: Module, X: ArrayLike) -> Array:
    """Return the outputs as numbers for samples of shape (n, features): shape (n,) for one output, else (n, outputs).

    An `MLP` is run as its network of arrays, which is much faster. Models of Tensors are given at most 16384 samples at
    a time, for what the hidden layers give to a million would take gigabytes.
    """
    return numbers(_outputs(model, X))


def predict_classes(model: Module, X: ArrayLike) -> NDArray[np.int64]:
    """Return the class of each sample: the largest of several outputs, or whether a single one is above 0."""
    return classes(scores(model, X))


def evaluate(
    model: Module, X: ArrayLike, y: ArrayLike, *, loss: Loss, sample_weight: Array | None = None
) -> tuple[float, float | None]:
    """Return loss and accuracy on samples; y as for `fit`, the accuracy None where the loss is not one of classes."""
    y = np.asarray(y)
    outputs = _outputs(model, X)
    with no_grad():
        value = weighted(loss, outputs, targets_for(y, loss), sample_weight)
    return float(value), accuracy(classes(numbers(outputs)), y) if is_of_classes(loss) else None


def _outputs(model: Module, X: ArrayLike) -> Any:
    """Run the model on samples without recording a graph; models of Tensors on one block of them after the other."""
    model, X = _fast(model), np.asarray(X, dtype=np.float64)
    with no_grad():
        rows = min(_MOST_ROWS, max(1, _MOST_OUTPUTS // _width(model)))
        if is_of_values(model) or len(X) <= rows:
            return outputs_of(model, X)
        starts = range(0, len(X), rows)
        return Tensor(np.concatenate([outputs_of(model, X[start : start + rows]).data for start in starts]))


def _width(model: Module) -> int:
    """Return the largest size of an array of a model's weights along one axis: no layer gives more for a row."""
    return max((size for parameter in model.parameters() for size in np.shape(parameter.data)), default=1)


def batch_loss(
    model: Module,
    X: Array,
    y: Array,
    *,
    loss: Loss,
    sample_weight: Array | None = None,
    masks: Sequence[Array] = (),
) -> tuple[Any, Array]:
    """Return the loss on samples as a node to call `backward()` on, and the outputs as numbers.

    y as for `fit`, `masks` as for `outputs_of`.
    """
    outputs = outputs_of(model, X, masks)
    return weighted(loss, outputs, targets_for(y, loss), sample_weight), numbers(outputs)


def weighted(loss: Loss, outputs: Any, targets: Any, sample_weight: Any) -> Any:
    """Return the loss as a node; one of the user's own need not know weights of samples if there are none."""
    return loss(outputs, targets) if sample_weight is None else loss(outputs, targets, sample_weight=sample_weight)


def classes(outputs: Array) -> NDArray[np.int64]:
    """Return the class for outputs of shape (n,) or (n, classes)."""
    return (outputs > 0).astype(np.int64) if outputs.ndim == 1 else outputs.argmax(axis=1)


def share_right(outputs: Any, targets: Any) -> Any:
    """Return the share of samples whose class is predicted as a node, on which no gradient depends.

    Outputs are a Tensor, or Values in lists, of shape (n,) for two classes, else (n, classes); targets are of the same
    kind and shape: above 0 for the second of two classes, else rows with 1 for the class and 0 elsewhere.

    >>> share_right(Tensor([[0.0, 1.0], [3.0, 2.0]]), Tensor([[0.0, 1.0], [0.0, 1.0]])).item()
    0.5
    """
    if isinstance(outputs, Tensor):
        if outputs.ndim == 1:
            return equal(greater(outputs, 0.0), greater(targets, 0.0)).mean()
        first = first_extreme(outputs, outputs.max(axis=1), axis=1)
        return (first * targets).sum(axis=1).mean()
    pairs = list(zip(outputs, targets, strict=True))
    if isinstance(outputs[0], list):
        rights = [right for row, ones in pairs for right in _is_class(row, ones)]
    else:
        rights = [equal(greater(output, 0.0), greater(target, 0.0)) for output, target in pairs]
    return added(rights) / float(len(outputs))


def _is_class(row: list[Any], ones: list[Any]) -> Iterator[Any]:
    """Yield a node for each class: the number in `ones` if its output is the first of the largest, else 0."""
    for k, one in enumerate(ones):
        before = [greater_equal(other, row[k]) for other in row[:k]]
        above = [greater(other, row[k]) for other in row[k + 1 :]]
        yield equal(added(before + above), 0.0) * one


def has_probabilities(loss: Loss) -> bool:
    """Tell whether a model trained by `loss` gives logarithms of odds; by the hinge loss, distances from a boundary."""
    return is_of_classes(loss) and loss is not losses.hinge


def probabilities(outputs: Array) -> Array:
    """Return the probability of each class, shape (n, classes), for outputs that are logarithms of odds.

    Two classes that one output decides between have its sigmoid and the rest, several outputs their softmax.
    """
    if outputs.ndim == 1:
        outputs = np.stack([np.zeros_like(outputs), outputs], axis=1)
    return np.asarray(softmax(outputs, axis=1))


def numbers(outputs: Any) -> Array:
    """Return a model's outputs, a Tensor or Values in lists, as an array."""
    if isinstance(outputs, Tensor):
        array: Array = outputs.data
        return array
    rows = [[value.data for value in row] if isinstance(row, list) else row.data for row in outputs]
    return np.array(rows)


def outputs_of(model: Module, X: Any, masks: Sequence[Any] = ()) -> Any:
    """Run the model: on all samples if its parameters are Tensors, else sample by sample. One output has no axis.

    X is an array or a Tensor; for a model of Values an array, or a list of rows that may hold Values. `masks` are for
    the hidden units of an `MLP` or `ArrayMLP`, of the same kind as X.
    """
    if not is_of_values(model):
        outputs = model(X, masks) if masks else model(X)
        return outputs.reshape(len(X)) if outputs.shape[1:] == (1,) else outputs
    columns = [_rows(X), *([list(zip(*map(_rows, masks), strict=True))] if masks else [])]
    rows = [model(*arguments) for arguments in zip(*columns, strict=True)]
    return [row[0] if isinstance(row, list) and len(row) == 1 else row for row in rows]


def _rows(X: Any) -> Any:
    return X.tolist() if isinstance(X, np.ndarray) else X


def is_of_values(model: Module) -> bool:
    """Tell whether the parameters of a model are Values, rather than Tensors."""
    parameters = model.parameters()
    return bool(parameters) and not isinstance(parameters[0], Tensor)


def _fast(model: Module) -> Module:
    # A subclass may compute something else.
    return model.to_numpy() if type(model) is MLP else model


def one_hot(y: Array, classes: int) -> Array:
    """Return a row for each of the classes in y, counted from 0, with 1 in its place and 0 elsewhere."""
    return np.eye(classes)[losses.checked_classes(y, classes)]


def target_numbers(y: Array, loss: Loss, outputs: int = 1) -> Array:
    """Return what `targets_for` does as numbers that nodes can hold: classes of several outputs as `one_hot` rows."""
    if loss is losses.cross_entropy and outputs > 1:
        return one_hot(y, outputs)
    return np.asarray(targets_for(y, loss), np.float64)


def targets_for(y: Array, loss: Loss) -> Array:
    """Return targets as `loss` wants them, y as for `fit`; ValueError where they cannot be its classes."""
    if loss not in _OF_TWO_CLASSES:
        return y
    if not ((y == 0) | (y == 1)).all():
        raise ValueError(f"{loss.__name__} wants the classes 0 and 1, got {np.unique(y)}")
    return _OF_TWO_CLASSES[loss](y)
