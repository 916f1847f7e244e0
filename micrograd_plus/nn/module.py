"""`Module`: what every network and every part of one is. It finds its parameters and names places in the graph."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from micrograd_plus.arguments import described, float_type
from micrograd_plus.context import current
from micrograd_plus.engine import PARAMETER, Node
from micrograd_plus.nn.state import entries
from micrograd_plus.texts import counted, printable


class Module:
    """A network or a part of one. Subclasses set parameters and parts as attributes and define `forward`.

    Parameters and parts are found in the attributes, also in lists and tuples, in order of assignment. An item of the
    list `layers` is called `layer1`, `layer2`, ...; operations of a part carry that name as their scope. Subclasses
    written for micrograd, with a `__call__` and a `parameters()` of their own, work too.

    >>> from micrograd_plus.nn import parameter
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope = parameter(2.0)
    ...         self.offset = parameter(-1.0)
    ...
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> Line()
    Line with 2 parameters
    >>> y = Line()(3.0)
    >>> y.data, y.scope.path
    (5.0, ('Line',))
    """

    training = True
    # On the class, so that a subclass need not call this one's __init__.
    _name = ""
    _parts_are_named = False
    _buffers: tuple[str, ...] = ()
    # Names of matrices that PyTorch holds transposed.
    _transposed: tuple[str, ...] = ()

    def forward(self, *inputs: Any, **keywords: Any) -> Any:
        """Return what the module computes; subclasses say it."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward()")

    def __call__(self, *inputs: Any, **keywords: Any) -> Any:
        if not self._parts_are_named:
            self._name_parts()
        # As `with scope(name)`, in a part of the time: every neuron comes by here for every sample.
        before = current.get()
        try:
            current.set(before.child(self._name or type(self).__name__))
            return self.forward(*inputs, **keywords)
        finally:
            current.set(before)

    def parameters(self) -> list[Any]:
        """Return what an optimizer changes: the nodes of this module and of its parts, each once."""
        found: dict[Node, None] = {}
        for _, member in self._members():
            if isinstance(member, Module):
                found.update(dict.fromkeys(member.parameters()))
            elif member.op is PARAMETER:
                found[member] = None
        return list(found)

    def named_parameters(self) -> list[tuple[str, Any]]:
        """Return the parameters with their places: `layer1.neuron3.w2`.

        One that `parameters()` gives but no attribute holds is called by its position: `parameter7`. Raises
        `ValueError` if two places have one name.
        """
        names: dict[Node, str] = {}
        for name, member in self._members():
            if isinstance(member, Module):
                for inner, parameter in member.named_parameters():
                    names.setdefault(parameter, f"{name}.{inner}")
            else:
                names.setdefault(member, name)
        parameters = self.parameters()
        named = {names.get(p, f"parameter{k}"): p for k, p in enumerate(parameters, 1)}
        if len(named) < len(parameters):
            raise ValueError(f"{type(self).__name__} holds two parameters of one name: rename an attribute")
        return list(named.items())

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def train(self, mode: bool = True) -> Self:
        """Set the flag `training` here and in all parts; return the module."""
        self.training = mode
        for _, part in self._named_parts():
            part.train(mode)
        return self

    def eval(self) -> Self:
        """Set the flag `training` to False here and in all parts; return the module."""
        return self.train(False)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return a copy of the parameters' data and of the buffers as arrays, named and laid out as PyTorch does it.

        A `Linear` layer's weight is of shape (nout, nin) there, and parts of a `Sequential` are counted from 0, those
        without parameters too: `0.weight`, `0.bias`, `2.weight`.
        """
        return {name: entry.read() for name, entry in entries(self).items()}

    def load_state_dict(self, state: Mapping[str, ArrayLike]) -> None:
        """Set parameters and buffers from arrays by name; nothing is set if a name or a shape is wrong (`ValueError`).

        Nothing is set either if something is no array of real numbers (`TypeError`). A `state_dict()` of PyTorch's fits
        too, if the networks are alike.
        """
        own = entries(self)
        if own.keys() != state.keys():
            raise ValueError(f"the state is of another model: {_difference(own.keys(), state.keys())}")
        arrays = {name: np.asarray(state[name]) for name in own}
        for name, entry in own.items():
            if arrays[name].dtype.kind not in "biuf":
                raise TypeError(f"{printable(name)} is an array of numbers; the state holds {described(state[name])}")
            wanted = entry.read().shape
            if arrays[name].shape != wanted:
                raise ValueError(
                    f"{printable(name)} has shape {wanted}; the state holds one of shape {arrays[name].shape}"
                )
        for name, entry in own.items():
            entry.write(arrays[name])

    def register_buffer(self, name: str, data: Any) -> None:
        """Set an attribute that is an array of the module's state, but no parameter."""
        self._buffers = (*self._buffers, name)
        setattr(self, name, np.array(data))

    def astype(self, dtype: DTypeLike) -> Self:
        """Make float32 or float64 of all parameters that are Tensors, and of buffers of floats; return the module."""
        wanted = float_type(dtype)
        for entry in entries(self).values():
            entry.convert(wanted)
        return self

    def __repr__(self) -> str:
        count = sum(int(np.size(parameter.data)) for parameter in self.parameters())
        head = f"{self._title()} with {counted(count, 'parameter')}"
        return "\n".join([head, *(f"  {line}" for text in self._part_texts() for line in text.splitlines())])

    def _title(self) -> str:
        return type(self).__name__

    def _part_texts(self) -> list[str]:
        return [f"{name}: {part!r}" for name, part in self._named_parts()]

    def _members(self) -> Iterator[tuple[str, Module | Node]]:
        """Yield the nodes and modules that the attributes hold, with their names, in order of assignment."""
        for attribute, value in vars(self).items():
            if isinstance(value, Module | Node):
                yield attribute, value
            elif isinstance(value, list | tuple):
                stem = attribute[:-1] if len(attribute) > 1 and attribute.endswith("s") else attribute
                # What is no member, such as a function between two layers, is not counted.
                members = [item for item in value if isinstance(item, Module | Node)]
                for k, member in enumerate(members, 1):
                    yield f"{stem}{k}", member

    def _state_members(self) -> Iterator[tuple[str, Module | Node]]:
        """Yield the members by the names that they have in a state."""
        return self._members()

    def _named_parts(self) -> list[tuple[str, Module]]:
        return [(name, member) for name, member in self._members() if isinstance(member, Module)]

    def _name_parts(self) -> None:
        for name, part in self._named_parts():
            part._name = name
        self._parts_are_named = True


def _difference(own: Collection[str], given: Collection[str]) -> str:
    """Return what `given` lacks and what it has too much, each with its first name."""
    differences = {
        "missing": [name for name in own if name not in given],
        "unknown": [name for name in given if name not in own],
    }
    return ", ".join(
        f"{len(names)} {kind} (first: {printable(names[0])})" for kind, names in differences.items() if names
    )
