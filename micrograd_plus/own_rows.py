"""Operations of a user's own: the names that they may have, and what is asked of every definition."""

from __future__ import annotations

import inspect
import keyword
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from micrograd_plus import row
from micrograd_plus.arguments import described
from micrograd_plus.array_functions import FUNCTIONS, METHODS
from micrograd_plus.array_ops import ARRAY_TABLE, ArrayOp
from micrograd_plus.expression import NUMBERS
from micrograd_plus.ops import ALIASES, FORMULAS, TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value

Function = Callable[..., Any]

_own: dict[str, tuple[str, str]] = {}  # name -> module and qualified name of the function that became this row


def arguments_of(function: Function, most: int) -> tuple[list[str], dict[str, Any]]:
    """Return the names of the inputs, at most so many, and the parameters with their defaults.

    TypeError for what cannot be an operation.
    """
    name = getattr(function, "__name__", "")
    if not callable(function) or not name.isidentifier() or keyword.iskeyword(name):
        raise TypeError(f"wanted a function with a name, `def name(x): ...`, got {described(function)}")
    inputs: list[str] = []
    parameters: dict[str, Any] = {}
    for argument in inspect.signature(function).parameters.values():
        if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD):
            raise TypeError(f"{name}: inputs and parameters have a name each, {argument} has none")
        if argument.default is argument.empty:
            inputs.append(argument.name)
        else:
            parameters[argument.name] = argument.default
    if not 1 <= len(inputs) <= most:
        raise TypeError(f"{name}: an operation has 1 to {most} inputs (arguments without a default)")
    return inputs, parameters


def one_for_each(name: str, what: str, given: Any, inputs: Sequence[str]) -> None:
    """Raise a ValueError unless there is a list with an entry for each input."""
    if not isinstance(given, Sequence) or len(given) != len(inputs):
        got = len(given) if isinstance(given, Sequence) else described(given)
        raise ValueError(f"{name}: wanted {len(inputs)} {what}(s), one for each input, got {got}")


def require_template(name: str, latex: str, inputs: Sequence[str], parameters: Mapping[str, Any]) -> None:
    """Raise a ValueError for a template that has not each input once, or another field that is no parameter."""
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(latex) if field is not None]
    except ValueError as error:
        raise ValueError(f"{name}: latex={latex!r}: {error}; LaTeX's own braces are doubled") from None
    if latex and (fields.count("") != len(inputs) or not {*fields} <= {"", *parameters}):
        wanted = ", ".join(["{}"] * len(inputs) + [f"{{{p}}}" for p in parameters])
        raise ValueError(f"{name}: latex={latex!r} is a template of {wanted}; LaTeX's own braces are doubled")


@contextmanager
def named_after(function: Function) -> Iterator[None]:
    """Let a row be added under the name of a function, in the place of what the same definition made before.

    Where the row is not added after all, everything is as it was. ValueError for a name that is taken.
    """
    name = function.__name__
    _require_free(name, function)
    before, formula = TABLE.get(name), FORMULAS.get(name)
    array_before, called = ARRAY_TABLE.get(name), FUNCTIONS.get(name)
    remove(name)
    try:
        yield
    except BaseException:
        remove(name)
        if before is not None:
            row.put(before)
        if formula is not None:
            FORMULAS[name] = formula
        if array_before is not None and called is not None:
            put_on_arrays(array_before, called)
        raise
    _own[name] = function.__module__, function.__qualname__


def put_on_arrays(op: ArrayOp, called: Function) -> None:
    """Add a row of the structural table that is made already, and the function that is called in its name."""
    ARRAY_TABLE[op.name] = op
    FUNCTIONS[op.name] = METHODS[op.name] = called
    setattr(Tensor, op.name, called)


def remove(name: str) -> None:
    """Take an operation of a user's own away, of either kind, if it is there."""
    row.remove(name)
    if ARRAY_TABLE.pop(name, None):
        del FUNCTIONS[name], METHODS[name]
        delattr(Tensor, name)


def _require_free(name: str, function: Function) -> None:
    if name in _own and name in {**TABLE, **ARRAY_TABLE}:
        if _own[name] != (function.__module__, function.__qualname__):
            raise ValueError(f"there is an operation {name!r} already, of {'.'.join(_own[name])}")
        return
    known = {**TABLE, **ALIASES, **ARRAY_TABLE, **FUNCTIONS, **NUMBERS}
    if name in known or hasattr(Value, name) or hasattr(Tensor, name):
        raise ValueError(f"the name {name!r} is taken: choose another one for the operation")
