"""What layers are given, checked before anything is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import described
from micrograd_plus.context import current
from micrograd_plus.engine import CONSTANT
from micrograd_plus.tensor import Tensor


def as_tensor(x: Any) -> Tensor:
    """Return a Tensor as it is, and numbers as a constant; TypeError for what is neither."""
    return x if isinstance(x, Tensor) else Tensor.leaf(x, CONSTANT)


def with_features(x: Any, count: int, who: str, name: str = "x") -> Tensor:
    """Return `x` as a Tensor; ValueError unless its last axis holds so many features."""
    found = as_tensor(x)
    if not found.ndim or found.shape[-1] != count:
        raise ValueError(f"{who} wants {name} of shape (..., {count}), got {found.shape}")
    return found


def integers_below(limit: int, x: Any, who: str) -> NDArray[Any]:
    """Return an array of integers from 0 to below `limit`; TypeError or ValueError for anything else."""
    array = np.asarray(x)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{who} wants integers, got {described(x)}")
    if array.size and (array.min() < 0 or array.max() >= limit):
        raise ValueError(f"{who} wants integers from 0 to {limit - 1}, got {array.min()} to {array.max()}")
    return array


def refuse_replay(what: str) -> None:
    """Raise a RuntimeError where operations are recorded for a program, which would repeat this call's numbers."""
    if current.get().replays:
        raise RuntimeError(f"{what} changes from call to call, which a compiled program cannot: call eval() first")
