"""What the text of a program calls things, as those see it who write its statements."""

from __future__ import annotations

from typing import Any, Protocol

from micrograd_plus.compiler.arrays import Array
from micrograd_plus.compiler.placing import Plan
from micrograd_plus.compiler.views import View
from micrograd_plus.ops import Op


class Names(Protocol):
    """What the text of statements calls things."""

    plan: Plan

    def operand(self, array: Array) -> str:
        """Return the expression that reads an array or a number."""

    def shown(self, array: Array, view: View) -> str:
        """Return the name of a view of an array's elements, counted within the array."""

    def element(self, array: Array, offset: int) -> str:
        """Return the expression of one element of an array, counted within the array."""

    def imported(self, name: str) -> str:
        """Return the name, which the program imports from NumPy."""

    def bits(self, array: Array) -> str:
        """Return the name of an array's bits as integers."""

    def ones(self, size: int, dtype: Any) -> str:
        """Return the name of so many ones."""

    def kept(self, value: Any) -> str:
        """Return the name under which the program keeps a constant array."""

    def once(self, line: str) -> None:
        """Let the program do something when it is loaded, rather than each time it runs."""

    def function(self, op: Op) -> str:
        """Return the name of a function that computes what NumPy has no function for."""
