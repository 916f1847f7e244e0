"""An operation of a user's own is known to all that reads the table; a wrong one is one clear line."""

from __future__ import annotations

import ast
import copy
import doctest
import math
import pickle
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import micrograd_plus
from micrograd_plus import (
    Tensor,
    Value,
    check_gradients,
    cos,
    equal,
    exp,
    explain,
    export,
    gradient,
    greater,
    log,
    log1p,
    maximum,
    nn,
    operation,
    sigmoid,
    softplus,
    sqrt,
    tanh,
    viz,
    where,
)
from micrograd_plus.compiler.compilation import compile
from micrograd_plus.engine import graph
from micrograd_plus.export import ExportError
from micrograd_plus.expression import Expression
from micrograd_plus.formula_slopes import slopes_of
from micrograd_plus.notation import latex, short, text
from micrograd_plus.ops import FORMULAS, TABLE, Op
from micrograd_plus.own_rows import remove
from micrograd_plus.saved_session import SessionFileError, load_session, save_session
from micrograd_plus.session import Session
from tests.cases import each
from tests.command_line import answer
from tests.exported import assert_computes_the_same, random_classifier
from tests.sampling import generator, inputs_in_domain

ROOT = Path(__file__).parents[1]


pytestmark = pytest.mark.usefixtures("_own_rows_alone")


def swish_formula(x: Any, beta: float = 1.0) -> Any:
    return x * sigmoid(beta * x)


def sinc_on_arrays(x: Any) -> Any:
    return np.sinc(x / np.pi)


def swish() -> Op:
    """Return a derived row with a parameter, whose slopes follow from its formula."""

    @operation(latex=r"\operatorname{{swish}}_{{{beta}}}\left({}\right)")
    def swish(x: Any, beta: float = 1.0) -> Any:
        return swish_formula(x, beta)

    return swish


def sinc() -> Op:
    """Return a primitive row."""

    @operation(arrays=sinc_on_arrays, slopes=[lambda out, x: (cos(x) - out) / x], domain=[(0, math.inf)])
    def sinc(x: float) -> float:
        return math.sin(x) / x

    return sinc


def softmin() -> Op:
    """Return a derived row of two inputs and a parameter."""

    @operation
    def softmin(a: Any, b: Any, sharpness: float = 2.0) -> Any:
        return b - softplus(sharpness * (b - a)) / sharpness

    return softmin


def lerp() -> Op:
    """Return a derived row of three inputs."""

    @operation
    def lerp(a: Any, b: Any, t: Any) -> Any:
        return a + t * (b - a)

    return lerp


ROWS: dict[str, tuple[Callable[[], Op], tuple[float, ...]]] = {
    "swish": (swish, (0.7,)),
    "sinc": (sinc, (2.1,)),
    "softmin": (softmin, (0.4, -0.9)),
    "lerp": (lerp, (0.4, -0.9, 0.3)),
}
each_row = pytest.mark.parametrize(("make", "point"), ROWS.values(), ids=ROWS)


# --- what follows -----------------------------------------------------------------------------------------------------


@each_row
def test_numbers_arrays_values_and_tensors_give_the_same(make: Callable[[], Op], point: tuple[float, ...]) -> None:
    row = make()
    number = row(*point)
    assert number.__class__ is float
    value = row(*map(Value, point))
    assert (value.data, value.op) == (number, row)
    arrays = [np.full((2, 3), x) for x in point]
    tensor = row(*map(Tensor, arrays))
    assert isinstance(tensor, Tensor)
    np.testing.assert_allclose(row(*arrays), np.full((2, 3), number), rtol=1e-15)
    np.testing.assert_array_equal(tensor.data, row(*arrays))
    assert row(*[Tensor(x, dtype=np.float32) for x in arrays]).dtype == np.float32


@each_row
def test_it_is_a_method_and_a_public_name(make: Callable[[], Op], point: tuple[float, ...]) -> None:
    row = make()
    assert getattr(micrograd_plus, row.name) is row
    assert getattr(Value(point[0]), row.name)(*point[1:]).data == row(*point)
    assert getattr(Tensor([point[0]]), row.name)(*point[1:]).data[0] == pytest.approx(row(*point), rel=1e-15)


@each_row
def test_gradients_are_right_to_the_second_order(make: Callable[[], Op], point: tuple[float, ...]) -> None:
    row = make()
    check_gradients(row, *point)
    check_gradients(lambda *xs: row(*xs).sum(), *[np.array([x, x * 1.1]) for x in point])
    # Inputs of other shapes are stretched.
    check_gradients(lambda *xs: row(*xs).sum(), *[np.full((2, 1)[k > 0 :], x) for k, x in enumerate(point)])


@each_row
def test_programs_compute_the_same(make: Callable[[], Op], point: tuple[float, ...]) -> None:
    row = make()
    for leaves in ([Value(x) for x in point], [Tensor([x, 1.1 * x, 1.2 * x]) for x in point]):
        y = row(*leaves) * 0.5
        program = compile(y if isinstance(y, Value) else y.sum())
        loss = y if isinstance(y, Value) else y.sum()
        loss.backward()
        expected = [leaf.grad for leaf in leaves]
        assert program() == pytest.approx(loss.item() if isinstance(loss, Tensor) else loss.data, rel=1e-14)
        assert program.verify().largest < 1e-14
        np.testing.assert_allclose([leaf.grad for leaf in leaves], expected, rtol=1e-13)


@each_row
def test_text_reads_back(make: Callable[[], Op], point: tuple[float, ...]) -> None:
    row = make()
    inputs = [Value(x, label=name) for x, name in zip(point, "abc", strict=False)]
    written = text(2.0 * row(*inputs))
    assert row.name in written
    assert Expression(written)(**{i.label: i.data for i in inputs}).data == 2.0 * row(*point)
    assert row.name in latex(row(*inputs))


def test_latex_is_the_template_given() -> None:
    assert latex(swish()(Value(1.0, label="x") + 1.0, beta=2.0)) == r"\operatorname{swish}_{2}\left(x + 1\right)"


@each_row
def test_pictures_and_words_name_it(make: Callable[[], Op], point: tuple[float, ...]) -> None:
    row = make()
    leaves = [Value(x, label=name) for x, name in zip(point, "abc", strict=False)]
    y = row(*leaves)
    y.backward()
    assert row.name in viz.draw_dot(y).source
    assert str(explain(y, leaves[0])).startswith(f"∂out/∂a = {short(leaves[0].grad)}: ")
    # Its text is the derivative, which runs again.
    slope = Expression(text(gradient(y, leaves[:1])[0]))
    at = {i.label: i.data for i in leaves if i.label in slope.names}
    assert slope(**at).data == pytest.approx(leaves[0].grad, rel=1e-14)


@each_row
def test_the_reference_page_has_a_section_for_it(make: Callable[[], Op], point: tuple[float, ...]) -> None:
    from docs.draw_operations import curves, elementwise_section

    row = make()
    assert elementwise_section(row).startswith(f"## {row.name}\n")
    ast.parse(row.usage)
    assert curves(row).startswith("<svg")


@each_row
def test_copies_and_pickles_are_the_row(make: Callable[[], Op], point: tuple[float, ...]) -> None:
    row = make()
    bound = row.bind(named=dict.fromkeys(row.parameters, 3.0))
    assert pickle.loads(pickle.dumps(bound)) is bound  # noqa: S301 - made here
    y = row(*map(Value, point))
    assert copy.deepcopy(y).op is row


@each_row
def test_sessions_are_saved_and_loaded(make: Callable[[], Op], point: tuple[float, ...], tmp_path: Path) -> None:
    row = make()
    y = row(*map(Value, point))
    save_session(Session(y), tmp_path / "session.json")
    assert load_session(tmp_path / "session.json").root.data == y.data
    remove(row.name)
    with pytest.raises(SessionFileError, match=f"unknown name '{row.name}'.*; one of your own is known once"):
        load_session(tmp_path / "session.json")


def test_a_pickle_of_an_unknown_one_is_told() -> None:
    stored = pickle.dumps(swish())
    remove("swish")
    with pytest.raises(ValueError, match=r"^the operation 'swish' is not in the table: import the module that"):
        pickle.loads(stored)  # noqa: S301 - made here


@each("kind", [".py", ".c", ".onnx"])
def test_classifiers_with_a_formula_are_exported(kind: str, tmp_path: Path) -> None:
    if kind == ".onnx":
        pytest.importorskip("onnxruntime")
    swish()
    assert_computes_the_same(random_classifier(3, activation="swish", hidden=(4, 3)), tmp_path / f"model{kind}")


@each("kind", [".py", ".c", ".onnx"])
def test_what_has_no_formula_is_not_exported(kind: str, tmp_path: Path) -> None:
    if kind == ".onnx":
        pytest.importorskip("onnx")
    sinc()
    with pytest.raises(ExportError, match=r"^the operation sinc cannot be written in "):
        export.save(random_classifier(3, activation="sinc", hidden=(4, 3)), tmp_path / f"model{kind}")


def test_networks_take_it_by_name() -> None:
    swish()
    model = nn.MLP(2, [3, 1], activation="swish", rng=0)
    y = model([1.0, 2.0])
    assert sum(node.symbol == "swish" for node in graph(y)) == 3


def test_saved_programs_have_the_function_with_them(tmp_path: Path) -> None:
    row = sinc()
    program = compile((row(Tensor([1.0, 2.0])) * row(0.5 + Tensor(1.0))).sum())
    program.save(tmp_path)
    code = "import runpy, sys; print(runpy.run_path(sys.argv[1])['loss']())"
    command = [sys.executable, "-I", "-c", code, str(tmp_path / "step.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert float(done.stdout) == program()


def test_numpys_own_functions_are_called_by_name(tmp_path: Path) -> None:
    @operation(arrays=np.i0, slopes=[lambda out, x: where(x, 0.0, 0.0)], check=False)
    def bessel(x: float) -> float:
        return float(np.i0(x))

    program = compile(bessel(Tensor([1.0, 2.0])).sum())
    program.save(tmp_path)
    assert " = np.i0\n" in (tmp_path / "step.py").read_text()
    assert runpy.run_path(str(tmp_path / "step.py"))["loss"]() == program()


def test_a_program_that_needs_a_closure_is_not_saved(tmp_path: Path) -> None:
    @operation(arrays=lambda x: np.cbrt(x), slopes=[lambda out, x: 1.0 / (3.0 * out * out)], domain=[(0, 9)])
    def third_root(x: float) -> float:
        return math.cbrt(x)

    program = compile(third_root(Tensor([1.0, 8.0])).sum())
    assert program() == 3.0
    with pytest.raises(TypeError, match=r"^third_root cannot be written as a function of NumPy alone: "):
        program.save(tmp_path)


def test_ufuncs_that_are_not_numpys_are_called_where_they_are(tmp_path: Path) -> None:
    special = pytest.importorskip("scipy.special")

    @operation(arrays=special.expit, slopes=[lambda out, x: out * (1.0 - out)])
    def logistic(x: float) -> float:
        return float(special.expit(x))

    assert logistic.ufunc is None  # NumPy has none of this name, which a program could import
    for x in (Tensor([0.5, -1.0]), Value(0.5)):
        loss = logistic(x) if isinstance(x, Value) else logistic(x).sum()
        program = compile(loss)
        assert program() == pytest.approx(sum(special.expit([0.5, -1.0][: np.size(x.data)])), rel=1e-15)
        with pytest.raises(TypeError, match=r"^logistic cannot be written as a function of NumPy alone: "):
            program.save(tmp_path)


def test_functions_of_modules_that_are_not_numpys_are_not_written_down(tmp_path: Path) -> None:
    special = pytest.importorskip("scipy.special")
    arrays = _from_text("def expit(x):\n    return special.expit(x)\n", tmp_path / "of_scipy.py", special=special)

    @operation(arrays=arrays, slopes=[lambda out, x: out * (1.0 - out)])
    def logistic(x: float) -> float:
        return float(special.expit(x))

    program = compile(logistic(Tensor([1.0, 2.0])).sum())
    with pytest.raises(TypeError, match=r"^logistic cannot be written as a function of NumPy alone: "):
        program.save(tmp_path)


def _from_text(text: str, file: Path, **names: Any) -> Any:
    """Return the function that a file defines, which has these names around it."""
    file.write_text(text)
    found = runpy.run_path(str(file), names)
    return found[text.split("(")[0].removeprefix("def ")]


@each("name", ["copy", "select", "accumulate", "vecdot", "masked", "logical_not"])
def test_names_that_the_compiler_has_for_itself_are_free(name: str) -> None:
    def computed(a: Any, b: Any) -> Any:
        return a * b + 1.0

    computed.__name__ = name
    row = operation(arrays=computed, slopes=[lambda out, a, b: b, lambda out, a, b: a])(computed)
    for leaves in ([Tensor([1.0, 2.0]), Tensor([3.0, 4.0])], [Value(1.0), Value(3.0)]):
        y = row(*leaves)
        program = compile(y.sum() if isinstance(y, Tensor) else y)
        assert program.verify().largest == 0.0


def test_functions_of_numpy_are_not_taken_for_a_row_of_their_name() -> None:
    row = sinc()
    with pytest.raises(TypeError, match=r"^np.sinc has no gradient here"):
        np.sinc(Tensor([0.5]))
    assert row(Tensor([0.5])).item() == math.sin(0.5) / 0.5


def test_a_parameter_with_an_underscore_stands_in_latex() -> None:
    @operation
    def scaled_by(x: Any, the_factor: float = 2.0) -> Any:
        return the_factor * x

    assert latex(scaled_by(Value(1.0, label="x"))) == r"\operatorname{scaled\_by}\left(x, 2\right)"


def test_functions_of_math_give_nan_in_programs_where_they_raise() -> None:
    own = operation(arrays=np.sqrt, slopes=[lambda out, x: 0.5 / out], domain=[(0, 9)])(_named("root", math.sqrt))
    x = Value(1.0)
    program = compile(own(x))
    x.data = -1.0
    assert math.isnan(program())


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def named(x: float) -> Any:
        return function(x)

    named.__name__ = name
    return named


def test_a_script_on_the_command_line_may_define_one(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from micrograd_plus import Value, operation\n"
        "@operation\n"
        "def cubed(x):\n"
        "    return x * x * x\n"
        "x = Value(2.0, label='x')\n"
        "loss = cubed(x) + 1.0\n"
    )
    for k in range(2):  # the same definition again replaces the row
        answer("graph", f"{script}:loss", "-o", tmp_path / f"{k}.svg")
        assert ">cubed<" in (tmp_path / f"{k}.svg").read_text()


# --- slopes of a formula ----------------------------------------------------------------------------------------------


@each("name", [name for name in sorted(FORMULAS) if name != "heaviside"])
def test_slopes_of_a_formula_are_those_of_its_row(name: str) -> None:
    row = TABLE[name]
    for slope, known in zip(slopes_of(FORMULAS[name], row.arity), row.slopes, strict=True):
        point = inputs_in_domain(row, generator(name))
        out = row(*point)
        claimed = known(out, *point) if callable(known) else known
        assert slope(out, *point, **row.parameters) == pytest.approx(claimed, rel=1e-12)


def test_a_slope_is_a_function_on_arrays_and_nodes_too() -> None:
    by_x, by_y = slopes_of(lambda x, y, n: x * y * exp(n * x), 2)
    x, y = np.array([0.5, 1.0]), np.array([2.0, 3.0])
    np.testing.assert_allclose(by_x(None, x, y, n=2.0), y * np.exp(2 * x) * (1 + 2 * x), rtol=1e-15)
    assert by_y(None, Value(0.5), Value(2.0), n=2.0).data == pytest.approx(0.5 * math.e)


# --- what is refused --------------------------------------------------------------------------------------------------


def doubled(x: Any) -> Any:
    return x + x


def two_inputs(a: Any, b: Any) -> Any:
    return a * b


def by_if(x: Any) -> Any:
    return x if x > 0 else 0.0 * x


def by_truth(x: Any) -> Any:
    return x if greater(x, 0.0) else 0.0 * x


def by_equality(x: Any) -> Any:
    return 0.0 * x if x == 0.0 else x


def by_math(x: Any) -> Any:
    return math.sin(x)


def by_numpy(x: Any) -> Any:
    return np.sin(x)


def by_array_method(x: Any) -> Any:
    return x - x.mean()


def a_constant(x: Any) -> Any:
    return 1.0


def outside(x: Any) -> Any:
    return log(x)


def root_by_power(x: Any) -> Any:
    return abs(x**0.5)


def four(a: Any, b: Any, c: Any, d: Any) -> Any:
    return a + b + c + d


def many(*inputs: Any) -> Any:
    return inputs[0]


def no_number(x: Any, mode: Any = "fast") -> Any:
    return x


def tanh_again(x: Any) -> Any:
    return tanh(x)


REFUSED: dict[str, tuple[Callable[..., Any], dict[str, Any], type[Exception], str]] = {
    "taken by the table": (_named("tanh", math.tanh), {}, ValueError, "the name 'tanh' is taken: choose another one"),
    "taken by a method": (_named("backward", doubled), {}, ValueError, "the name 'backward' is taken"),
    "taken by a row on arrays": (_named("sum_to", doubled), {}, ValueError, "the name 'sum_to' is taken"),
    "taken by a function of arrays": (_named("softmax", doubled), {}, ValueError, "the name 'softmax' is taken"),
    "without a name": (
        lambda x: x,
        {},
        TypeError,
        r"wanted a function with a name, `def name",
    ),
    "four inputs": (four, {}, TypeError, r"four: an operation has 1 to 3 inputs \(arguments without a default\)"),
    "any number of inputs": (many, {}, TypeError, r"many: inputs and parameters have a name each, \*inputs"),
    "a parameter that is no number": (no_number, {}, TypeError, "no_number: the parameter mode='fast' wants a number"),
    "arrays without slopes": (doubled, {"arrays": doubled}, TypeError, r"doubled: with arrays= it needs slopes="),
    "too few slopes": (
        two_inputs,
        {"slopes": [1.0]},
        ValueError,
        r"two_inputs: wanted 2 slope\(s\), one for",
    ),
    "a slope alone": (doubled, {"slopes": 2.0}, ValueError, r"doubled: wanted 1 slope\(s\), .* got float: 2.0"),
    "too few intervals": (two_inputs, {"domain": [(0, 1)]}, ValueError, r"two_inputs: domain= has an interval"),
    "an empty interval": (doubled, {"domain": [(1, 1)]}, ValueError, r"doubled: domain= has an interval \(low, high\)"),
    "braces not doubled": (
        doubled,
        {"latex": r"\operatorname{d}{}"},
        ValueError,
        r"doubled: latex=.* are doubled",
    ),
    "an open brace": (doubled, {"latex": "{"}, ValueError, r"doubled: latex='{': .*; LaTeX's own braces are doubled"),
    "inputs left out": (two_inputs, {"latex": "{}"}, ValueError, r"two_inputs: latex='{}' is a template of {}, {}"),
    "an if": (by_if, {}, TypeError, r"by_if: its formula: a comparison would be made once for all .* where\(c, a, b\)"),
    "an if on a row": (by_truth, {}, TypeError, "by_truth: its formula: an `if` would choose once for all numbers"),
    "an equality": (by_equality, {}, TypeError, "by_equality: its formula: a comparison would be made once"),
    "a function of math": (
        by_math,
        {},
        TypeError,
        "by_math: its formula: .*; it is written in the table",
    ),
    "a function of NumPy": (
        by_numpy,
        {},
        TypeError,
        "by_numpy: its formula: .*; it is written in the table",
    ),
    "a method of arrays": (by_array_method, {}, TypeError, "by_array_method: its (formula|function): "),
    "a constant": (a_constant, {}, ValueError, "a_constant: its formula gives the same whatever the inputs are"),
    "outside its domain": (
        outside,
        {},
        ValueError,
        r"outside is nan at x=-1.452: say with domain=",
    ),
    "other numbers on arrays": (root_by_power, {"slopes": [lambda out, x: 0.5 / out]}, ValueError, "root_by_power: "),
    "a wrong slope": (
        two_inputs,
        {"slopes": [lambda out, a, b: b, lambda out, a, b: b]},
        ValueError,
        "two_inputs: the slope by b is wrong at a=-1.452, b=-0.316: it gives -0.316, differences -1.452",
    ),
    "a slope in NumPy's words": (
        tanh_again,
        {"slopes": [lambda out, x: np.cosh(x) ** -2]},
        TypeError,
        "tanh_again: the slope by input 1: .*; it is written in the table's operations",
    ),
    "a slope that is wrong only twice": (
        tanh_again,
        {"slopes": [lambda out, x: 1.0 - out.__class__(out.data if isinstance(out, Value) else out) * out]},
        TypeError,
        "tanh_again: the slope by input 1: ",
    ),
    "a slope of what comes later": (
        doubled,
        {"slopes": [lambda out, x: defined_later(x)]},  # noqa: F821 - that is the point
        ValueError,
        "doubled: the slope by input 1: name 'defined_later' is not defined; .* say check=False",
    ),
    "arrays that give integers": (
        doubled,
        {"arrays": lambda x: (2 * x).astype(int), "slopes": [2.0]},
        ValueError,
        r"doubled: of arrays of float64 and shape \(1, 3\) it gives int64 of \(1, 3\)",
    ),
    "arrays that widen": (
        doubled,
        {"arrays": lambda x: x.astype(np.float64) * 2, "slopes": [2.0]},
        ValueError,
        "doubled: of arrays of float32 and shape",
    ),
    "arrays that mix their numbers": (
        doubled,
        {"arrays": lambda x: x + x.mean(), "slopes": [2.0]},
        ValueError,
        "doubled: of arrays it gives .*, of the same numbers",
    ),
}


@pytest.mark.parametrize(("function", "facts", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_row_is_one_line_and_leaves_no_trace(
    function: Callable[..., Any], facts: dict[str, Any], error: type[Exception], message: str
) -> None:
    rows, formulas = dict(TABLE), dict(FORMULAS)
    with pytest.raises(error, match=f"^{message}") as raised:
        operation(**facts)(function)
    assert "\n" not in str(raised.value)
    assert (rows, formulas) == (TABLE, FORMULAS)
    if function.__name__ not in (*rows, "backward"):
        assert not hasattr(Value, function.__name__)


def test_a_name_is_taken_once_but_the_same_definition_may_run_again() -> None:
    first, second = swish(), swish()
    assert TABLE["swish"] is second is not first
    assert Value(0.7).swish().op is second  # a method of its own
    with pytest.raises(ValueError, match=r"^there is an operation 'swish' already, of test_custom_operations.swish"):
        operation(_named("swish", doubled))


def test_a_definition_that_fails_leaves_the_one_before() -> None:
    row = _version(1.0)
    with pytest.raises(ValueError, match="the slope by x is wrong"):
        _version(2.0)
    assert TABLE["scaled"] is row
    assert Value(3.0).scaled().data == 6.0  # a method of its own
    assert compile(row(Value(3.0)))() == 6.0


def _version(factor: float) -> Op:
    @operation(slopes=[2.0 * factor])
    def scaled(x: Any) -> Any:
        return 2.0 * x

    return scaled


def test_slopes_may_call_what_is_defined_further_down() -> None:
    @operation(arrays=np.sin, slopes=[lambda out, x: cosine(x)], check=False)
    def sine(x: float) -> float:
        return math.sin(x)

    @operation(arrays=np.cos, slopes=[lambda out, x: -sine(x)], check=False)
    def cosine(x: float) -> float:
        return math.cos(x)

    check_gradients(sine, 0.5, order=3)


def test_roots_of_negative_numbers_are_nan_on_every_kind() -> None:
    @operation(domain=[(0, math.inf)])
    def halved_power(x: Any) -> Any:
        return x**0.5 + 1.0

    with np.errstate(invalid="ignore"):
        assert math.isnan(halved_power(-4.0))
        assert math.isnan(halved_power(Value(-4.0)).data)
        assert np.isnan(halved_power(np.array([-4.0]))).all()


def test_slopes_that_are_given_are_used_where_the_formulas_own_are_no_numbers() -> None:
    @operation(slopes=[lambda out, x: sigmoid(x)])
    def plain_softplus(x: Any) -> Any:
        return maximum(x, 0.0) + log1p(exp(-abs(x)))

    x = Value(1000.0)
    plain_softplus(x).backward()
    assert x.grad == 1.0


def test_kinks_are_pieces_of_where() -> None:
    @operation
    def shrunk(x: Any, by: float = 0.5) -> Any:
        return where(greater(abs(x), by), x - by * x / abs(x), 0.0 * x)

    @operation(domain=[(0, math.inf)])
    def rooted(x: Any) -> Any:
        return where(equal(x, 0.0), 0.0, sqrt(x))

    x = Value(0.1)
    shrunk(x).backward()
    assert x.grad == 0.0
    assert rooted(0.0) == 0.0


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(ROOT / "docs" / "custom_operations.md"), module_relative=False)
    assert (failed, tried > 20) == (0, True)
