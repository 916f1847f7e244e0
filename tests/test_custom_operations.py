"""An operation of a user's own is known to all that reads the table."""

from __future__ import annotations

import ast
import copy
import doctest
import math
import pickle
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
    equal,
    exp,
    explain,
    export,
    gradient,
    greater,
    log1p,
    maximum,
    nn,
    operation,
    sigmoid,
    sqrt,
    viz,
    where,
)
from micrograd_plus.engine import graph
from micrograd_plus.export import ExportError
from micrograd_plus.expression import Expression
from micrograd_plus.notation import latex, short, text
from micrograd_plus.ops import Op
from micrograd_plus.own_rows import remove
from micrograd_plus.saved_session import SessionFileError, load_session, save_session
from micrograd_plus.session import Session
from tests.cases import each
from tests.command_line import answer
from tests.custom_rows import ROWS, sinc, swish
from tests.exported import assert_computes_the_same, random_classifier

pytestmark = pytest.mark.usefixtures("_own_rows_alone")
ROOT = Path(__file__).parents[1]


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
    from docs.draw_operations import elementwise_section
    from docs.operation_curves import curves

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


def test_functions_of_numpy_are_not_taken_for_a_row_of_their_name() -> None:
    row = sinc()
    with pytest.raises(TypeError, match=r"^np.sinc has no gradient here"):
        np.sinc(Tensor([0.5]))
    assert row(Tensor([0.5])).item() == math.sin(0.5) / 0.5


@each("template", [r"{}^{{\star}}", r"\mathrm{{f}} {}", r"\lVert {} \rVert", r"\left|{}\right|", r"{{{}}}_{{\star}}"])
def test_what_a_template_does_not_enclose_stands_in_parentheses(template: str) -> None:
    @operation(latex=template)
    def starred(x: Any) -> Any:
        return x * x

    x = Value(1.0, label="x")
    plain = template.format("x")
    assert latex(starred(x)) == plain
    wanted = "(x + 1)" if template.startswith(("{}", r"\mathrm")) else "x + 1"
    assert latex(starred(x + 1.0)) == template.format(wanted)
    inner = f"({plain})" if template.startswith(("{}", r"\mathrm")) else plain
    assert latex(starred(starred(x))) == template.format(inner)


@each("prefix", [r"\sin", r"\frac{{d}}{{dt}}"])
def test_no_factor_and_no_exponent_is_read_into_a_prefix_of_ones_own(prefix: str) -> None:
    @operation(latex=prefix + " {}")
    def bent(x: Any) -> Any:
        return x * x

    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    plain = prefix.format() + " x"
    assert latex(bent(x) ** 2) == f"({plain})^{{2}}"
    assert latex(bent(x) * y) == rf"({plain}) \cdot y"
    assert latex(bent(x) + y) == f"{plain} + y"


def test_an_infix_of_ones_own_stands_in_parentheses_where_its_strength_matters() -> None:
    @operation(latex=r"{} \star {}")
    def starred(a: Any, b: Any) -> Any:
        return a * b + a

    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    assert latex(starred(a + b, starred(a, b)) + a) == r"(a + b) \star (a \star b) + a"
    assert latex(starred(a, b) ** 2) == r"(a \star b)^{2}"
    assert latex(starred(a, b) * a) == r"(a \star b) \cdot a"


def test_a_parameter_with_an_underscore_stands_in_latex() -> None:
    @operation
    def scaled_by(x: Any, the_factor: float = 2.0) -> Any:
        return the_factor * x

    assert latex(scaled_by(Value(1.0, label="x"))) == r"\operatorname{scaled\_by}\left(x, 2\right)"


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


# --- slopes -----------------------------------------------------------------------------------------------------------


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
