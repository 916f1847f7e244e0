"""Losses of numbers: squared and absolute errors, and what is between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from micrograd_plus.arguments import number_at_least, positive_number
from micrograd_plus.losses.operands import Outputs, Targets, targets_like
from micrograd_plus.losses.reduction import of_elements
from micrograd_plus.ops import abs_, clip


def mse(outputs: Outputs, targets: Targets, sample_weight: Any = None, *, reduction: str = "mean") -> Any:
    """Return the mean squared error.

    >>> from micrograd_plus.value import Value
    >>> mse([Value(1.0), Value(5.0)], [0.0, 2.0]).data
    5.0
    >>> mse([Value(1.0), Value(5.0)], [0.0, 2.0], sample_weight=[2.0, 0.0]).data
    1.0
    >>> [loss.data for loss in mse([Value(1.0), Value(5.0)], [0.0, 2.0], reduction="none")]
    [1.0, 9.0]
    """
    return _of_errors(lambda error: error**2, outputs, targets, sample_weight, reduction)


def mae(outputs: Outputs, targets: Targets, sample_weight: Any = None, *, reduction: str = "mean") -> Any:
    """Return the mean absolute error, whose slope is 0 where there is no error.

    >>> from micrograd_plus.tensor import Tensor
    >>> mae(Tensor([1.0, 5.0]), [0.0, 2.0]).item()
    2.0
    """
    return _of_errors(abs_, outputs, targets, sample_weight, reduction)


def huber(
    outputs: Outputs, targets: Targets, sample_weight: Any = None, *, delta: float = 1.0, reduction: str = "mean"
) -> Any:
    """Return the mean of error**2 / 2, for errors beyond `delta` of delta * (|error| - delta / 2).

    Huber, "Robust Estimation of a Location Parameter" (1964). `delta` is above 0.

    >>> from micrograd_plus.tensor import Tensor
    >>> huber(Tensor([1.0, 5.0]), [0.0, 2.0], reduction="none").data.tolist()
    [0.5, 2.5]
    """
    limit = positive_number("delta", delta)
    return _of_errors(lambda error: _huber(error, limit), outputs, targets, sample_weight, reduction)


def smooth_l1(
    outputs: Outputs, targets: Targets, sample_weight: Any = None, *, beta: float = 1.0, reduction: str = "mean"
) -> Any:
    """Return the mean of |error| - beta / 2, for errors below `beta` of error**2 / (2 * beta): `huber` over `beta`.

    Girshick, "Fast R-CNN" (2015). `beta` is at least 0, where it is `mae`.
    """
    width = number_at_least(0, "beta", beta)
    if width == 0.0:
        return mae(outputs, targets, sample_weight, reduction=reduction)
    return _of_errors(lambda error: _huber(error, width) / width, outputs, targets, sample_weight, reduction)


def _of_errors(
    formula: Callable[[Any], Any], outputs: Outputs, targets: Targets, sample_weight: Any, reduction: str
) -> Any:
    targets = targets_like(targets, outputs)
    return of_elements(lambda output, target: formula(output - target), outputs, targets, sample_weight, reduction)


def _huber(error: Any, delta: float) -> Any:
    # Of an error inside, `near` is the error itself, and the second derivative is 1 also at 0.
    near = clip(error, min=-delta, max=delta)
    return near * (error - 0.5 * near)
