"""What losses are given: outputs, and targets and weights, which are numbers or nodes; their shapes and types."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import described
from micrograd_plus.engine import Node
from micrograd_plus.nested import leaves
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

Array = NDArray[Any]
Outputs = Any
Targets = Any

# In tuples, as they are asked of every element: a union is made anew each time.
LISTS = (list, tuple)
_NUMBERS = (Value, float, int)

# --- outputs: a Tensor, or Values in a list or in a list of lists -----------------------------------------------------


def shape_of(outputs: Outputs) -> tuple[int, ...]:
    """Return the shape of outputs; TypeError or ValueError where they are something else, or none."""
    shape = outputs.shape if isinstance(outputs, Tensor) else _shape_of_lists(outputs)
    if 0 in shape:
        raise ValueError(f"a loss wants at least one output, got shape {shape}")
    return shape


def _shape_of_lists(outputs: Outputs) -> tuple[int, ...]:
    if not isinstance(outputs, LISTS):
        raise TypeError(f"wanted outputs as a Tensor, a list of Values or a list of lists, got {described(outputs)}")
    rows = [row for row in outputs if isinstance(row, LISTS)]
    lengths = [len(row) for row in rows]
    if rows and (len(rows) < len(outputs) or len(set(lengths)) > 1):
        raise ValueError(f"wanted rows of one length as outputs, got lengths {lengths} in {len(outputs)} rows")
    for row in rows or [outputs]:
        for output in row:
            if not isinstance(output, _NUMBERS):
                raise TypeError(f"wanted Values in a list or a list of lists as outputs, got {described(output)}")
    return (len(outputs), lengths[0]) if rows else (len(outputs),)


# --- targets and weights: an array of numbers, or nodes: a Tensor, or an array of Values ------------------------------


def operand(given: Any, outputs: Outputs, name: str = "targets") -> Any:
    """Return what goes with the outputs: an array of numbers, or nodes of their kind; TypeError for anything else."""
    if isinstance(given, Tensor):
        if not isinstance(outputs, Tensor):
            raise TypeError(f"wanted {name} as numbers or Values, as the outputs are Values: got a Tensor")
        return given
    if not _holds_nodes(given):
        return numbers(given, name)
    if isinstance(outputs, Tensor):
        raise TypeError(
            f"wanted {name} as numbers or a Tensor, as the outputs are a Tensor: got Values or Tensors in a list"
        )
    try:
        nodes = np.array(given, dtype=object)
    except (TypeError, ValueError):
        nodes = np.array([None])
    if not all(isinstance(x, _NUMBERS) for x in nodes.flat):
        raise TypeError(f"wanted {name} as numbers or Values in rows of one length, got {described(given)}")
    return nodes


def targets_like(targets: Targets, outputs: Outputs) -> Any:
    """Return targets of the outputs' shape; ValueError where it is another one."""
    shape, found = shape_of(outputs), operand(targets, outputs)
    if shape != found.shape:
        raise ValueError(f"outputs and targets differ in shape: {shape} and {found.shape}")
    return found


def _holds_nodes(given: Any) -> bool:
    return any(isinstance(x, Node) for x in leaves(given))


def numbers(given: Any, name: str) -> Array:
    """Return an array of integers or of float64; TypeError for what is no array of real numbers."""
    try:
        array = np.asarray(given)
        if array.dtype.kind in "iu":
            return array
        if array.dtype.kind in "bf":
            return array.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        pass
    raise TypeError(f"wanted {name} as numbers, got {described(given)}")


def weights(given: Any, outputs: Outputs, name: str) -> Any:
    """Return weights as `operand` does; ValueError for numbers below 0, infinite or nan."""
    found = operand(given, outputs, name)
    return found if are_nodes(found) else _checked_weights(found, name)


def plain_weights(given: Any, name: str) -> Array:
    """Return weights that may be no nodes; TypeError for nodes, ValueError for numbers below 0, infinite or nan."""
    if _holds_nodes(given):
        raise TypeError(f"wanted {name} as numbers, got {described(given)}")
    return _checked_weights(numbers(given, name), name)


def _checked_weights(found: Array, name: str) -> Array:
    if not ((found >= 0) & (found < np.inf)).all():
        raise ValueError(f"wanted {name} as finite numbers of at least 0, got {described(found)}")
    return found


def are_nodes(operand: Any) -> bool:
    """Tell whether an operand holds nodes rather than numbers."""
    return isinstance(operand, Tensor) or operand.dtype == object


def are_shares(numbers: Array) -> bool:
    """Tell whether all numbers are from 0 to 1."""
    return bool(((numbers >= 0.0) & (numbers <= 1.0)).all())


def in_type(operand: Any, outputs: Tensor) -> Any:
    """Return numbers in the outputs' type, so that float32 stays float32; nodes as they are."""
    return operand if isinstance(operand, Tensor) else operand.astype(outputs.dtype, copy=False)
