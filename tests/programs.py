"""Random programs for hypothesis: what a user might write, with shared results, `a + a`, and constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from micrograd_plus.ops import TABLE, Op

ROWS = tuple(sorted(TABLE))

# Few enough that kinks and ties are met often, and of one size, so that nothing overflows on one way only.
QUARTERS = st.integers(-12, 12).map(lambda quarters: quarters / 4)


@dataclass(frozen=True)
class Program:
    """Operations in order; a place counts through the inputs, then the constants, then the results so far."""

    inputs: tuple[float, ...]
    constants: tuple[float, ...]
    steps: tuple[tuple[Op, tuple[int, ...]], ...]

    def run(self, inputs: Sequence[Any]) -> Any:
        """Return the result of the last step, which is a node if all inputs are."""
        results = [*inputs, *self.constants]
        for op, places in self.steps:
            results.append(op(*[results[place] for place in places]))
        return results[-1]


@st.composite
def programs(draw: st.DrawFn, numbers: st.SearchStrategy[float], rows: Sequence[str] = ROWS) -> Program:
    """Draw a program of 1 to 12 operations among `rows` on `numbers`."""
    inputs = draw(st.lists(numbers, min_size=1, max_size=3))
    constants = draw(st.lists(numbers, max_size=2))
    steps: list[tuple[Op, tuple[int, ...]]] = []
    for _ in range(draw(st.integers(1, 12))):
        op = TABLE[draw(st.sampled_from(rows))]
        op = op.bind([draw(st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0])) for _ in op.parameters])
        places = draw(st.lists(st.integers(0, len(inputs) + len(constants) + len(steps) - 1),
                               min_size=op.arity, max_size=op.arity))  # fmt: skip
        # The newest result is read at once, so that the last step depends on most of the others.
        last = len(inputs) + len(constants) + len(steps) - 1 if steps else 0
        places[draw(st.integers(0, op.arity - 1))] = last
        steps.append((op, tuple(places)))
    return Program(tuple(inputs), tuple(constants), tuple(steps))
