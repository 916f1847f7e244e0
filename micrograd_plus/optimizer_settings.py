"""Settings of an optimizer: what each may be, and how it is read and set in all parameter groups at once."""

from __future__ import annotations

from functools import partial
from typing import Any, Self, overload

from micrograd_plus.arguments import number_at_least
from micrograd_plus.plain_data import Check


class Setting:
    """A setting that each parameter group has, in a class of optimizers; `check(name, value)` returns it, or raises.

    As an attribute of an optimizer it stands for all of its groups: ValueError where they differ in it.
    """

    def __init__(self, check: Check = lambda name, value: value) -> None:
        self.check = check
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, optimizer: None, owner: type) -> Self: ...

    @overload
    def __get__(self, optimizer: Any, owner: type) -> Any: ...

    def __get__(self, optimizer: Any, owner: type) -> Any:
        return self if optimizer is None else self._common(optimizer)

    def __set__(self, optimizer: Any, value: Any) -> None:
        self._common(optimizer)
        for group in optimizer.param_groups:
            group[self.name] = value

    def _common(self, optimizer: Any) -> Any:
        name, groups = self.name, optimizer.param_groups
        first = groups[0][name]
        if any(group[name] != first for group in groups[1:]):
            values = ", ".join(str(group[name]) for group in groups)
            raise ValueError(f"the parameter groups differ in {name} ({values}): take param_groups[i][{name!r}]")
        return first


# --- what a setting may be

at_least_zero: Check = partial(number_at_least, 0)


def above_zero(name: str, value: Any) -> float:
    """Return a number above 0."""
    if not (number := number_at_least(0, name, value)):
        raise ValueError(f"{name} is above 0: a parameter whose gradient is 0 is divided by it")
    return number


def two_below_one(name: str, value: Any) -> tuple[float, ...]:
    """Return two numbers from 0 to below 1 as a tuple."""
    if not isinstance(value, tuple | list):
        raise TypeError(f"{name} are two numbers, not {value!r}")
    numbers = tuple(number_at_least(0, "a beta", beta) for beta in value)
    if len(numbers) != 2 or max(numbers) >= 1.0:
        raise ValueError(f"{name} are two numbers from 0 to below 1, not {value}")
    return numbers
