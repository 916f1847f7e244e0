"""The tables of operations as types: writes `operations.pyi`, which type checkers and editors read."""

from __future__ import annotations

import builtins
import inspect
import math
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from micrograd_plus.array_functions import FUNCTIONS, METHODS, OTHER_KEYWORDS
from micrograd_plus.ops import ALIASES, INFIX, TABLE, Op

_HEADER = '''"""Types of the tables' functions and methods: printed by `python -m micrograd_plus.stubs`, not edited."""

from collections.abc import Iterable, Sequence
from typing import Any, Self, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from micrograd_plus.array_ops import Axis
from micrograd_plus.engine import Node
from micrograd_plus.tensor import Tensor

_Node = TypeVar("_Node", bound=Node)
'''


def stubs() -> str:
    """Return the text of `operations.pyi`: the methods and functions of the table's rows, then those of arrays."""
    arrays = [_array_method(*method) for method in METHODS.items()]
    methods = [line for op in TABLE.values() for line in _method(op)]
    aliases = [f"{alias} = {op.name}" for alias, op in ALIASES.items()]
    functions = [line for op in TABLE.values() for line in _function(op)]
    return "\n".join(
        [
            _HEADER,
            *_public_names(),
            "class Methods:",
            *methods,
            *_SPECIAL,
            *(f"    {alias}" for alias in aliases),
            "",
            "class ArrayMethods:",
            *arrays,
            "",
            *functions,
            *aliases,
            *(line for function in FUNCTIONS.items() for line in _array_function(*function)),
            "",
        ]
    )


def _public_names() -> list[str]:
    """Return `__all__`, which leaves out the names of builtins, as that of the package does."""
    names = [name for name in (*TABLE, *ALIASES, *FUNCTIONS) if not hasattr(builtins, name)]
    return ["__all__: list[str] = [", *(f'    "{name}",' for name in names), "]", ""]


_TYPE = re.compile(r"\bAny\b")
_SPECIAL = [
    "    def __pos__(self) -> Self: ...",
    "    def __pow__(self, exponent: Any) -> Self: ...",
    "    def __rpow__(self, base: ArrayLike) -> Self: ...",
]


def _parameters(op: Op) -> str:
    types = {name: "float | None" if math.isinf(default) else "float" for name, default in op.parameters.items()}
    return "".join(f", {name}: {kind} = ..." for name, kind in types.items())


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


def _array_method(name: str, function: Callable[..., Any]) -> str:
    _, *others = _array_parameters(name, function)
    result = _TYPE.sub("Self", inspect.signature(function).return_annotation)
    return f"    def {name}({', '.join(['self', *others])}) -> {result}: ..."


def _array_function(name: str, function: Callable[..., Any]) -> list[str]:
    """Return the function of what is a Tensor, or consists of Tensors, which gives Tensors, and of anything else."""
    texts = _array_parameters(name, function)
    first = next(k for k, text in enumerate(texts) if "Any" in text)
    of_tensors = [*texts[:first], _TYPE.sub("Tensor", texts[first]), *texts[first + 1 :]]
    result = inspect.signature(function).return_annotation
    return [
        "@overload",
        f"def {name}({', '.join(of_tensors)}) -> {_TYPE.sub('Tensor', result)}: ...",
        "@overload",
        f"def {name}({', '.join(texts)}) -> {result}: ...",
    ]


def _array_parameters(name: str, function: Callable[..., Any]) -> list[str]:
    signature = inspect.signature(function)
    own = list(signature.parameters.values())
    texts = with_star(list(map(_parameter, own)), own)
    if others := {other: ours for other, ours in OTHER_KEYWORDS.get(name, {}).items() if other != ours}:
        if not any(p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL) for p in own):
            texts.append("*")
        texts += [
            f"{other}: {signature.parameters[ours].annotation} = ..." for other, ours in others.items() if other != ours
        ]
    return texts


def with_star(texts: list[str], parameters: Sequence[inspect.Parameter]) -> list[str]:
    """Return texts of parameters, with a `*` of its own before those that have to be named."""
    kinds = [p.kind for p in parameters]
    if inspect.Parameter.KEYWORD_ONLY not in kinds or inspect.Parameter.VAR_POSITIONAL in kinds:
        return texts
    first = kinds.index(inspect.Parameter.KEYWORD_ONLY)
    return [*texts[:first], "*", *texts[first:]]


def _parameter(parameter: inspect.Parameter) -> str:
    star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
    default = "" if parameter.default is parameter.empty else " = ..."
    return f"{star}{parameter.name}: {parameter.annotation}{default}"


if __name__ == "__main__":
    sys.stdout.write(stubs())
