"""Functions that give the same numbers in another shape or type."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from micrograd_plus import array_ops
from micrograd_plus.array_functions.axes import listed
from micrograd_plus.array_functions.registry import array_function


@array_function("view")
def reshape(x: Any, *shape: Any) -> Any:
    """Return the same elements in another shape; one size may be -1."""
    return array_ops.reshape(x, shape=listed(shape))


@array_function("permute", keywords={"dims": "axes"})
def transpose(x: Any, *axes: Any) -> Any:
    """Return the axes in another order, without arguments reversed."""
    if not axes or axes == (None,):
        return array_ops.transpose(x, axes=tuple(range(x.ndim))[::-1])
    order = listed(axes, "axes")
    if sorted(k % x.ndim if -x.ndim <= k < x.ndim else -1 for k in order) != list(range(x.ndim)):
        raise ValueError(f"no transpose of shape {x.shape} by axes {order}: want each of its {x.ndim} axes once")
    return array_ops.transpose(x, axes=order)


@array_function()
def astype(x: Any, dtype: DTypeLike) -> Any:
    """Return the same numbers as float32 or float64; the gradient comes back in the type of `x`."""
    wanted = np.dtype(dtype)
    if wanted not in (np.float32, np.float64):
        raise TypeError(f"wanted float32 or float64, got {wanted}")
    return x if wanted == x.dtype else array_ops.astype(x, dtype=str(wanted))
