"""Operations of your own on whole arrays: a function and its pullbacks become a row of the structural table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence, Set
from functools import wraps
from typing import Any, ParamSpec

import numpy as np

from micrograd_plus.arguments import described
from micrograd_plus.array_data import floats_of
from micrograd_plus.array_functions.registry import as_operand
from micrograd_plus.array_ops import ArrayOp
from micrograd_plus.array_ops.row import nothing
from micrograd_plus.custom_array_trial import Arrays, tried
from micrograd_plus.engine import Node
from micrograd_plus.ops import Operand
from micrograd_plus.own_rows import (
    Function,
    arguments_of,
    named_after,
    one_for_each,
    put_on_arrays,
    require_template,
)
from micrograd_plus.value import Value

P = ParamSpec("P")
Shape = tuple[int, ...]

_MOST_INPUTS = 26  # each has a letter
_SHAPES: tuple[Shape, ...] = ((3,), (2, 3))  # at which a row is tried that has no examples of its own


def array_operation(
    function: None = None,
    /,
    *,
    pullbacks: Sequence[Function | None] = (),
    shape: Callable[..., Shape] | None = None,
    latex: str = "",
    examples: Sequence[Any] = _SHAPES,
    check: bool = True,
) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    r"""Make a function of whole arrays an operation, under its name; use it as a decorator.

    Arguments without a default are inputs, which are arrays of floats; those with one are parameters, which are
    anything but arrays to derive by. The function gives one new array of the inputs' type and reads nothing else: no
    random numbers, nothing that changes. `pullbacks` has one entry for each input: a function of the gradient of the
    result, the result, the inputs and, by name, the parameters, which gives the gradient of that input, in its shape;
    or None, for an input by which nothing is derived. It runs on arrays, and on Tensors for gradients of gradients: so
    it is written in what both understand, operators, methods and this library's functions.

    `shape`, a function of the shapes of the inputs and, by name, the parameters, says what shape the result has. It is
    wanted where the function cannot be run on zeros, and worth giving where the result has more elements than the
    inputs. `latex` is a template with `{}` for each input, `{name}` for each parameter and LaTeX's own braces doubled.

    The row is tried before it is added, at numbers of the shapes (3,) and (2, 3) or at `examples`: each is a shape for
    all inputs, or has a shape or an array for each input. Pullbacks are compared with differences, to the second order.
    With `check=False` they are not, for pullbacks that call what is defined further down.

    Running the same definition again, as notebooks do, replaces the operation. TypeError or ValueError for what cannot
    be one, with the reason in one line.

    >>> from micrograd_plus import Tensor, flip
    >>> from micrograd_plus.own_rows import remove
    >>> @array_operation(pullbacks=[lambda g, out, x, axis: flip(g, axis)])
    ... def mirrored(x, axis=-1):
    ...     return np.flip(x, axis)
    >>> x = Tensor([1.0, 2.0, 3.0])
    >>> (mirrored(x) * [1.0, 0.0, 0.0]).sum().backward()
    >>> x.grad
    array([0., 0., 1.])
    >>> remove("mirrored")
    """

    if function is not None:
        raise TypeError("wanted pullbacks, one for each input: @array_operation(pullbacks=[...])")

    def registered(function: Callable[P, Any]) -> Callable[P, Any]:
        inputs, parameters = arguments_of(function, _MOST_INPUTS)
        name = function.__name__
        require_template(name, latex, inputs, parameters)
        rules = _rules(name, pullbacks, inputs, parameters)
        arrays = _arrays(name, examples, inputs)
        with named_after(function):
            row = ArrayOp(name, function, *rules, latex=latex, parameters=parameters, shape=shape)
            called = _called(row, function, inputs, parameters.keys())
            put_on_arrays(row, called)
            if check:
                tried(row, inputs, [k for k, pullback in enumerate(pullbacks) if pullback], arrays)
        return called

    return registered


def _arrays(name: str, examples: Sequence[Any], inputs: Sequence[str]) -> list[Arrays]:
    """Return the arrays of each example: those that were given, else numbers in the shapes."""
    rng = np.random.default_rng(0)
    found: list[Arrays] = []
    for example in examples:
        parts = [example] * len(inputs) if _is_shape(example) else example
        if isinstance(parts, np.ndarray) and len(inputs) == 1:
            parts = [parts]
        one_for_each(name, "shape", parts, inputs)
        found.append([rng.standard_normal(part) if _is_shape(part) else floats_of(part, np.float64) for part in parts])
    return found


def _is_shape(example: Any) -> bool:
    return isinstance(example, tuple) and all(isinstance(n, int) for n in example)


def _rules(
    name: str, pullbacks: Sequence[Function | None], inputs: Sequence[str], parameters: Mapping[str, Any]
) -> list[Function]:
    one_for_each(name, "pullback", pullbacks, inputs)
    for pullback in pullbacks:
        if pullback is not None and not callable(pullback):
            raise TypeError(f"{name}: a pullback is a function, or None, got {described(pullback)}")
    return [
        nothing if pullback is None else _rule(f"pullback of {name} by {input}", k, pullback, parameters, len(inputs))
        for k, (pullback, input) in enumerate(zip(pullbacks, inputs, strict=True))
    ]


def _rule(name: str, k: int, pullback: Function, parameters: Mapping[str, Any], count: int) -> Function:
    """Return the pullback by input `k` of so many as a row has it, which runs on the arrays of programs too.

    There are no numbers in them which it could look at: a program calls the pullback, as a row of its own.
    """

    def in_shape(*shapes: Shape, **parameters: Any) -> Shape:
        return shapes[2 + k]

    row = ArrayOp(name, pullback, *[nothing] * (2 + count), parameters=dict(parameters), shape=in_shape)

    @wraps(pullback)
    def rule(g: Any, out: Any, *inputs: Any, **parameters: Any) -> Any:
        if isinstance(out, Operand) and not isinstance(out, Node):
            return row(g, out, *inputs, **parameters)
        return pullback(g, out, *inputs, **parameters)

    return rule


def _called(row: ArrayOp, function: Callable[P, Any], inputs: Sequence[str], others: Set[str]) -> Callable[P, Any]:
    """Return what calls a row with the arguments of its function: arrays, Tensors, what becomes an array."""
    signature = inspect.signature(function)

    @wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        if len(given) != len(inputs) or not named.keys() <= others:
            try:
                named = signature.bind(*given, **named).arguments
            except TypeError as error:
                raise TypeError(f"{row.name}: {error}") from None
            given = tuple(named.pop(name) for name in inputs)
        parameters = {name: _kept(row.name, name, value) for name, value in named.items()}
        for x in given:
            if isinstance(x, Value):
                raise TypeError(f"{row.name} is an operation on arrays, and a Value holds one number: use Tensors")
        return row(*map(as_operand, given), **parameters)

    return called


def _kept(row: str, name: str, value: Any) -> Any:
    """Return a parameter that nobody else can change."""
    if isinstance(value, Operand):
        raise TypeError(f"{row}: the parameter {name} is no input, so that no gradient would come to a node")
    if isinstance(value, np.ndarray):
        return np.array(value)
    # 0 is added for -0.0: equal parameters are one row.
    return value + 0.0 if value.__class__ is float else value
