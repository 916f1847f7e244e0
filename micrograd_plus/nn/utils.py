"""Helpers for the gradients of parameters, under PyTorch's names: `nn.utils.clip_grad_norm_`, ...

Parameters without a gradient are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from micrograd_plus.arguments import number_at_least
from micrograd_plus.parameters import Parameter, parameter_list


def clip_grad_norm_(
    parameters: Iterable[Any], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> float:
    """Scale the gradients so that their common norm is at most `max_norm`; return the norm before.

    PyTorch's rule, which adds 1e-6 to the norm it divides by; gradients whose norm is nan stay as they are. `norm_type`
    is the p of the norm, above 0; inf is for the largest absolute value. Raises RuntimeError, and nothing has changed,
    if the norm is infinite or nan and `error_if_nonfinite`.

    >>> from micrograd_plus import Tensor
    >>> w = Tensor([0.0, 0.0])
    >>> w.grad = np.array([3.0, 4.0])
    >>> clip_grad_norm_([w], 1.0), w.grad.round(5).tolist()
    (5.0, [0.6, 0.8])
    """
    max_norm = number_at_least(0, "max_norm", max_norm)
    if norm_type != math.inf and not number_at_least(0, "norm_type", norm_type):
        raise ValueError(f"norm_type is a number above 0, not {norm_type}")
    moved = _with_grad(parameters)
    norm = _norm([parameter.grad for parameter in moved], norm_type)
    if error_if_nonfinite and not math.isfinite(norm):
        raise RuntimeError(f"the norm of the gradients is {norm}: they cannot be clipped")
    factor = max_norm / (norm + 1e-6)
    if factor < 1.0:
        for parameter in moved:
            parameter.grad = _alike(parameter.grad, parameter.grad * factor)
    return norm


def clip_grad_value_(parameters: Iterable[Any], clip_value: float) -> None:
    """Clip each entry of the gradients to at least `-clip_value` and at most `clip_value`.

    >>> from micrograd_plus import Tensor
    >>> w = Tensor([0.0, 0.0])
    >>> w.grad = np.array([3.0, -0.5])
    >>> clip_grad_value_([w], 1.0)
    >>> w.grad.tolist()
    [1.0, -0.5]
    """
    high = number_at_least(0, "clip_value", clip_value)
    for parameter in _with_grad(parameters):
        parameter.grad = _alike(parameter.grad, np.clip(parameter.grad, -high, high))


def _with_grad(parameters: Iterable[Any]) -> list[Any]:
    found = parameter_list([parameters] if isinstance(parameters, Parameter) else parameters)
    return [parameter for parameter in found if parameter.has_grad]


def _alike(before: Any, after: Any) -> Any:
    """Return a new gradient as the old one is held: a float, or an array, also of no axes."""
    return np.asarray(after) if isinstance(before, np.ndarray) else float(after)


def _norm(gradients: list[Any], p: float) -> float:
    if p == 2.0:
        return math.sqrt(sum(float(np.vdot(grad, grad)) for grad in gradients))
    if p == math.inf:
        return float(np.max([np.abs(grad).max(initial=0.0) for grad in gradients], initial=0.0))
    return float(sum(float((np.abs(grad) ** p).sum()) for grad in gradients) ** (1.0 / p))
