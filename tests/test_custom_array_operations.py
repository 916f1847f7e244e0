"""An operation of a user's own on whole arrays is known to all that reads structural rows; a wrong one is one line."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import (
    Debugger,
    Tensor,
    Value,
    array_operation,
    check_gradients,
    detect_anomaly,
    explain,
    flip,
    gradient,
    hessian,
    jacobian,
    jvp,
    nn,
    no_grad,
    operation,
    take_along_axis,
    viz,
)
from micrograd_plus.anomaly import AnomalyError
from micrograd_plus.array_functions import FUNCTIONS, METHODS
from micrograd_plus.array_ops import ARRAY_TABLE
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.expression import Expression, ExpressionError
from micrograd_plus.notation import latex, text
from micrograd_plus.ops import TABLE
from micrograd_plus.own_rows import remove
from micrograd_plus.saved_session import SessionFileError, load_session, save_session
from micrograd_plus.session import Session
from micrograd_plus.steps import steps
from micrograd_plus.viz.zoom import opened
from tests.command_line import answer, run

pytestmark = pytest.mark.usefixtures("_own_rows_alone")


# --- the rows that are tried: their pullbacks are written down where they read nothing but their arguments ------------


def in_old_order(g: Any, out: Any, x: Any, axis: int) -> Any:
    return take_along_axis(g, np.argsort(np.argsort(x, axis), axis), axis)


def sorted_row() -> Callable[..., Any]:
    """Return a row with a parameter, whose pullback looks at the numbers."""

    @array_operation(pullbacks=[in_old_order])
    def sorted_row(x: Any, axis: int = -1) -> Any:
        return np.sort(x, axis)

    return sorted_row


def through_inverse(g: Any, out: Any, x: Any) -> Any:
    return -(out.mT @ g @ out.mT)


MATRIX = np.array([[2.0, 1.0, 0.0], [0.5, -3.0, 1.0], [0.0, 0.25, 1.5]])


def inverse() -> Callable[..., Any]:
    """Return a row that cannot be run on zeros."""

    @array_operation(pullbacks=[through_inverse], shape=lambda x: x, latex="{}^{{-1}}", examples=[[MATRIX]])
    def inverse(x: Any) -> Any:
        return np.linalg.inv(x)

    return inverse


def by_left(g: Any, out: Any, a: Any, b: Any) -> Any:
    return g @ b


def by_right(g: Any, out: Any, a: Any, b: Any) -> Any:
    return a @ g


def all_products() -> Callable[..., Any]:
    """Return a row of two inputs with a larger result."""

    @array_operation(pullbacks=[by_left, by_right], shape=lambda a, b: (*a, *b), examples=[((2,), (3,))])
    def all_products(a: Any, b: Any) -> Any:
        return np.outer(a, b)

    return all_products


def onto_places(g: Any, out: Any, x: Any, places: Any) -> Any:
    return (g[:, None] * (places[:, None] == np.arange(x.shape[0]))).sum(axis=0)


def picked() -> Callable[..., Any]:
    """Return a row with an input by which nothing is derived."""

    @array_operation(pullbacks=[onto_places, None], examples=[(np.array([0.5, 2.0, 4.0]), np.array([2.0, 0.0, 2.0]))])
    def picked(x: Any, places: Any) -> Any:
        return x[places.astype(int)]

    return picked


def energy() -> Callable[..., Any]:
    """Return a row whose result is a single number."""

    @array_operation(pullbacks=[lambda g, out, x: g * 2.0 * x])
    def energy(x: Any) -> Any:
        return np.sum(x * x)

    return energy


class Row(NamedTuple):
    """How a row is made, what it is called with, which of its inputs are derived by."""

    make: Callable[[], Callable[..., Any]]
    inputs: Sequence[Any]
    parameters: dict[str, Any]
    derived: int = 1


ROWS = {
    "sorted_row": Row(sorted_row, [np.array([[3.0, 1.0, 2.0], [-1.0, 5.0, 0.5]])], {"axis": 0}),
    "inverse": Row(inverse, [MATRIX], {}),
    "all_products": Row(all_products, [np.array([1.0, -2.0]), np.array([0.5, 3.0, 4.0])], {}, 2),
    "picked": Row(picked, [np.array([0.5, 2.0, 4.0]), np.array([1.0, 1.0, 0.0, 2.0])], {}),
    "energy": Row(energy, [np.array([[0.5, 2.0], [-1.0, 3.0]])], {}),
}
each_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


def leaves_of(row: Row) -> list[Tensor]:
    """Return labelled Tensors of the inputs."""
    return [Tensor(x, label=name) for x, name in zip(row.inputs, "ab", strict=False)]


def loss_of(called: Callable[..., Any], row: Row, leaves: Sequence[Any]) -> Any:
    """Return a number that treats no element of the result like another."""
    y = called(*leaves, **row.parameters)
    return (y * (0.5 + np.arange(y.size).reshape(y.shape)) + y * y).sum()


# --- what follows -----------------------------------------------------------------------------------------------------


@each_row
def test_arrays_lists_and_tensors_give_the_same(row: Row) -> None:
    called = row.make()
    wanted = called.__wrapped__(*row.inputs, **row.parameters)  # type: ignore[attr-defined]  # it wraps the definition
    np.testing.assert_array_equal(called(*row.inputs, **row.parameters), wanted)
    np.testing.assert_array_equal(called(*[x.tolist() for x in row.inputs], **row.parameters), wanted)
    y = called(*leaves_of(row), **row.parameters)
    assert isinstance(y, Tensor)
    np.testing.assert_array_equal(y.data, wanted)
    singles = [Tensor(x, dtype=np.float32) for x in row.inputs]
    assert called(*singles, **row.parameters).dtype == np.float32


@each_row
def test_it_is_a_method_and_a_public_name(row: Row) -> None:
    called = row.make()
    assert getattr(micrograd_plus, called.__name__) is called
    first, *others = leaves_of(row)
    y = getattr(first, called.__name__)(*others, *row.parameters.values())
    np.testing.assert_array_equal(y.data, called(*row.inputs, **row.parameters))
    assert not hasattr(Value, called.__name__)


@each_row
def test_gradients_are_right_to_the_third_order(row: Row) -> None:
    called, count = row.make(), row.derived
    check_gradients(lambda *xs: loss_of(called, row, [*xs, *row.inputs[count:]]), *row.inputs[:count], order=3)


@each_row
def test_forward_mode_agrees_with_backward(row: Row) -> None:
    called = row.make()
    x, *others = row.inputs
    direction = np.cos(np.arange(x.size)).reshape(x.shape)
    value, tangent = jvp(lambda x: called(x, *others, **row.parameters), x, direction)
    matrix = jacobian(lambda x: called(x, *others, **row.parameters))(x)
    np.testing.assert_array_equal(value, called(x, *others, **row.parameters))
    np.testing.assert_allclose(tangent, np.tensordot(matrix, direction, x.ndim), rtol=1e-12, atol=1e-12)
    curvature = hessian(lambda x: loss_of(called, row, [x, *others]))(x).reshape(x.size, x.size)
    np.testing.assert_allclose(curvature, curvature.T, rtol=1e-12, atol=1e-12)


@each_row
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_programs_compute_the_same(row: Row, dtype: Any) -> None:
    called = row.make()
    leaves = [Tensor(x, dtype=dtype) for x in row.inputs]
    loss = loss_of(called, row, leaves)
    program = compile(loss)
    assert f" = {called.__name__}_of(" in program.source.replace("float(", "")
    assert program() == pytest.approx(loss.item(), rel=1e-15 if dtype == np.float64 else 1e-6)
    assert program.verify().largest <= (1e-13 if dtype == np.float64 else 1e-4)
    # The program follows new numbers.
    leaves[0].data = leaves[0].data * 1.5
    assert program() == pytest.approx(loss_of(called, row, leaves).item(), rel=1e-13 if dtype == np.float64 else 1e-5)


@each_row
def test_programs_of_gradients_compute_the_same(row: Row) -> None:
    called = row.make()
    leaves = leaves_of(row)
    [slope] = gradient(loss_of(called, row, leaves), leaves[:1])
    program = compile((slope * slope).sum())
    assert program.verify().largest <= 1e-11 * abs(program())


@each_row
def test_text_latex_pictures_and_words_name_it(row: Row) -> None:
    called = row.make()
    leaves = leaves_of(row)
    y = called(*leaves, **row.parameters)
    arguments = ", ".join([*"ab"[: len(leaves)], *map(repr, row.parameters.values())])
    assert text(y) == f"{called.__name__}({arguments})"
    loss = (y * y).sum()
    loss.backward()
    assert called.__name__ in viz.draw_dot(loss).source
    said = str(explain(loss, leaves[0]))
    assert said.startswith("∂out/∂a = ")
    assert called.__name__ in said
    seen = [step for step in steps(loss) if step.node is y]
    assert [step.k for step in seen][: row.derived] == list(range(row.derived))
    assert all(step.slope is None for step in seen)
    slope = leaves[0].grad
    recording = Debugger(loss).recording
    np.testing.assert_array_equal(recording.gradients[recording.place_of(leaves[0])], slope)


def test_latex_is_the_template_given() -> None:
    assert latex(inverse()(Tensor(MATRIX, label="A"))) == "A^{-1}"
    x = Tensor([1.0, 2.0], label="x")
    assert latex(sorted_row()(x)) == r"\operatorname{sorted\_row}\left(x, -1\right)"


@each_row
def test_sessions_are_saved_and_loaded(row: Row, tmp_path: Path) -> None:
    called = row.make()
    loss = loss_of(called, row, leaves_of(row))
    save_session(Session(loss), tmp_path / "session.json")
    loaded = load_session(tmp_path / "session.json").root
    assert text(loaded) == text(loss)
    np.testing.assert_array_equal(loaded.data, loss.data)
    remove(called.__name__)
    with pytest.raises(SessionFileError, match=f"unknown name '{called.__name__}'.*; one of your own is known once"):
        load_session(tmp_path / "session.json")


def test_a_parameter_that_no_file_holds_is_told(tmp_path: Path) -> None:
    called = chosen()
    with pytest.raises(TypeError, match=r"^cannot be saved: dict: "):
        save_session(Session(called(Tensor([1.0, 2.0]), by={}).sum()), tmp_path / "session.json")


def chosen() -> Callable[..., Any]:
    """Return a row whose parameter may be anything."""

    @array_operation(pullbacks=[lambda g, out, x, by: 2.0 * g])
    def chosen(x: Any, by: Any = None) -> Any:
        return 2.0 * x

    return chosen


@each_row
def test_pickles_and_copies_are_the_row(row: Row) -> None:
    called = row.make()
    y = called(*leaves_of(row), **row.parameters)
    stored = pickle.dumps(y.op)
    assert pickle.loads(stored) is y.op  # noqa: S301 - made here
    assert copy.deepcopy(y).op is y.op
    remove(called.__name__)
    with pytest.raises(ValueError, match=rf"^the operation '{called.__name__}' is not in the table: import the module"):
        pickle.loads(stored)  # noqa: S301 - made here


def test_saved_programs_have_the_functions_with_them(tmp_path: Path) -> None:
    leaves = [*leaves_of(ROWS["all_products"]), Tensor(MATRIX)]
    loss = loss_of(all_products(), ROWS["all_products"], leaves[:2]) + loss_of(inverse(), ROWS["inverse"], leaves[2:])
    program = compile(loss)
    program.save(tmp_path)
    code = (
        "import runpy, sys; names = runpy.run_path(sys.argv[1]); print(names['loss']()); "
        "print(*names['gradients']); print('micrograd_plus' in sys.modules)"
    )
    command = [sys.executable, "-I", "-c", code, str(tmp_path / "step.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    number, slopes, is_there = done.stdout.splitlines()
    assert (float(number), is_there) == (program(), "False")
    wanted = np.concatenate([np.ravel(slope.data) for slope in gradient(loss, leaves)])
    np.testing.assert_allclose(np.array(slopes.split(), float), wanted, rtol=1e-14)


@pytest.mark.parametrize(
    ("row", "function"), [("energy", "pullback of energy by x"), ("sorted_row", "pullback of sorted_row by x")]
)
def test_a_program_that_needs_more_than_numpy_is_not_saved(row: str, function: str, tmp_path: Path) -> None:
    program = compile(loss_of(ROWS[row].make(), ROWS[row], leaves_of(ROWS[row])))
    with pytest.raises(TypeError, match=rf"^{function} cannot be written as a function of NumPy alone: "):
        program.save(tmp_path)


def test_parameters_of_any_kind_are_kept_as_they_were() -> None:
    @array_operation(pullbacks=[lambda g, out, x, weights, mode: g * weights])
    def weighted(x: Any, weights: Any = 1.0, mode: str = "plain") -> Any:
        return x * weights

    weights = np.array([1.0, 2.0])
    x = Tensor([3.0, 4.0])
    y = weighted(x, weights=weights)
    weights[:] = 0.0
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [1.0, 2.0])
    program = compile(weighted(x, np.array([1.0, 3.0]), "plain").sum())
    assert program() == 15.0
    assert program.verify().largest == 0.0
    assert str(weighted(x, 0.0).op) == str(weighted(x, -0.0).op)


def test_it_works_where_nothing_is_recorded_and_is_refreshed() -> None:
    called = sorted_row()
    x = Tensor([2.0, 1.0])
    with no_grad():
        assert called(x).is_leaf
    y = called(x)
    x.data = np.array([5.0, 4.0])
    assert y.refresh().tolist() == [4.0, 5.0]


def test_an_anomaly_names_it() -> None:
    called = energy()
    with np.errstate(all="ignore"), detect_anomaly(), pytest.raises(AnomalyError, match="energy"):
        called(Tensor([1e200]))


def test_networks_may_use_it() -> None:
    called = sorted_row()

    class Sorting(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(3, 3, rng=0)

        def forward(self, x: Any) -> Any:
            return called(self.layer(x))

    model = Sorting()
    loss = (model(np.ones((2, 3))) * np.arange(3.0)).sum()
    program = compile(loss)
    assert program.verify().largest < 1e-14


def test_a_script_on_the_command_line_may_define_one(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\n"
        "from micrograd_plus import Tensor, array_operation, flip\n"
        "@array_operation(pullbacks=[lambda g, out, x: flip(g, -1)])\n"
        "def turned(x):\n"
        "    return np.flip(x, -1)\n"
        "x = Tensor([2.0, 3.0], label='x')\n"
        "loss = (turned(x) * [1.0, 10.0]).sum()\n"
    )
    for k in range(2):  # the same definition again replaces the row
        answer("graph", f"{script}:loss", "-o", tmp_path / f"{k}.svg")
        assert ">turned<" in (tmp_path / f"{k}.svg").read_text()
    assert any("turned_of(" in line for line in answer("compile", f"{script}:loss"))


# --- what does not follow is one line ---------------------------------------------------------------------------------


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
        array_operation(doubled)  # type: ignore[arg-type]  # that is the point
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


def named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def called(x: Any) -> Any:
        return function(x)

    called.__name__ = name
    return called


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


def test_a_name_is_taken_once_but_the_same_definition_may_run_again() -> None:
    first = sorted_row()
    y = first(Tensor([2.0, 1.0]), axis=0)
    second = sorted_row()
    assert FUNCTIONS["sorted_row"] is second is not first
    again = Tensor([2.0, 1.0]).sorted_row(axis=0)  # type: ignore[attr-defined]  # a method of its own
    assert again.op is not y.op
    with pytest.raises(ValueError, match=r"^there is an operation 'sorted_row' already, of .*sorted_row"):
        array_operation(pullbacks=[twice])(named("sorted_row", doubled))


def test_a_function_that_was_replaced_computes_as_before() -> None:
    def defined(factor: float) -> Callable[..., Any]:
        @array_operation(pullbacks=[lambda g, out, x, by: factor * by * g])
        def times(x: Any, by: float = 1.0) -> Any:
            return factor * by * x

        return times

    first, second = defined(2.0), defined(3.0)
    for _ in range(2):
        assert [first(Tensor(1.0), by=5.0).item(), second(Tensor(1.0), by=5.0).item()] == [10.0, 15.0]


def test_a_definition_that_fails_leaves_the_one_before() -> None:
    called = _version(2.0)
    with pytest.raises(ValueError, match="the pullback by x is wrong"):
        _version(3.0)
    assert FUNCTIONS["scaled"] is called
    assert Tensor([3.0]).scaled().tolist() == [6.0]  # type: ignore[attr-defined]  # a method of its own


def _version(factor: float) -> Callable[..., Any]:
    @array_operation(pullbacks=[lambda g, out, x: factor * g])
    def scaled(x: Any) -> Any:
        return 2.0 * x

    return scaled


def test_the_same_definition_may_change_its_kind() -> None:
    def of_kind(decorator: Any) -> Any:
        @decorator
        def tripled(x: Any) -> Any:
            return 3.0 * x

        return tripled

    for decorator in (operation, array_operation(pullbacks=[lambda g, out, x: 3.0 * g]), operation):
        called = of_kind(decorator)
        assert micrograd_plus.tripled is called
        assert Tensor([1.0]).tripled().tolist() == [3.0]  # type: ignore[attr-defined]  # a method of its own
        assert hasattr(Value, "tripled") == (decorator is operation)
        assert ("tripled" in TABLE) + ("tripled" in ARRAY_TABLE) == 1


def test_pullbacks_may_call_what_is_defined_further_down() -> None:
    @array_operation(pullbacks=[lambda g, out, x: second(g)], check=False)
    def first(x: Any) -> Any:
        return np.flip(x)

    @array_operation(pullbacks=[lambda g, out, x: first(g)])
    def second(x: Any) -> Any:
        return np.flip(x)

    check_gradients(lambda x: (first(x) * np.arange(3.0)).sum(), np.ones(3), order=3)


def test_several_examples_may_have_shapes_and_arrays() -> None:
    @array_operation(
        pullbacks=[lambda g, out, x, w: g @ w.mT, lambda g, out, x, w: x.mT @ g],
        shape=lambda x, w: (x[0], w[1]),
        examples=[((2, 3), (3, 4)), (np.ones((1, 2)), (2, 1))],
    )
    def product_of(x: Any, w: Any) -> Any:
        return x @ w

    assert product_of(np.ones((1, 2)), np.ones((2, 3))).shape == (1, 3)


def test_pullbacks_see_broadcasting_as_it_is() -> None:
    @array_operation(pullbacks=[lambda g, out, x, b: g, lambda g, out, x, b: g.sum(axis=0)], examples=[((2, 3), (3,))])
    def shifted(x: Any, b: Any) -> Any:
        return x + b

    x, b = Tensor(np.ones((2, 3))), Tensor(np.ones(3))
    program = compile((shifted(x, b) * flip(x, 0)).sum())
    assert program.verify().largest == 0.0
