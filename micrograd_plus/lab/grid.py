"""`Grid`: every combination of some settings' values."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from math import prod
from typing import Any

from micrograd_plus.settings import BATCH_SIZE, Settings
from micrograd_plus.suggestions import did_you_mean

MOST_POINTS = 10_000  # a sweep of more would take days, and their settings all memory
SETTINGS = tuple(setting.name for setting in fields(Settings))


@dataclass(frozen=True)
class Grid:
    """Every combination of `values`, a sequence for each setting of that name; `fixed` holds one value for others.

    Raises `ValueError` or `TypeError` for what `Settings` does not take, for a setting without values, and for more
    than `MOST_POINTS` combinations.

    >>> grid = Grid({"lr": [0.01, 0.1], "seed": range(3)}, {"epochs": 50})
    >>> len(grid.points())
    6
    """

    values: Mapping[str, Sequence[Any]]
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (*self.values, *self.fixed):
            if name not in SETTINGS:
                raise ValueError(f"unknown setting {name!r}{did_you_mean(name, SETTINGS)}")
            if name in self.values and not len(self.values[name]):
                raise ValueError(f"{name} has no value to try")
            if name in self.values and name in self.fixed:
                raise ValueError(f"{name} is both fixed and to be tried")
        if (count := prod(map(len, self.values.values()))) > MOST_POINTS:
            raise ValueError(f"a grid has at most {MOST_POINTS:,} combinations, not {count:,}")

    def points(self) -> list[Settings]:
        """Return the settings to train with, each once.

        The seed changes slowest, so that a sweep that is cut short has tried everything; within a seed small batches,
        which take longest, come first, so that all processes end at about the same time.
        """
        chosen = [Settings(**self.fixed, **dict(zip(self.values, point, strict=True))) for point in self._product()]
        return list(dict.fromkeys(sorted(map(resolved, chosen), key=_place)))

    def shared(self) -> dict[str, Any]:
        """Return the settings that are not to be tried and the same in all points, with their values."""
        points = self.points()
        untried = {name: values_of(name, points) for name in SETTINGS if name not in self.values}
        return {name: values[0] for name, values in untried.items() if len(values) == 1}

    def _product(self) -> itertools.product[tuple[Any, ...]]:
        return itertools.product(*self.values.values())


def values_of(name: str, points: Iterable[Settings]) -> list[Any]:
    """Return the different values of a setting, sorted where they can be, else in the order in which they come."""
    values: list[Any] = []
    for point in points:
        if (value := getattr(point, name)) not in values:  # some have no hash
            values.append(value)
    try:
        return sorted(values)
    except TypeError:
        return values


def _place(settings: Settings) -> tuple[int, int]:
    return settings.seed, settings.batch_size or BATCH_SIZE


def resolved(settings: Settings) -> Settings:
    """Return settings with the numbers that are chosen where they are None: two that train alike are then equal.

    >>> resolved(Settings(optimizer="sgd")).lr
    0.3
    """
    return replace(settings, lr=settings.chosen_lr, epochs=settings.chosen_epochs)
