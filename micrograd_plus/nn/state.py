"""What a module's state holds: each parameter and buffer, how it is read and written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.engine import Node
from micrograd_plus.tensor import Tensor

Array = NDArray[Any]


@dataclass(frozen=True)
class ParameterEntry:
    """A parameter, whose array may stand transposed in the state."""

    node: Any
    transposed: bool

    def read(self) -> Array:
        """Return a copy of the data."""
        data = np.array(self.node.data)
        return np.ascontiguousarray(data.T) if self.transposed else data

    def write(self, array: Array) -> None:
        """Set the data from an array of the same shape."""
        array = array.T if self.transposed else array
        self.node.data = array.copy() if isinstance(self.node, Tensor) else array.item()

    def convert(self, dtype: np.dtype[Any]) -> None:
        """Change the type of the numbers, of a Tensor only."""
        if isinstance(self.node, Tensor):
            self.node.convert(dtype)


@dataclass(frozen=True)
class BufferEntry:
    """An array that a module holds as an attribute."""

    module: Any
    name: str

    def read(self) -> Array:
        """Return a copy of the array."""
        return np.array(getattr(self.module, self.name))

    def write(self, array: Array) -> None:
        """Set the attribute from an array of the same shape."""
        setattr(self.module, self.name, array.astype(self.read().dtype))

    def convert(self, dtype: np.dtype[Any]) -> None:
        """Change the type of an array of floats."""
        if self.read().dtype.kind == "f":
            setattr(self.module, self.name, self.read().astype(dtype))


Entry = ParameterEntry | BufferEntry


def entries(module: Any) -> dict[str, Entry]:
    """Return the entries of a module's state by name, each parameter once.

    A parameter that no attribute holds is called by its position, as in `named_parameters()`.
    """
    found = _found(module)
    held = {entry.node for entry in found.values() if isinstance(entry, ParameterEntry)}
    loose = {name: ParameterEntry(node, False) for name, node in module.named_parameters() if node not in held}
    return _each_once(found) | loose


def _found(module: Any) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for name, member in module._state_members():
        if isinstance(member, Node):
            found[name] = ParameterEntry(member, name in module._transposed)
        else:
            found |= {f"{name}.{inner}": entry for inner, entry in _found(member).items()}
    return found | {name: BufferEntry(module, name) for name in module._buffers}


def _each_once(found: dict[str, Entry]) -> dict[str, Entry]:
    seen: set[Any] = set()
    kept: dict[str, Entry] = {}
    for name, entry in found.items():
        key = entry.node if isinstance(entry, ParameterEntry) else (entry.module, entry.name)
        if key not in seen:
            kept[name] = entry
            seen.add(key)
    return kept
