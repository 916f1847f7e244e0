"""Plain data out of a file against what they have to be: of what is wrong, the first thing is said by its place.

A check takes the name of a value and the value, which it returns or raises `TypeError` or `ValueError` for, as those of
`arguments` do; here they become checks of lists and objects.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from micrograd_plus.arguments import described
from micrograd_plus.texts import one_line

Check = Callable[[str, Any], Any]


def text(name: str, value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is a text, not {described(value)}")
    return value


def anything(name: str, value: Any) -> Any:
    """Return whatever comes: it is checked elsewhere."""
    return value


def maybe(check: Check) -> Check:
    """Return the check of what may be missing, None."""
    return lambda name, value: None if value is None else check(name, value)


def each(check: Check) -> Check:
    """Return the check of a list, of whose items each passes a check.

    >>> each(text)("names", ["a", 1])
    Traceback (most recent call last):
    TypeError: names[1] is a text, not int: 1
    """

    def checked(name: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise TypeError(f"{name} is a list, not {described(value)}")
        return [check(f"{name}[{k}]", item) for k, item in enumerate(value)]

    return checked


def fields(checks: Mapping[str, Check], optional: Collection[str] = ()) -> Check:
    """Return the check of an object with entries of these names, each of which passes its check.

    >>> fields({"title": text})("book", {"titel": "Walden"})
    Traceback (most recent call last):
    ValueError: book holds title, got titel
    """

    def checked(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise TypeError(f"{name} holds {', '.join(checks)}, got {described(value)}")
        if not checks.keys() - set(optional) <= value.keys() <= checks.keys():
            raise ValueError(f"{name} holds {', '.join(checks)}, got {one_line(', '.join(value), 200) or 'nothing'}")
        return {key: check(f"{name}.{key}", value[key]) for key, check in checks.items() if key in value}

    return checked
