"""Operations of your own: a function becomes a row of the table, and all that reads the table knows it then."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, overload

import numpy as np

from micrograd_plus.arguments import real_number
from micrograd_plus.checks import GradientError, check_gradients
from micrograd_plus.engine import gradient
from micrograd_plus.formula_slopes import Moving, slopes_of
from micrograd_plus.ops import FORMULAS, REAL, Interval, Op
from micrograd_plus.own_rows import Function, arguments_of, named_after, one_for_each, require_template
from micrograd_plus.row import Slope, derived, primitive
from micrograd_plus.texts import printable
from micrograd_plus.value import Value

_MOST_INPUTS = 3
_WINDOW = 4.0  # how much is tried of a domain without an end
_STEP = 1e-5  # of differences that are told
_TRIED = (0.137, 0.421, 0.893)  # where in the domain


@overload
def operation(function: Function, /) -> Op: ...
@overload
def operation(
    *,
    arrays: Function | None = None,
    slopes: Sequence[Slope] | None = None,
    latex: str = "",
    domain: Sequence[Interval] = (),
    check: bool = True,
) -> Callable[[Function], Op]: ...
def operation(
    function: Function | None = None,
    /,
    *,
    arrays: Function | None = None,
    slopes: Sequence[Slope] | None = None,
    latex: str = "",
    domain: Sequence[Interval] = (),
    check: bool = True,
) -> Any:
    r"""Make a function a row of the table of operations, under its name; use it as a decorator.

    Arguments without a default are inputs, one to three; those with one are parameters, which are numbers. The function
    is a formula in the table's operations, which numbers, arrays and nodes run alike, and its slopes follow. Or, with
    `arrays`, it computes floats, `arrays` computes NumPy arrays from the same arguments, and `slopes` has one entry for
    each input: a number, or a function of the result, the inputs and, by name, the parameters, written in the table's
    operations. A formula may have `slopes` too, where simpler or more exact ones are known.

    `latex` is a template with `{}` for each input, `{name}` for each parameter and LaTeX's own braces doubled. `domain`
    has an open interval for each input. There the row is tried before it is added: numbers against arrays, slopes
    against differences, to the second order. With `check=False` it is not, for slopes that call an operation which is
    defined further down.

    Running the same definition again, as notebooks do, replaces the row. TypeError or ValueError for what cannot be a
    row, with the reason in one line.

    >>> from micrograd_plus import Value, sigmoid
    >>> from micrograd_plus.own_rows import remove
    >>> @operation(latex=r"\operatorname{{swish}}_{{{beta}}}\left({}\right)")
    ... def swish(x, beta=1.0):
    ...     return x * sigmoid(beta * x)
    >>> x = Value(0.0)
    >>> y = swish(x, beta=2.0)
    >>> y.backward()
    >>> x.grad
    0.5
    >>> remove("swish")
    """

    def registered(function: Function) -> Op:
        return _registered(function, arrays, slopes, latex, domain, check)

    return registered if function is None else registered(function)


def _registered(
    function: Function,
    arrays: Function | None,
    slopes: Sequence[Slope] | None,
    latex: str,
    domain: Sequence[Interval],
    check: bool,
) -> Op:
    inputs, defaults = arguments_of(function, _MOST_INPUTS)
    name = function.__name__
    parameters = {parameter: _number(name, parameter, default) for parameter, default in defaults.items()}
    with named_after(function):
        given = _slopes(name, function if arrays is None else None, slopes, inputs)
        require_template(name, latex, inputs, parameters)
        facts = {"latex": latex, "domain": _intervals(name, domain, inputs), "parameters": parameters}
        if arrays is None:
            row = derived(name, function, *given, on_floats=_plain_floats(function), **facts)
        else:
            row = primitive(name, _plain_floats(function), arrays, *given, **facts)
        if check:
            _try(row, inputs)
    return row


# --- what is asked of a definition ------------------------------------------------------------------------------------


def _number(name: str, parameter: str, default: Any) -> float:
    try:
        return real_number(default)
    except TypeError:
        raise TypeError(f"{name}: the parameter {parameter}={default!r} wants a number as its default") from None


def _slopes(name: str, formula: Function | None, slopes: Sequence[Slope] | None, inputs: list[str]) -> list[Slope]:
    if slopes is None:
        if formula is None:
            raise TypeError(f"{name}: with arrays= it needs slopes=, one for each input")
        return [*slopes_of(formula, len(inputs))]
    one_for_each(name, "slope", slopes, inputs)
    return [slope if callable(slope) else real_number(slope) for slope in slopes]


def _intervals(name: str, domain: Sequence[Interval], inputs: list[str]) -> list[Interval]:
    intervals = [tuple(map(real_number, interval)) for interval in domain] or [REAL] * len(inputs)
    if len(intervals) != len(inputs) or not all(len(i) == 2 and i[0] < i[1] for i in intervals):
        raise ValueError(f"{name}: domain= has an interval (low, high) for each of {len(inputs)} input(s)")
    return [(low, high) for low, high in intervals]


def _plain_floats(function: Function) -> Function:
    """Return the function with floats as results, also where it gives an int or a number of NumPy's."""

    def on_floats(*inputs: float, **parameters: float) -> float:
        result = function(*inputs, **parameters)
        if isinstance(result, complex):  # Python's root of a negative number; NumPy's is nan
            raise ArithmeticError
        return result if result.__class__ is float else real_number(result)

    return on_floats


# --- what is tried ----------------------------------------------------------------------------------------------------


def _try(row: Op, inputs: list[str]) -> None:
    """Raise a TypeError or a ValueError that names what is wrong with a row."""
    points = [[_within(interval, _TRIED[(i + k) % 3]) for i, interval in enumerate(row.domain)] for k in range(3)]
    _require_rules(row, points[0])
    for point in points:
        _require_gradients(row, point, inputs)
    _require_arrays(row, points)


def _within(interval: Interval, share: float) -> float:
    low, high = interval
    low, high = max(low, min(high, _WINDOW / 2) - _WINDOW), min(high, max(low, -_WINDOW / 2) + _WINDOW)
    return low + share * (high - low)


def _require_rules(row: Op, point: list[float]) -> None:
    """Require that formula and slopes run on whatever the table's operations run on."""
    moving: list[Any] = [Moving(x, 1.0) for x in point]
    formula = FORMULAS.get(row.name)
    rules = {f"the slope by input {k}": slope for k, slope in enumerate(row.slopes, 1) if callable(slope)}
    try:
        told = "its formula" if formula else "its function"
        out = row.on_floats(*point)
        if formula and not isinstance(formula(*moving, **row.parameters), Moving):
            raise ValueError(f"{row.name}: its formula gives the same whatever the inputs are")
        for told, rule in rules.items():  # noqa: B007 - told in the error
            rule(Moving(out, 1.0), *moving)
    except NameError as error:
        raise ValueError(
            f"{row.name}: {told}: {printable(str(error))}; if it is defined further down, say check=False"
        ) from error
    except (TypeError, AttributeError) as error:
        hint = "" if told == "its function" else "; it is written in the table's operations: tanh(x), where(c, a, b)"
        raise TypeError(f"{row.name}: {told}: {printable(str(error))}{hint}") from error


def _require_gradients(row: Op, point: list[float], inputs: list[str]) -> None:
    at = ", ".join(f"{name}={x:.4g}" for name, x in zip(inputs, point, strict=True))
    if not math.isfinite(row(*point)):
        raise ValueError(f"{row.name} is {row(*point)} at {at}: say with domain= where it is defined")
    for k, name in enumerate(inputs):
        along = partial(_along, row, point, k)
        try:
            check_gradients(along, point[k], order=1)
        except GradientError:
            [slope] = gradient(along(x := Value(point[k])), [x])
            rise = (along(point[k] + _STEP) - along(point[k] - _STEP)) / (2 * _STEP)
            raise ValueError(
                f"{row.name}: the slope by {name} is wrong at {at}: it gives {slope.data:.5g}, differences {rise:.5g}"
            ) from None
    try:
        check_gradients(row, *point)
    except GradientError as error:
        raise ValueError(f"{row.name}: the slopes of its slopes are wrong at {at}: {error}") from None


def _along(row: Op, point: list[float], k: int, x: Any) -> Any:
    return row(*point[:k], x, *point[k + 1 :])


def _require_arrays(row: Op, points: list[list[float]]) -> None:
    numbers = [row(*point) for point in points]
    for dtype in (np.float64, np.float32):
        columns = [np.array([column], dtype) for column in zip(*points, strict=True)]
        result = row.on_arrays(*columns)
        shape, kind = np.shape(result), getattr(result, "dtype", None)
        if shape != (1, len(points)) or kind != dtype:
            raise ValueError(
                f"{row.name}: of arrays of {np.dtype(dtype)} and shape (1, {len(points)}) it gives {kind} of {shape}"
            )
        if dtype == np.float64 and not np.allclose(result[0], numbers, rtol=1e-9, atol=1e-12):
            raise ValueError(f"{row.name}: of arrays it gives {result[0].tolist()}, of the same numbers {numbers}")
