"""What optimizers and the clipping of gradients need of parameters, and the check of a list of them.

A parameter is known only by its `data`, `grad`, `has_grad` and `zero_grad()`.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any, Protocol, runtime_checkable

import numpy as np

from micrograd_plus.arguments import described


@runtime_checkable
class Parameter(Protocol):
    """What an optimizer needs of a parameter: a Value and a Tensor have it."""

    data: Any
    grad: Any

    @property
    def has_grad(self) -> bool:
        """Whether a gradient has been computed."""

    def zero_grad(self) -> None:
        """Forget the gradient."""


def require_numbers(nodes: Iterable[Any]) -> None:
    """Raise a TypeError for a gradient that somebody set to what is no number; a Tensor takes none but arrays."""
    for node in nodes:
        if node.has_grad and not isinstance(node.grad, Real | np.ndarray):
            raise TypeError(f"wanted a number as a gradient, got {described(node.grad)}; zero_grad() forgets one")


def parameter_list(params: Iterable[Any]) -> list[Any]:
    """Return the parameters in a list.

    TypeError for what are none, ValueError for none at all, for one twice and for a computed one.
    """
    try:
        if isinstance(params, Parameter | str):  # the rows of a Tensor could be listed, and would move nothing
            raise TypeError
        found = list(params)
    except TypeError:
        kind = type(params).__name__
        raise TypeError(f"wanted a list of parameters such as model.parameters(), got {kind}") from None
    for parameter in found:
        if not isinstance(parameter, Parameter):
            raise TypeError(f"wanted Values or Tensors as parameters, got {type(parameter).__name__}")
        if not getattr(parameter, "is_leaf", True):
            raise ValueError("a parameter was computed from others: a leaf is wanted, such as its detach()")
    if not found:
        raise ValueError("wanted at least one parameter, got none")
    if len({id(parameter) for parameter in found}) < len(found):
        raise ValueError("a parameter is in the list twice: it would be moved twice in each step")
    return found
