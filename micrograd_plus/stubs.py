"""The table of operations as types: writes `operations.pyi`, which type checkers and editors read."""

from __future__ import annotations

import sys

from micrograd_plus.ops import INFIX, TABLE, Op

_HEADER = '''"""Types of the table's functions and methods: printed by `python -m micrograd_plus.stubs`, not edited."""

from typing import Any, Self, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from micrograd_plus.engine import Node

_Node = TypeVar("_Node", bound=Node)
'''


def stubs() -> str:
    """Return the text of `operations.pyi`: a class `Methods` and a function for each row of the table."""
    methods = [line for op in TABLE.values() for line in _method(op)]
    functions = [line for op in TABLE.values() for line in _function(op)]
    return "\n".join([_HEADER, "class Methods:", *methods, *_POWERS, "", *functions, ""])


_POWERS = [
    "    def __pow__(self, exponent: Any) -> Self: ...",
    "    def __rpow__(self, base: ArrayLike) -> Self: ...",
]


def _parameters(op: Op) -> str:
    return "".join(f", {name}: float = ..." for name in op.parameters)


def _method(op: Op) -> list[str]:
    others = "".join(f", {name}: Self | ArrayLike" for name in "bc"[: op.arity - 1])
    lines = [f"    def {op.name}(self{others}{_parameters(op)}) -> Self: ..."]
    if special := INFIX.get(op.python):
        names = [special, f"r{special}"][: op.arity]
        lines += [f"    def __{name}__(self{others}) -> Self: ..." for name in names]
    return lines


def _function(op: Op) -> list[str]:
    names = "abc"[: op.arity]
    of_numbers = ", ".join(f"{name}: float" for name in names)
    of_arrays = ", ".join(f"{name}: ArrayLike" for name in names)
    of_nodes = [
        ", ".join(f"{name}: _Node" if name == first else f"{name}: _Node | ArrayLike" for name in names)
        for first in names
    ]
    results = [
        (of_numbers, "float"),
        *((nodes, "_Node") for nodes in of_nodes),
        (of_arrays, "NDArray[np.floating[Any]]"),
    ]
    return [
        line
        for inputs, result in results
        for line in ("@overload", f"def {op.name}({inputs}{_parameters(op)}) -> {result}: ...")
    ]


if __name__ == "__main__":
    sys.stdout.write(stubs())
