"""Runs: what is done step by step, again and again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Step = Callable[[int], object]  # of its number
Begin = Callable[[Path], Step]  # in a folder for its files


class Run(NamedTuple):
    """Returns a step, and how many are few: in a second or so, so many can be done."""

    begin: Begin
    few: int


class Runs(dict[str, Run]):
    """Runs by their names."""

    def enter(self, few: int) -> Callable[[Begin], Begin]:
        """Enter a function by its name."""

        def entered(begin: Begin) -> Begin:
            self[begin.__name__] = Run(begin, few)
            return begin

        return entered


def require_refused(mistake: Callable[[], object], error: type[BaseException]) -> None:
    """Run what must raise an error."""
    try:
        mistake()
    except error:
        return
    raise AssertionError(f"no {error.__name__}")
