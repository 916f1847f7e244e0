"""One call of a function of arrays, and how NumPy and PyTorch write the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar

import numpy as np

from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.tensor import Tensor
from tests.weights import uneven

Shape = tuple[int, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """`function` on arrays of `shapes`, with `arguments` and `keywords` after them.

    `call` writes the call where it is not function(*arrays, *arguments, **keywords): (function, arrays) -> result.
    `expected` and `torch` compute the same from NumPy's arrays, from PyTorch's module and its tensors; without
    `expected` NumPy's function of the same name and arguments does, without `torch` PyTorch is not asked.
    """

    function: str
    shapes: tuple[Shape, ...]
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)
    call: Callable[[Callable[..., Any], list[Any]], Any] | None = None
    expected: Callable[..., Any] | None = None
    torch: Callable[..., Any] | None = None
    differentiable: bool = True

    def inputs(self, seed: int = 7) -> list[np.ndarray]:
        """Return arrays of the shapes; see `distinct`."""
        return distinct(self.shapes, seed)

    def of(self, inputs: list[Any]) -> Any:
        """Return what our function gives."""
        return self.call_of(FUNCTIONS[self.function], inputs)

    def in_numpy(self, inputs: list[np.ndarray]) -> Any:
        """Return what NumPy gives."""
        if self.expected:
            return self.expected(*inputs)
        return self.call_of(getattr(np, self.function), inputs)

    def call_of(self, function: Callable[..., Any], inputs: list[Any]) -> Any:
        """Return what a function that is called like ours gives."""
        if self.call:
            return self.call(function, inputs)
        return function(*inputs, *self.arguments, **self.keywords)

    def __str__(self) -> str:
        given = [*map(str, self.shapes), *map(repr, self.arguments), *(f"{k}={v!r}" for k, v in self.keywords.items())]
        return f"{self.function}({', '.join(given)})"


def keepdims_in_turn(cases: Iterable[Case]) -> list[Case]:
    """Return the cases, those that differ in `keepdims` alone once: with it and without it in turn."""
    return in_turn(cases, lambda case: (case.function, case.shapes, case.arguments, case.call, case.keywords))


def in_turn(cases: Iterable[T], parts_of: Callable[[T], tuple[Any, ...]]) -> list[T]:
    """Return the cases, those whose parts, the last of them options, differ in `keepdims` alone once."""

    def all_else(case: T) -> str:
        *parts, options = parts_of(case)
        return repr((*parts, {name: x for name, x in options.items() if name != "keepdims"}))

    groups = [list(found) for _, found in groupby(cases, all_else)]
    return [found[k % len(found)] for k, found in enumerate(groups)]


def distinct(shapes: Sequence[Shape], seed: int = 7) -> list[np.ndarray]:
    """Return arrays of distinct numbers, at distances that no step of a difference bridges, in random order."""
    rng = np.random.default_rng(seed)
    sizes = [int(np.prod(shape)) for shape in shapes]
    numbers = rng.permutation(np.linspace(-2.0, 2.0, sum(sizes) + 1)[1:])
    flat = np.split(numbers, np.cumsum(sizes)[:-1])
    return [part.reshape(shape) for part, shape in zip(flat, shapes, strict=True)]


def parts(result: Any) -> list[Any]:
    """Return the results of a function that gives several, or the one."""
    return list(result) if isinstance(result, list | tuple) else [result]


def weighed(case: Case, *inputs: Tensor) -> Tensor:
    """Return one number made of all that the function gives, bent, so that there is a second order."""
    total = Tensor(0.0, dtype=inputs[0].dtype)
    for out in parts(case.of(list(inputs))):
        total = total + ((out * out + out) * uneven(out.shape).astype(out.dtype)).sum()
    return total
