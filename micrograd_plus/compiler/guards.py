"""Comparisons that Python made while a graph was built: a program holds only while they come out as they did then.

`if x > 0`, `max(values)` and `while error > 0.1` leave nothing in a graph but the branch that was taken. What reads a
number without comparing nodes is not seen: `x.data`, `float(x)`, and nodes made under `no_grad()`, which are leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.context import Watch
from micrograd_plus.engine import CONSTANT, Node
from micrograd_plus.notation import short, text
from micrograd_plus.ops import Op, greater, greater_equal, less, less_equal, not_equal
from micrograd_plus.tensor import Tensor
from micrograd_plus.texts import one_line

Seen = tuple[Op, Any, Any]

_MOST_LETTERS = 80

_ANOTHER = "the build compares something else each time it runs"
_MIRRORED = {less: greater, less_equal: greater_equal}


class GuardError(RuntimeError):
    """A comparison came out otherwise than when the program was built."""


@dataclass(frozen=True, eq=False)
class Guard:
    """A comparison of the node `a` with a node, a number or an array: the row of the table, and what came out.

    >>> from micrograd_plus.ops import greater
    >>> from micrograd_plus.value import Value
    >>> print(Guard(greater, Value(2.0, label="x"), 0.0, True))
    x > 0 was True
    """

    comparison: Op
    a: Node
    b: Any
    outcome: Any

    def differing(self) -> Any:
        """Return a node that counts the elements that come out otherwise, on which no gradient depends."""
        found = self.comparison(self.a, self.b)
        if isinstance(found, Tensor):
            return not_equal(found, np.asarray(self.outcome, found.dtype)).sum()
        # The same for both outcomes, so that guards of either are one operation of an array.
        return not_equal(found, float(self.outcome))

    @property
    def seen(self) -> Seen:
        """What is left of the guard where its graph is not kept: the row, the numbers compared with, what came out."""
        return self.comparison, None if isinstance(self.b, Node) else self.b, self.outcome

    def __str__(self) -> str:
        written = self.comparison.python.format(_name(self.a), _name(self.b))
        count = np.size(self.outcome)
        if count == 1:
            return f"{written} was {bool(self.outcome)}"
        return f"{written} was True in {np.count_nonzero(self.outcome)} of {count} elements"


class Comparisons(Watch):
    """Records the comparisons of what may change, each once: `with watched(comparisons): build()`.

    >>> from micrograd_plus.context import watched
    >>> from micrograd_plus.value import Value
    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> with watched(comparisons := Comparisons()):
    ...     largest = max(x, y)
    >>> [str(guard) for guard in comparisons.guards]
    ['y > x was True']
    """

    replays = True

    def __init__(self) -> None:
        self._known: dict[Any, Guard] = {}

    @property
    def guards(self) -> list[Guard]:
        """What was compared, in order."""
        return list(self._known.values())

    def compared(self, comparison: Op, a: Any, b: Any, outcome: Any) -> None:
        # Of two nodes Python asks the right one first if it is a leaf that a program holds: x > w becomes w < x then.
        if isinstance(b, Node) and comparison in _MIRRORED:
            comparison, a, b = _MIRRORED[comparison], b, a
        if not (_is_fixed(a) and _is_fixed(b)):
            key = comparison, a, object() if isinstance(b, np.ndarray) else b
            self._known.setdefault(key, Guard(comparison, a, b, outcome))


def broken(guards: Sequence[Guard]) -> Any:
    """Return a node that counts the comparisons that come out otherwise than recorded; there is at least one guard."""
    count = reduce(add, [guard.differing() for guard in guards])
    count.label = "broken_guards"
    return count


def difference(recorded: Sequence[Seen], guards: Sequence[Guard]) -> str:
    """Return in words the first comparison that comes out otherwise in another run of the build; empty if none does."""
    for (comparison, numbers, outcome), guard in zip(recorded, guards, strict=False):
        if comparison is not guard.comparison:
            return _ANOTHER
        own = guard.seen[1]
        if not (np.array_equal(outcome, guard.outcome) and (numbers is own or np.array_equal(numbers, own))):
            return str(Guard(comparison, guard.a, guard.b if numbers is None else numbers, outcome))
    return "" if len(recorded) == len(guards) else _ANOTHER


def _is_fixed(x: Any) -> bool:
    return not isinstance(x, Node) or x.op is CONSTANT


def _name(x: Any) -> str:
    if isinstance(x, Node):
        written = x.label or text(x)
    else:
        written = short(float(x)) if np.ndim(x) == 0 else described(x)
    return one_line(written, _MOST_LETTERS)
