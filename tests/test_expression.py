"""Formulas read from text: what they mean, where mistakes are, and that nothing is ever evaluated."""

import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from micrograd_plus.engine import CONSTANT, graph
from micrograd_plus.expression import Expression, ExpressionError
from micrograd_plus.notation import text
from micrograd_plus.ops import TABLE
from micrograd_plus.value import Value
from tests.cases import each
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters

KNOWN = "only numbers, names, + - * / // % **, comparisons and functions are known"


def mistake(formula: str) -> tuple[int, str]:
    """Return column and problem of the error that reading `formula` raises."""
    with pytest.raises(ExpressionError) as caught:
        Expression(formula)
    column, problem = str(caught.value).split(": ", 1)
    assert column == f"column {caught.value.column}"
    return caught.value.column, problem


# --- what formulas mean -----------------------------------------------------------------------------------------------


@each("row", ROWS)
def test_every_row_is_read_as_function_and_as_it_is_written(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    numbers = dict(zip("abc"[: op.arity], inputs_in_domain(op, rng), strict=True))
    names, values = ", ".join(numbers), ", ".join(op.shown_parameters().values())
    keywords = ", ".join(f"{name}={value}" for name, value in op.shown_parameters().items())
    forms = [f"{row}({names})"] if not op.parameters else [f"{row}({names}, {values})", f"{row}({names}, {keywords})"]
    forms.append(op.python.format(*numbers, **op.shown_parameters()))
    expected = op(*numbers.values())
    for form in forms:
        y = Expression(form)(**numbers)
        assert (y.data, y.op) == (expected, op)


PYTHON: list[tuple[str, Callable[[float, float, float], float]]] = [
    ("a + b * c", lambda a, b, c: a + b * c),
    ("(a + b) * c", lambda a, b, c: (a + b) * c),
    ("a - b - c", lambda a, b, c: a - b - c),
    ("a / b / c", lambda a, b, c: a / b / c),
    ("a / (b / c)", lambda a, b, c: a / (b / c)),
    ("-a ** 2", lambda a, b, c: -(a**2)),
    ("(-a) ** 2", lambda a, b, c: (-a) ** 2),
    ("a ** b ** c", lambda a, b, c: a ** (b**c)),
    ("(a ** b) ** c", lambda a, b, c: (a**b) ** c),
    ("2 ** -a", lambda a, b, c: 2**-a),
    ("a ** -b ** c", lambda a, b, c: a ** (-(b**c))),
    ("--a - -b - +c", lambda a, b, c: a + b - c),
    ("a*b<c+1", lambda a, b, c: float(a * b < c + 1)),
    ("(a<b)*c + (a>=b)", lambda a, b, c: (a < b) * c + (a >= b)),
    ("a == b", lambda a, b, c: float(a == b)),
    ("where(a != b, a, c)", lambda a, b, c: a if a != b else c),
    ("0x10*a + 1_000.5e-3*b - .5*c", lambda a, b, c: 16 * a + 1.0005 * b - 0.5 * c),
    ("abs(a-b) + sqrt(c)", lambda a, b, c: abs(a - b) + math.sqrt(c)),
    ("  a\n+\tb * c\r\n", lambda a, b, c: a + b * c),
    ("a\u00a0+ b", lambda a, b, c: a + b),
]


@pytest.mark.parametrize(("formula", "function"), PYTHON)
def test_precedence_is_pythons(formula: str, function: Callable[..., float]) -> None:
    read = Expression(formula)
    for a, b, c in ((0.5, 1.25, 2.0), (2.0, 0.75, 1.5)):
        values = {name: number for name, number in zip("abc", (a, b, c), strict=True) if name in read.names}
        assert read(**values).data == function(a, b, c)


def test_names_come_in_order_of_appearance() -> None:
    assert Expression("tanh(x2*w2 + x1*w1 + b*x2)").names == ("x2", "w2", "x1", "w1", "b")
    assert Expression("where(c < d, a**b, -e)").names == ("c", "d", "a", "b", "e")
    assert Expression("1 + inf").names == ()


def test_other_names_of_rows_are_functions_and_may_still_be_names() -> None:
    assert Expression("atan2(y, mod(x, 2)) + clamp(x, 0, max=1)").names == ("y", "x")
    assert text(Expression("acos(mod)")(mod=0.5)) == "arccos(mod)"


@pytest.mark.parametrize("name", ["_", "__class__", "ω", "été", "self", "values", "e", "x1", "print", "_x_1", "match"])
def test_names_may_be_anything_that_python_calls_one(name: str) -> None:
    y = Expression(f"{name} * 2")(**{name: 3.0})
    assert y.data == 6.0
    assert y.inputs[0].label == name


def test_a_name_is_one_node_and_a_number_a_constant() -> None:
    y = Expression("x * x + 2 * 2")(x=3)
    square, four = y.inputs
    assert square.inputs[0] is square.inputs[1]
    assert square.inputs[0].label == "x"
    assert all(number.op is CONSTANT for number in four.inputs)
    assert len(graph(y)) == 1 + 2 + 3


def test_values_are_read_as_they_are() -> None:
    x, shared = Value(2.0, label="my x"), Expression("a * b")
    y = shared(a=x, b=x)
    assert y.inputs == (x, x)
    y.backward()
    assert x.grad == 4.0
    assert shared(a=3, b=True).data == 3.0  # a second graph from the same formula


def test_inf_and_nan_are_numbers() -> None:
    assert Expression("-inf")().data == -math.inf
    assert math.isnan(Expression("nan + x")(x=1.0).data)
    assert Expression("clip(x, -inf, 2)")(x=-1e300).data == -1e300
    assert Expression("-0")().data.hex() == "-0x0.0p+0"


def test_a_number_as_exponent_is_a_parameter() -> None:
    for exponent, n in (("3", 3.0), ("-2", -2.0), ("+.5", 0.5), ("(--1)", 1.0), ("inf", math.inf)):
        y = Expression(f"x ** {exponent}")(x=2.0)
        assert (y.op.name, y.op.parameters) == ("power", {"n": n})
    assert Expression("x ** (1 + 1)")(x=2.0).op.name == "pow"


@pytest.mark.parametrize("formula", ["9**9**9**9", "x**10**10", "10**400", "x**-x**-x", "((((x**9)**9)**9)**9)**9**99"])
def test_towers_of_powers_are_floats(formula: str) -> None:
    read = Expression(formula)
    assert type(read(**dict.fromkeys(read.names, 1.5)).data) is float  # as integers they would never end


def test_missing_and_unknown_names_are_named() -> None:
    f = Expression("x + y")
    with pytest.raises(ValueError, match=r"^no value for 'y', which stands in the expression$"):
        f(x=1.0)
    with pytest.raises(ValueError, match=r"^'z' does not stand in the expression; its names: x, y$"):
        f(x=1.0, y=2.0, z=3.0)
    with pytest.raises(ValueError, match=r"its names: none$"):
        Expression("1 + 2")(z=3.0)
    with pytest.raises(TypeError, match="wanted a real number"):
        f(x=1.0, y="2")


# --- where mistakes are: ^ stands under the culprit -------------------------------------------------------------------

MISTAKES = [
    ("x @ y", "  ^"),
    ("(x+1) >> y", "      ^"),
    ("x*y & (z + 1)", "    ^"),
    ("a << b", "  ^"),
    ("x.real", " ^"),
    ("tanh(x).data", "       ^"),
    ("x[0]", " ^"),
    ("x and y or z", "        ^"),
    ("x if y else z", "  ^"),
    ("x < y < z", "      ^"),
    ("x is y", "  ^"),
    ("x not in y", "  ^"),
    ("1, 2", " ^"),
    ("x + (y := 2)", "       ^"),
    ("x + ~y", "    ^"),
    ("not x", "^"),
    ("x + [1, 2]", "    ^"),
    ("x + {1: 2}", "    ^"),
    ("2 * [t for t in x]", "    ^"),
    ("lambda: 1", "^"),
    ("x + (lambda y: y)", "     ^"),
    ("x * f'{y}'", "    ^"),
    ("x + 'y'", "    ^"),
    ("x + True", "    ^"),
    ("x + None", "    ^"),
    ("x + 1j", "    ^"),
    ("x + ...", "    ^"),
    ("x + 1e999", "    ^"),
    ("x + " + "9" * 400, "    ^"),
    ("x + 0x" + "f" * 3900, "    ^"),
    ("x + tanh", "    ^"),
    ("x + tahn(y)", "    ^"),
    ("x + tanh()", "    ^"),
    ("x + tanh(y, z)", "    ^"),
    ("x + tanh(y=1)", "    ^"),
    ("tanh(*x)", "     ^"),
    ("tanh(**x)", "^"),
    ("clip(x, y, 1)", "        ^"),
    ("clip(x, min=y)", "            ^"),
    ("clip(x, 0, min=1)", "^"),
    ("clip(x, min=0, min=1)", "^"),
    ("clip(x, 0, 1, 2)", "^"),
    ("clip(min=0)", "^"),
    ("x + __import__('os').system('true')", "    ^"),
    ("eval('1')", "^"),
    ("tanh(x)(y)", "^"),
    ("(x)(y)", "^"),
    ("x # y", "  ^"),
    ("x\x00", " ^"),
    ("x + \u200by", "    ^"),
    ("x + \ud800", "    ^"),
    ("x $ y", "  ^"),
    ("x²", " ^"),
    ("x + y)", "     ^"),
    ("x * (y + z", "    ^"),
    ("x y", "  ^"),
    ("x = 1", "  ^"),
    ("x; y", " ^"),
    ("x +", "   ^"),
    ("x + * y", "    ^"),
    ("if + 1", "^"),
    ("x + class", "    ^"),
    ("1 + 2x", "    ^"),
    ("", "^"),
    ("   ", "^"),
    # columns count letters, not bytes, and blanks before the formula
    ("   x + foo(y)", "       ^"),
    ("é*ω + foo(y)", "      ^"),
    ("é*ω @ x", "    ^"),
    ("é*ω x", "    ^"),
    ("é +", "   ^"),
    ("  (x\n + y\n @ z)", "           ^"),
]


@pytest.mark.parametrize(("formula", "mark"), MISTAKES, ids=[formula[:30] for formula, _ in MISTAKES])
def test_mistakes_are_pointed_at(formula: str, mark: str) -> None:
    column, problem = mistake(formula)
    assert column == len(mark)
    assert problem.isprintable()
    assert len(problem) < 150


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ("x.y", KNOWN),
        ("tahn(x)", "unknown function 'tahn'; did you mean 'tan' or 'tanh' or 'arctan'?"),
        ("tanh(x, y)", "tanh is written tanh(a)"),
        ("clip(x, lo=1)", "clip is written clip(a, min, max)"),
        ("clip(x, y)", "a parameter of clip is a number: clip(a, min, max)"),
        ("tanh * 2", "'tanh' is a function: write tanh(...)"),
        ("1e999", "1e999 is not a number that a float can hold"),
        ("x.f(2)", "only functions of the table can be called, by their name"),
        ("x # y", "'#' has no meaning here"),
        ("(x", "this is not a formula ('(' was never closed)"),
        ("", "the expression is empty"),
    ],
)
def test_mistakes_are_named(formula: str, problem: str) -> None:
    assert mistake(formula)[1] == problem


@pytest.mark.parametrize(
    "formula",
    ["(" * 1000 + "x" + ")" * 1000, "-" * 3900 + "x", "x" + "+x" * 1900, "x**" * 1200 + "x", "[" * 3000, "x(" * 1000],
    ids=lambda formula: formula[:6],
)
def test_deep_formulas_are_read_or_refused(formula: str) -> None:
    read_or_refuse(formula)


def test_what_is_too_long_is_refused() -> None:
    column, problem = mistake("x" + "+x" * 2000)
    assert problem == "wanted at most 4000 characters, got 4001"
    assert column == 4001
    assert Expression("x" * 4000).names == ("x" * 4000,)


# --- nothing is evaluated, whatever the text --------------------------------------------------------------------------

PIECES = """
    x y1 _ é inf nan tanh clip where power foo self None True lambda if else for in and not is := = , ; : . ...
    ( ) [ ] { } + - * / ** // % @ < <= == != ~ & | ^ << # \\ ' " f' b' ! $ ` 0 1 2.5 1e9 1e400 0x1f 1j 00 1_0
    99999999999999999999 low=0 n=2 *x **x __import__('os') x.y x[0]
"""
pieces = st.lists(st.sampled_from([*PIECES.split(), " ", "\n", "\t", "\x00"]), max_size=12)


def read_or_refuse(formula: str) -> None:
    error = None
    try:
        read = Expression(formula)
    except ExpressionError as caught:
        error = caught
    if error:
        assert 1 <= error.column <= len(formula) + 1
        assert str(error).isprintable()
    else:
        y = read(**dict.fromkeys(read.names, 0.5))
        assert type(y.data) is float
        assert "..." in text(y) or Expression(text(y)).names == read.names


@given(pieces.map(" ".join))
@example("' \n '")
def test_pieces_of_python_are_read_or_refused(formula: str) -> None:
    read_or_refuse(formula)


@given(pieces.map("".join))
@example('"\\d"')
def test_pieces_without_blanks_are_read_or_refused(formula: str) -> None:
    read_or_refuse(formula)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(formula: str) -> None:
    read_or_refuse(formula)


@given(st.text(alphabet="xy1.e+-*/()<= ,", max_size=40))
def test_formulas_with_slips_are_read_or_refused(formula: str) -> None:
    read_or_refuse(formula)


DANGEROUS = [
    "__import__('os')._exit(1)",
    "(lambda: 1/0)()",
    "[1 for _ in iter(int, 1)]",
    "f'{1/0}'",
    "(x := 1)",
    "'a' * 10**10",
    "b'a' * 99999999",
    "(1,) * 10**9",
    "10**10**10**10 @ 3",
    "1 << 10**10",
    "open('x', 'w')",
    "exec('x')",
    "x.__class__.__mro__",
    "().__class__",
    "print(x)",
    "globals()",
]


@pytest.mark.parametrize("formula", DANGEROUS)
def test_nothing_is_evaluated(formula: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tracemalloc.start()
    try:
        mistake(formula)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert not list(tmp_path.iterdir())
