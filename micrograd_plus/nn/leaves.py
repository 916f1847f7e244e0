"""Parameters: the leaves of a graph that an optimizer changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.engine import PARAMETER
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value


@overload
def parameter(data: float | np.number[Any], label: str = "") -> Value: ...
@overload
def parameter(data: NDArray[Any] | Sequence[Any], label: str = "") -> Tensor: ...
def parameter(data: Any, label: str = "") -> Any:
    """Return a node that modules count among their parameters: a Value of a number, a Tensor of an array or a list.

    >>> parameter(0.5, "b")
    Value(data=0.5, grad=0.0)
    >>> parameter(np.zeros((2, 3))).shape
    (2, 3)
    """
    kind = Value if np.ndim(data) == 0 and not isinstance(data, np.ndarray) else Tensor
    node = kind.leaf(data, PARAMETER)
    if label:
        node.label = label
    return node
