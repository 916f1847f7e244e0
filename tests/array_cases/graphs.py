"""The graphs that the cases of functions of arrays make, with those of their derivatives."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.engine import gradient, graph
from micrograd_plus.tensor import Tensor
from tests.array_cases import CASES
from tests.array_cases.case import Case


def cases_in_turn() -> Iterator[Case]:
    """Yield what can be derived: the first case of each function, then the second of each, and so on."""
    of_each = [[case for case in CASES if case.function == name and case.differentiable] for name in FUNCTIONS]
    return (case for cases in itertools.zip_longest(*of_each) for case in cases if case)


def nodes_to_order_2(case: Case) -> list[Any]:
    """Return the nodes of the graph of the gradient of a gradient."""
    inputs = [Tensor(x) for x in case.inputs()]
    y = case.of(inputs)
    for _ in range(2):
        parts = y if isinstance(y, list | tuple) else [y]
        y = gradient(sum(((part * part).sum() for part in parts), Tensor(0.0)), inputs)
    return graph(*y)
