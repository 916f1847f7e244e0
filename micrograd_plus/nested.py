"""Nested lists, tuples and dicts: their leaves in order, and the same nest with other leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def leaves(nest: Any) -> Iterator[Any]:
    """Yield what a nest of lists, tuples and dicts holds, from the first to the last.

    >>> list(leaves({"a": [1, (2, 3)], "b": 4}))
    [1, 2, 3, 4]
    """
    if isinstance(nest, list | tuple):
        for part in nest:
            yield from leaves(part)
    elif isinstance(nest, dict):
        yield from leaves(list(nest.values()))
    else:
        yield nest


def mapped(function: Callable[[Any], Any], nest: Any) -> Any:
    """Return the nest with what `function` gives of each leaf; a named tuple stays one.

    >>> mapped(abs, {"a": [-1, (2, -3)]})
    {'a': [1, (2, 3)]}
    """
    if isinstance(nest, dict):
        return {key: mapped(function, part) for key, part in nest.items()}
    if isinstance(nest, list):
        return [mapped(function, part) for part in nest]
    if isinstance(nest, tuple):
        parts = [mapped(function, part) for part in nest]
        return type(nest)(*parts) if hasattr(nest, "_fields") else tuple(parts)
    return function(nest)


def in_order_of(nest: Any, other: Any) -> Any:
    """Return another nest of the same form with the entries of its dicts in the order in which this one has them.

    ValueError where a dict has other keys.

    >>> in_order_of({"a": 1, "b": 2}, {"b": 20, "a": 10})
    {'a': 10, 'b': 20}
    """
    if isinstance(nest, dict) and isinstance(other, dict):
        if nest.keys() != other.keys():
            raise ValueError(f"wanted the keys {[*nest]}, got {[*other]}")
        return {key: in_order_of(part, other[key]) for key, part in nest.items()}
    if isinstance(nest, list | tuple) and isinstance(other, list | tuple):
        return [in_order_of(part, beside) for part, beside in zip(nest, other, strict=False)]
    return other


def refuse_nodes(nest: Any, kind: type) -> None:
    """Raise a TypeError if a nest that becomes an array holds nodes, which are of this `kind`."""
    if any(isinstance(x, kind) for x in leaves(nest)):
        held = type(nest).__name__
        raise TypeError(f"wanted an array of real numbers, got {held}: nodes would lose their graph in it, see stack")
