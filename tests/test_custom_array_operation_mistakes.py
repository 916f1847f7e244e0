"""A function and pullbacks that cannot be an operation, and what an operation does not do, are one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_plus import Tensor, Value, array_operation, nn
from micrograd_plus.array_functions import FUNCTIONS, METHODS
from micrograd_plus.array_ops import ARRAY_TABLE
from micrograd_plus.expression import Expression, ExpressionError
from micrograd_plus.ops import TABLE
from micrograd_plus.viz.zoom import opened
from tests.command_line import run
from tests.custom_array_rows import (
    MATRIX,
    energy,
    sorted_row,
    through_inverse,
)
from tests.custom_rows import named

pytestmark = pytest.mark.usefixtures("_own_rows_alone")


def test_formulas_of_the_command_line_are_of_numbers() -> None:
    energy()
    with pytest.raises(ExpressionError, match=r"^column 1: unknown function 'energy'"):
        Expression("energy(x)")
    assert run("graph", "energy(x)", "--at", "x=1").status != 0


def test_values_are_refused() -> None:
    with pytest.raises(TypeError, match=r"^energy is an operation on arrays, and a Value holds one number: use"):
        energy()(Value(1.0))


def test_it_is_no_activation() -> None:
    energy()
    with pytest.raises(ValueError, match=r"^unknown activation 'energy': want an operation of one input"):
        nn.ArrayMLP(2, [2, 1], activation="energy", rng=0)


def test_no_entry_of_it_is_opened() -> None:
    with pytest.raises(TypeError, match=r"^cannot zoom into sorted_row: wanted a matrix product"):
        opened(sorted_row()(Tensor([1.0, 2.0])), (0,))


def test_calls_that_do_not_fit_are_one_line() -> None:
    called = sorted_row()
    for arguments, keywords, message in [
        ((), {}, "sorted_row: missing a required argument: 'x'"),
        (([1.0], 0, 0), {}, "sorted_row: too many positional arguments"),
        (([1.0],), {"along": 0}, "sorted_row: got an unexpected keyword argument 'along'"),
        (([1.0],), {"axis": Tensor(0.0)}, "sorted_row: the parameter axis is no input, so that no gradient would come"),
        (([Tensor(1.0)],), {}, "wanted an array of real numbers, got list: nodes would lose their graph"),
    ]:
        with pytest.raises(TypeError, match=f"^{message}"):
            called(*arguments, **keywords)


def test_a_decorator_without_pullbacks_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^wanted pullbacks, one for each input: @array_operation\(pullbacks="):
        array_operation(doubled)  # that is the point
    with pytest.raises(ValueError, match=r"^doubled: wanted 1 pullback\(s\), one for each input, got 0"):
        array_operation()(doubled)


def first_half(x: Any) -> Any:
    return x[: len(x) // 2]


def doubled(x: Any) -> Any:
    return 2.0 * x


def twice(g: Any, out: Any, x: Any) -> Any:
    return 2.0 * g


def written(x: Any) -> Any:
    x *= 2.0
    return x


def writing(g: Any, out: Any, x: Any) -> Any:
    g *= 2.0
    return g


def without_graph(g: Any, out: Any, x: Any) -> Any:
    return 2.0 * np.asarray(g)


def without_graph_of_x(g: Any, out: Any, x: Any) -> Any:
    return g * 2.0 * np.array(x.tolist())


def squared(x: Any) -> Any:
    return x * x


def two_inputs(a: Any, b: Any) -> Any:
    return a * b


def singular(x: Any) -> Any:
    return np.linalg.inv(x)


def repeated_by_value(x: Any) -> Any:
    return x[x > 0.0]


REFUSED: dict[str, tuple[Callable[..., Any], dict[str, Any], type[Exception], str]] = {
    "taken by a function of arrays": (
        lambda: None,
        {"name": "softmax"},
        ValueError,
        "the name 'softmax' is taken: choose another one for the operation",
    ),
    "too many": (doubled, {"pullbacks": [twice, twice]}, ValueError, r"doubled: wanted 1 pullback\(s\), .*, got 2"),
    "a pullback alone": (
        doubled,
        {"pullbacks": twice},
        ValueError,
        r"doubled: wanted 1 pullback\(s\), .* got func",
    ),
    "a number": (
        doubled,
        {"pullbacks": [2.0]},
        TypeError,
        "doubled: a pullback is a function, or None, got float",
    ),
    "braces not doubled": (doubled, {"latex": "{x}"}, ValueError, r"doubled: latex='{x}' is a template of {}"),
    "a wrong pullback": (
        doubled,
        {"pullbacks": [lambda g, out, x: 3.0 * g]},
        ValueError,
        r"doubled: the pullback by x is wrong for x of shape \(3,\): order 1: the gradient gives .* differences give",
    ),
    "a pullback of another shape": (
        doubled,
        {"pullbacks": [lambda g, out, x: g.sum()]},
        ValueError,
        r"doubled: the pullback by x gives one of shape \(\) for x of shape \(3,\): wanted an array of shape \(3,\)",
    ),
    "a pullback that gives a number": (
        doubled,
        {"pullbacks": [lambda g, out, x: 2.0]},
        ValueError,
        r"doubled: the pullback by x gives float: 2.0 for x of shape \(3,\): wanted an array of shape \(3,\)",
    ),
    "a pullback that raises": (
        doubled,
        {"pullbacks": [lambda g, out, x: g[7]]},
        ValueError,
        r"doubled: the pullback by x for x of shape \(3,\): IndexError: index 7 is out of bounds",
    ),
    "a pullback of other arguments": (
        doubled,
        {"pullbacks": [lambda g: g]},
        TypeError,
        r"doubled: the pullback by x for x of shape \(3,\): TypeError: .* takes 1 positional argument",
    ),
    "a pullback of what comes later": (
        doubled,
        {"pullbacks": [lambda g, out, x: defined_later(g)]},  # noqa: F821 - that is the point
        ValueError,
        "doubled: the pullback by x: name 'defined_later' is not defined; .* say check=False",
    ),
    "a pullback that loses the graph": (
        doubled,
        {"pullbacks": [without_graph]},
        TypeError,
        "doubled: the pullback by x gives something else on Tensors than on arrays: write it in operators, methods",
    ),
    "a pullback that loses the graph of an input": (
        squared,
        {"pullbacks": [without_graph_of_x]},
        ValueError,
        r"squared: the gradients of its pullbacks are wrong for x of shape \(3,\): order 2: ",
    ),
    "a pullback in NumPy's words": (
        doubled,
        {"pullbacks": [lambda g, out, x: 2.0 * np.interp(g, [-9.0, 9.0], [-9.0, 9.0])]},
        TypeError,
        r"doubled: the pullback by x, on Tensors for x of shape \(3,\): TypeError: np.interp has no gradient here",
    ),
    "a pullback that writes": (
        doubled,
        {"pullbacks": [writing]},
        ValueError,
        "doubled: the pullback by x writes into what it is given: work on a copy",
    ),
    "a function that writes": (
        written,
        {},
        ValueError,
        "written: its function (gives an input itself|writes into what it is given)",
    ),
    "an input itself": (
        lambda x: x,
        {"name": "same"},
        ValueError,
        "same: its function gives an input itself: give",
    ),
    "one of two wrong": (
        two_inputs,
        {"pullbacks": [lambda g, out, a, b: g * b, lambda g, out, a, b: g * b]},
        ValueError,
        r"two_inputs: the pullback by b is wrong for a of shape \(3,\), b of shape \(3,\): order 1",
    ),
    "outside its domain": (
        np.log,
        {"name": "logarithm"},
        ValueError,
        r"logarithm: for x of shape \(3,\) it gives inf or nan: say with examples= where it is finite",
    ),
    "another shape is wanted": (
        singular,
        {},
        ValueError,
        r"singular: its function for x of shape \(3,\): LinAlgError: .*; say with examples= what it takes",
    ),
    "zeros are not taken": (
        singular,
        {"examples": [MATRIX], "pullbacks": [through_inverse]},
        ValueError,
        r"singular: of zeros, LinAlgError: Singular matrix: say with shape= what shape the result has, here \(3, 3\)",
    ),
    "a shape that follows the numbers": (
        repeated_by_value,
        {},
        ValueError,
        r"repeated_by_value: of zeros, it has the shape \(0,\): say with shape= what shape the result has, here",
    ),
    "a wrong shape": (
        first_half,
        {"shape": lambda x: x, "pullbacks": [lambda g, out, x: x]},
        ValueError,
        r"first_half: for x of shape \(3,\) shape= says \(3,\), and the result has the shape \(1,\)",
    ),
    "a shape of other arguments": (
        doubled,
        {"shape": lambda x, y: x},
        TypeError,
        r"doubled: shape= for x of shape \(3,\): TypeError: .* missing 1 required positional argument: 'y'",
    ),
    "two results": (
        lambda x: (x, x),
        {"name": "pair"},
        TypeError,
        r"pair: for x of shape \(3,\) it gives tuple: .*: wanted one array of floats",
    ),
    "integers": (
        np.argsort,
        {"name": "places"},
        TypeError,
        "places: of arrays of float64 it gives one of int64",
    ),
    "a wider type": (
        lambda x: 2.0 * x.astype(float),
        {"name": "widened"},
        TypeError,
        "widened: of arrays of float32 it gives one of float64",
    ),
    "examples of one input too few": (
        two_inputs,
        {"examples": [((3,),)], "pullbacks": [twice, twice]},
        ValueError,
        r"two_inputs: wanted 2 shape\(s\), one for each input, got 1",
    ),
}


@pytest.mark.parametrize(("function", "facts", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_row_is_one_line_and_leaves_no_trace(
    function: Callable[..., Any], facts: dict[str, Any], error: type[Exception], message: str
) -> None:
    facts = {"pullbacks": [twice], **facts}
    if name := facts.pop("name", ""):
        function = named(name, function)
    before = dict(TABLE), dict(ARRAY_TABLE), dict(FUNCTIONS), dict(METHODS)
    with pytest.raises(error, match=f"^{message}") as raised:
        array_operation(**facts)(function)
    assert "\n" not in str(raised.value)
    assert before == (TABLE, ARRAY_TABLE, FUNCTIONS, METHODS)
    if function.__name__ not in FUNCTIONS:
        assert not hasattr(Tensor, function.__name__)
