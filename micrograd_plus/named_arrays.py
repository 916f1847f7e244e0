"""Arrays by name, of which groups share a prefix: put together, taken apart, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.texts import one_line

Array = NDArray[Any]


def under(name: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return the arrays with a name before theirs.

    >>> under("model", {"w": np.zeros(2)})
    {'model/w': array([0., 0.])}
    """
    return {f"{name}/{key}": array for key, array in arrays.items()}


def taken_from(arrays: Mapping[str, Array], name: str) -> dict[str, Array]:
    """Return the arrays that `under` was given with this name."""
    return {key.removeprefix(f"{name}/"): array for key, array in arrays.items() if key.startswith(f"{name}/")}


def arrays_like(wanted: Mapping[str, Array], arrays: Mapping[str, Array], name: str) -> dict[str, Array]:
    """Return finite arrays of the names and shapes of others, in their order; ValueError for what is none.

    >>> arrays_like({"w": np.zeros(2)}, {"w": np.zeros(3)}, "model")
    Traceback (most recent call last):
    ValueError: wanted finite numbers of shape (2,) as model/w, got shape (3,)
    """
    if wanted.keys() != arrays.keys():
        raise ValueError(f"wanted {', '.join(wanted)} in {name}, got {one_line(', '.join(arrays), 200) or 'nothing'}")
    for key, like in wanted.items():
        if (shape := arrays[key].shape) != like.shape or not np.isfinite(arrays[key]).all():
            came = f"shape {shape}" if shape != like.shape else "nan or inf"
            raise ValueError(f"wanted finite numbers of shape {like.shape} as {name}/{key}, got {came}")
    return {key: arrays[key] for key in wanted}
