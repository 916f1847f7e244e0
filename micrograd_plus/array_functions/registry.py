"""How a function of arrays becomes public: by name, as a method of Tensor, in the place of NumPy's function.

A function is written once, in rows of the tables and in other functions, which numbers, arrays, Tensors and the
compiler's arrays share. NumPy's names of arguments hold; PyTorch's are understood too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.nested import refuse_nodes
from micrograd_plus.ops import Operand

P = ParamSpec("P")
R = TypeVar("R")

FUNCTIONS: dict[str, Callable[..., Any]] = {}  # all by name, the aliases too
METHODS: dict[str, Callable[..., Any]] = {}  # those that take a Tensor first
OTHER_KEYWORDS: dict[str, dict[str, str]] = {}  # names of arguments that are understood too -> their names here
IN_NUMPY: dict[Any, Callable[..., Any]] = {}  # NumPy's functions -> ours

# PyTorch's names of arguments -> NumPy's.
_KEYWORDS = {"dim": "axis", "keepdim": "keepdims", "correction": "ddof"}


def array_function(
    *aliases: str,
    method: bool = True,
    in_numpy: Sequence[Callable[..., Any]] = (),
    keywords: dict[str, str] | None = None,
    with_dim: str = "",
    unless: Sequence[str] = (),
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function public under its name, without the `_` that keeps it apart from a builtin, and under aliases.

    A `method` takes an operand first, which becomes an array if it is a number or a list. NumPy's function of any of
    these names is answered by it, and those `in_numpy`. `keywords` are further names of arguments: other -> ours, which
    may be the name of those that come one by one, and then also together under a name. `with_dim` says what PyTorch's
    function of the name does that is written with `dim`, where that is something else: it is refused, `unless` one of
    these keywords makes it the same.
    """

    def public(function: Callable[P, R]) -> Callable[P, R]:
        own, one_by_one = _arguments(function)
        others = {other: name for other, name in (_KEYWORDS | (keywords or {})).items() if name in own}
        # Python's own complaints about arguments have the public name too.
        function.__name__ = function.__qualname__ = function.__name__.rstrip("_")
        named = _with_keywords(function, others, one_by_one)
        if with_dim:
            named = _without_dim(named, with_dim, unless)
            if not unless:
                del others["dim"]
        called = _called(named, method)
        for name in (function.__name__, *aliases):
            FUNCTIONS[name] = called
            if others:
                OTHER_KEYWORDS[name] = others
            if method:
                METHODS[name] = named
            if theirs := getattr(np, name, None):
                IN_NUMPY[theirs] = called
        IN_NUMPY.update(dict.fromkeys(in_numpy, called))
        return called

    return public


def as_operand(x: Any) -> Any:
    """Return what functions work on: nodes and arrays as they are, numbers and lists of them as an array.

    TypeError for a list of nodes.
    """
    if isinstance(x, Operand | np.ndarray):
        return x
    if isinstance(x, list | tuple):
        refuse_nodes(x, Operand)
    return np.asarray(x)


def plain(x: Any) -> Any:
    """Return the array that a Tensor holds, which is only read; what is no node as it is."""
    return getattr(x, "_data", x) if isinstance(x, Operand) else x


def _called(function: Callable[P, R], method: bool) -> Callable[P, R]:
    """Return the function as it is called: with an array for what a method takes first, and with clear errors.

    They are about numbers that no array can have, and nodes that are no arrays.
    """

    @wraps(function)
    def called(*inputs: P.args, **keywords: P.kwargs) -> R:
        try:
            if method and inputs and not isinstance(inputs[0], Operand):
                inputs = (as_operand(inputs[0]), *inputs[1:])  # type: ignore[assignment]  # its kind is Any
            return function(*inputs, **keywords)
        except OverflowError as error:  # NumPy's, of a number beyond all that it counts with
            raise ValueError(f"{function.__name__}: {error}") from error
        except AttributeError as error:
            for given in (*inputs, *keywords.values()):
                for x in given if isinstance(given, list | tuple) else [given]:
                    if isinstance(x, Operand) and not hasattr(x, "shape"):
                        raise TypeError(f"{function.__name__} is of arrays and Tensors, got {described(x)}") from error
            raise

    return called


def _without_dim(function: Callable[P, R], told: str, unless: Sequence[str]) -> Callable[P, R]:
    """Return the function with an objection to `dim`, by which somebody who knows PyTorch means something else."""

    @wraps(function)
    def called(*inputs: P.args, **keywords: P.kwargs) -> R:
        if keywords and "dim" in keywords and keywords.keys().isdisjoint(unless):
            raise TypeError(f"{function.__name__}(dim=...) of PyTorch {told}; with axis= this is NumPy's")
        return function(*inputs, **keywords)

    return called


def _arguments(function: Callable[..., Any]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names of all arguments, and of those that come one by one (`*shape`), if there are such.

    `inspect.signature` tells the same in a hundred times the time, which every import would take.
    """
    code = function.__code__
    named = code.co_argcount + code.co_kwonlyargcount
    one_by_one = code.co_varnames[named : named + 1] if code.co_flags & inspect.CO_VARARGS else ()
    return code.co_varnames[:named] + one_by_one, one_by_one


def _with_keywords(function: Callable[P, R], others: dict[str, str], one_by_one: Sequence[str]) -> Callable[P, R]:
    """Return the function with other names for its keywords too."""
    if not others:
        return function
    names = others.keys()

    @wraps(function)
    def called(*inputs: P.args, **keywords: P.kwargs) -> R:
        if keywords and not names.isdisjoint(keywords):
            for other in keywords.keys() & names:
                name = others[other]
                if name in one_by_one and len(inputs) == 1:
                    return function(*inputs, keywords.pop(other), **keywords)  # type: ignore[arg-type]  # as above
                if name in one_by_one or name in keywords:
                    raise TypeError(f"{function.__name__} was given both {name} and {other}, which are one argument")
                keywords[name] = keywords.pop(other)
        return function(*inputs, **keywords)

    return called
