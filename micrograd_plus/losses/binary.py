"""Losses of two classes, which one output decides between."""

from __future__ import annotations

from typing import Any

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.array_functions.axes import stretches
from micrograd_plus.losses.operands import (
    Array,
    Outputs,
    Targets,
    are_nodes,
    are_shares,
    plain_weights,
    targets_like,
)
from micrograd_plus.losses.reduction import of_elements
from micrograd_plus.nested import leaves
from micrograd_plus.ops import log, maximum, relu, softplus
from micrograd_plus.tensor import Tensor


def hinge(outputs: Outputs, targets: Targets, sample_weight: Any = None, *, reduction: str = "mean") -> Any:
    """Return the mean of max(0, 1 - target * output): a score is wanted beyond 1 on its side; targets are -1 or 1.

    Cortes and Vapnik, "Support-Vector Networks" (1995); micrograd's "max-margin" loss.
    """
    signs = targets_like(targets, outputs)
    if not are_nodes(signs) and not (signs * signs == 1.0).all():
        raise ValueError(f"hinge wants targets -1 and 1, got {described(targets)}")
    return of_elements(lambda output, sign: relu(1.0 - sign * output), outputs, signs, sample_weight, reduction)


def binary_cross_entropy(
    outputs: Outputs, targets: Targets, sample_weight: Any = None, *, reduction: str = "mean"
) -> Any:
    """Return the mean of -log(probability of the target), where the output itself is the probability of 1.

    Targets are as for `binary_cross_entropy_with_logits`, which is the better choice where there are logits. A
    logarithm is at least -100, as in PyTorch, and has no slope beyond. Raises `ValueError` for outputs beyond 0 and 1.

    >>> binary_cross_entropy(Tensor([0.75, 0.0]), [1, 1], reduction="none").data.round(4).tolist()
    [0.2877, 100.0]
    """
    probabilities = _probabilities(targets, outputs)
    _check_outputs(outputs)
    return of_elements(
        lambda output, target: -(target * _clamped_log(output) + (1.0 - target) * _clamped_log(1.0 - output)),
        outputs,
        probabilities,
        sample_weight,
        reduction,
    )


def binary_cross_entropy_with_logits(
    outputs: Outputs,
    targets: Targets,
    sample_weight: Any = None,
    *,
    pos_weight: Any = None,
    reduction: str = "mean",
) -> Any:
    """Return the mean of -log(probability of the target), where sigmoid(output) is the probability of 1.

    Targets are 0 or 1, or probabilities between them. `pos_weight`, a number or numbers that broadcast to the outputs,
    multiplies what is lost by a target of 1. Written with softplus, which no output can overflow.

    >>> import math
    >>> binary_cross_entropy_with_logits(Tensor([0.0, 0.0]), [1, 0], pos_weight=3.0).item() / math.log(2.0)
    2.0
    """
    probabilities = _probabilities(targets, outputs)
    if pos_weight is None:
        return of_elements(
            lambda output, target: softplus(output) - target * output, outputs, probabilities, sample_weight, reduction
        )
    return of_elements(
        lambda output, target, weight: (1.0 - target) * output + (1.0 + (weight - 1.0) * target) * softplus(-output),
        outputs,
        probabilities,
        sample_weight,
        reduction,
        _pos_weights(pos_weight, probabilities.shape),
    )


def _probabilities(targets: Targets, outputs: Outputs) -> Any:
    found = targets_like(targets, outputs)
    if not are_nodes(found) and not are_shares(found):
        raise ValueError(f"binary cross-entropy wants targets from 0 to 1, got {described(targets)}")
    return found


def _pos_weights(pos_weight: Any, shape: tuple[int, ...]) -> Array:
    found = plain_weights(pos_weight, "pos_weight")
    if not stretches(found.shape, shape):
        raise ValueError(f"wanted pos_weight in a shape that broadcasts to the outputs' {shape}, got {found.shape}")
    return found


def _check_outputs(outputs: Outputs) -> None:
    data = outputs.data if isinstance(outputs, Tensor) else np.array(list(map(float, leaves(outputs))))
    if ((data < 0.0) | (data > 1.0)).any():
        least, most = float(data.min()), float(data.max())
        hint = "use binary_cross_entropy_with_logits for logits"
        raise ValueError(f"binary_cross_entropy wants outputs from 0 to 1, got {least:.4g} to {most:.4g}: {hint}")


def _clamped_log(x: Any) -> Any:
    # The inner maximum keeps 0 from the logarithm, which would warn; its logarithm is below -100 in float32 too.
    return maximum(log(maximum(x, 1e-44)), -100.0)
