"""The inputs of a program: leaves made after examples, and the buffers from which their numbers are read."""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micrograd_plus.arguments import described, is_masked, real, real_number
from micrograd_plus.compiler.source import RESERVED
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

Array = NDArray[Any]

# Names of buffers and learning rates, and of inputs whose own names are not free.
_NUMBERED = re.compile(r"(input|lr|parameters|gradients|leaves|leaf_gradients)\d*|others|state_.*")


class Input:
    """One input: what the build is given (`argument`), its leaves in C order (`nodes`), `shape` and `dtype`.

    The example is a number or a Value, a nested list of them, a NumPy array or a Tensor; anything else is a TypeError.
    """

    def __init__(self, name: str, example: Any) -> None:
        self.name = name
        self.nodes: list[Any] = []
        self.shape: tuple[int, ...] = ()
        self.dtype: Any = np.dtype(float)
        self.argument = self._leaves(example)

    def _leaves(self, example: Any) -> Any:
        if isinstance(example, np.ndarray | Tensor):
            tensor = Tensor(example.data if isinstance(example, Tensor) else example, label=self.name)
            self.nodes, self.shape, self.dtype = [tensor], tensor.shape, tensor.dtype
            return tensor
        self.shape = _shape(example, self.name)
        return self._values(example, self.name)

    def _values(self, example: Any, label: str) -> Any:
        """Return the same nesting of new Values, labelled as Python would reach them: x[0][1]."""
        if isinstance(example, list | tuple):
            return [self._values(entry, f"{label}[{k}]") for k, entry in enumerate(example)]
        self.nodes.append(Value(example.data if isinstance(example, Value) else example, label=label))
        return self.nodes[-1]

    @property
    def example(self) -> Array:
        """The numbers that the leaves were made with."""
        return np.array([node.data for node in self.nodes], self.dtype).reshape(self.shape)

    def accepted(self, value: Any, shape: tuple[int, ...]) -> Array:
        """Return numbers of this shape that a program was called with; else a TypeError or ValueError in one line."""
        try:
            if is_masked(value):
                raise TypeError
            array = value if value.__class__ is np.ndarray else np.asarray(value)
            if array.dtype != self.dtype:
                array = np.asarray(_numbers(array), self.dtype) if array.dtype == object else np.asarray(real(array))
        except (TypeError, ValueError):
            raise TypeError(f"wanted numbers of shape {shape} for {self.name!r}, got {described(value)}") from None
        if array.shape != shape:
            raise ValueError(f"wanted shape {shape} for {self.name!r}, got {array.shape}")
        return array


_numbers = np.frompyfunc(lambda x: x.data if isinstance(x, Value) else real_number(x), 1, 1)


def inputs_of(build: Callable[..., Any], examples: Sequence[Any]) -> list[Input]:
    """Return an input for each example, named as the function names its arguments."""
    names = _names(build, len(examples))
    return [Input(name, example) for name, example in zip(names, examples, strict=True)]


def _names(build: Callable[..., Any], count: int) -> list[str]:
    try:
        known = [name for name, p in inspect.signature(build).parameters.items() if p.kind is not p.KEYWORD_ONLY]
        variable = [p.kind is p.VAR_POSITIONAL for p in inspect.signature(build).parameters.values()]
    except (TypeError, ValueError):  # what is written in C does not always say
        known, variable = [], []
    names: list[str] = []
    for k in range(count):
        is_own = k < len(known) and not variable[k] and _is_free(known[k])
        names.append(known[k] if is_own else f"input{k + 1}")
    return names


def _is_free(name: str) -> bool:
    """Tell whether the text of a program may call an input so."""
    return not (
        name in RESERVED
        or _NUMBERED.fullmatch(name)
        or hasattr(np, name)
        or keyword.iskeyword(name)
        or name.startswith("_")
    )


def _shape(example: Any, name: str) -> tuple[int, ...]:
    """Return the shape of a nested list; ValueError where its rows are not of one length."""
    if not isinstance(example, list | tuple):
        return ()
    shapes = {_shape(entry, name) for entry in example}
    if len(shapes) > 1:
        raise ValueError(f"wanted rows of one length in the example of {name!r}, got {described(example)}")
    return (len(example), *(shapes.pop() if shapes else ()))
