"""Formulas written from graphs: what Python reads back, what mathematics can set, and how long they may get."""

import ast
import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from micrograd_plus import ops
from micrograd_plus.engine import gradient
from micrograd_plus.expression import Expression
from micrograd_plus.notation import latex, operator_of, text
from micrograd_plus.ops import TABLE
from micrograd_plus.tensor import Tensor
from micrograd_plus.value import Value
from tests.cases import each
from tests.programs import QUARTERS, Program, programs
from tests.sampling import ROWS, generator, inputs_in_domain, with_parameters

LONGEST = 2000 + 200  # what the docstring calls "some 2000", and one operation on top
ANY_FLOAT = st.one_of(QUARTERS, st.floats())


def labelled(program: Program) -> list[Value]:
    return [Value(number, label=f"x{k}") for k, number in enumerate(program.inputs)]


def same(a: float, b: float) -> bool:
    return a.hex() == b.hex() or (math.isnan(a) and math.isnan(b))


# --- Python -----------------------------------------------------------------------------------------------------------


@given(programs(ANY_FLOAT))
def test_what_is_written_is_read_back_to_the_bit(program: Program) -> None:
    y = program.run(labelled(program))
    assume(isinstance(y, Value))
    written = text(y)
    assume("..." not in written)
    read = Expression(written)
    again = read(**{name: program.inputs[int(name[1:])] for name in read.names})
    assert text(again) == written
    assert same(again.data, y.data)


@given(programs(QUARTERS))
def test_gradients_are_written_and_read_back_too(program: Program) -> None:
    inputs = labelled(program)
    y = program.run(inputs)
    assume(isinstance(y, Value))
    for slope in gradient(y, inputs):
        written = text(slope)
        if "..." not in written:
            read = Expression(written)
            again = read(**{name: program.inputs[int(name[1:])] for name in read.names})
            assert text(again) == written
            assert same(again.data, slope.data)


@given(programs(QUARTERS))
def test_parentheses_are_those_that_python_needs(program: Program) -> None:
    y = program.run(labelled(program))
    assume(isinstance(y, Value))
    written = text(y)
    assume("..." not in written)
    tree = ast.dump(ast.parse(written))
    for k, character in enumerate(written):
        if character == "(" and not re.search(r"\w$", written[:k]):
            without = written[:k] + " " + written[k + 1 :]
            close = matching(written, k)
            without = without[:close] + " " + without[close + 1 :]
            assert ast.dump(ast.parse(without.strip())) != tree, f"needless parentheses at {k}: {written}"


def matching(written: str, start: int) -> int:
    """Return where the parenthesis opened at `start` is closed."""
    depth = 0
    for k in range(start, len(written)):
        depth += (written[k] == "(") - (written[k] == ")")
        if not depth:
            return k
    raise AssertionError("not closed")


A, B, C = (Value(number, label=label) for number, label in ((0.5, "a"), (2.0, "b"), (3.0, "c")))


@pytest.mark.parametrize(
    ("node", "written"),
    [
        (A + B + C, "a + b + c"),
        (A + (B + C), "a + (b + c)"),
        (A - (B - C), "a - (b - c)"),
        (A % B * C // 2, "a % b * c // 2"),
        (2 % (A * (B // C)), "2 % (a * (b // c))"),
        (round(A / B), "round(a / b)"),
        (A * B + C, "a * b + c"),
        (A * (B + C), "a * (b + c)"),
        (A / B / C, "a / b / c"),
        (A / (B * C), "a / (b * c)"),
        (-A * B, "-a * b"),
        (-(A * B), "-(a * b)"),
        (A.neg().neg(), "--a"),
        (A - -B, "a - -b"),
        (-(A**2), "-a ** 2"),
        ((-A) ** 2, "(-a) ** 2"),
        ((A**2) ** 3, "(a ** 2) ** 3"),
        (A**B**C, "a ** b ** c"),
        ((A**B) ** C, "(a ** b) ** c"),
        (A**-B, "a ** -b"),
        (A**-2, "a ** -2"),
        (A ** Value(-2.0), "a ** -2"),
        (Value(-2.0) ** A, "(-2) ** a"),
        (2**A, "2 ** a"),
        (A * -2.0, "a * -2"),
        (A + 1e300, "a + 1e+300"),
        (A + 0.1, "a + 0.1"),
        (A * math.inf, "a * inf"),
        ((A + B).tanh() ** 2, "tanh(a + b) ** 2"),
        (ops.less(A, B) + C, "(a < b) + c"),
        (ops.less(A, ops.less(B, C)), "a < (b < c)"),
        (ops.less(ops.less(A, B), C), "(a < b) < c"),
        (ops.where(ops.equal(A, B), A, B), "where(a == b, a, b)"),
        (A.clip(0.0), "clip(a, 0, inf)"),
        (A.leaky_relu(slope=-0.5), "leaky_relu(a, -0.5)"),
        (abs(A - B), "abs(a - b)"),
        (Value(7.0, (A, B), "+"), "+(a, b)"),
        (Value(7.0, (A,) * 12, "{}"), f"{{}}({', '.join('a' * 12)})"),
        (Value(7.0, (A,)), "by_hand(a)"),
        (Value(-0.0), "-0"),
        (Value(2.0), "2"),
        (A, "a"),
    ],
)
def test_formulas(node: Value, written: str) -> None:
    assert text(node) == written


X = Tensor(np.ones((2, 3)), label="X")


@pytest.mark.parametrize(
    ("node", "written"),
    [
        (X @ X.T, "X @ transpose(X, (1, 0))"),
        (X.sum(axis=0), "sum(X, 0, False)"),
        ((X * 2.0 + 1.0).mean(), "mean(X * 2 + 1, None, False)"),
        (X + np.ones(3), "X + <constant of shape (3,)>"),
        (X[1:, ::2], "X[1:, ::2]"),
        ((X + X)[0], "(X + X)[0]"),
        (X[np.array([0, 1, 1])], "X[int64(3,)]"),
        (X.reshape(-1), "reshape(X, (-1,))"),
    ],
)
def test_formulas_of_arrays(node: Tensor, written: str) -> None:
    assert text(node) == written


@each("row", ROWS)
def test_every_row_is_known_to_pythons_grammar(row: str) -> None:
    infix = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "//": ast.FloorDiv, "%": ast.Mod, "**": ast.Pow}
    expected = infix.get(TABLE[row].symbol, ast.Call)
    found = operator_of(TABLE[row])
    if row == "neg":
        expected = ast.USub
    elif row == "power":
        expected = ast.Pow
    elif issubclass(found, ast.cmpop):
        expected = type(ast.parse(f"a {TABLE[row].symbol} b", mode="eval").body.ops[0])
    assert found is expected


# --- mathematics ------------------------------------------------------------------------------------------------------


def set_in_type(formula: str) -> None:
    """Set a formula with matplotlib, which refuses what is no mathematics; it knows no escaped underscore."""
    mathtext = pytest.importorskip("matplotlib.mathtext")
    mathtext.MathTextParser("path").parse(f"${formula.replace(chr(92) + '_', '-')}$")


@pytest.mark.slow
@each("row", ROWS)
def test_every_row_can_be_set(row: str) -> None:
    rng = generator(row)
    op = with_parameters(TABLE[row], rng)
    y = op(*(Value(number, label=f"x_{k}") for k, number in enumerate(inputs_in_domain(op, rng))))
    for node in (y, y**2, -y, y / y, ops.less(y, y), y.exp() ** y):
        set_in_type(latex(node))


@pytest.mark.slow
@given(programs(ANY_FLOAT))
def test_random_formulas_can_be_set(program: Program) -> None:
    y = program.run(labelled(program))
    assume(isinstance(y, Value))
    formula = latex(y)
    assert formula.count("{") == formula.count("}")
    assert formula.count(r"\left") == formula.count(r"\right")
    assume(len(formula) < 300)  # the oracle takes seconds for long ones
    set_in_type(formula)


@pytest.mark.parametrize(
    ("node", "written"),
    [
        (A / B * C, r"\frac{a}{b} \cdot c"),
        (A * (B / C), r"a \cdot \frac{b}{c}"),
        ((A / B) ** 2, r"(\frac{a}{b})^{2}"),
        (A.exp() ** 2, r"(e^{a})^{2}"),
        ((A + B).exp(), r"e^{a + b}"),
        ((A + B).exp2() ** 2, r"(2^{a + b})^{2}"),
        ((A + B) // C * A, r"\left\lfloor\frac{a + b}{c}\right\rfloor \cdot a"),
        ((A + B) % C + 1, r"((a + b) \;\mathrm{mod}\; c) + 1"),
        (A % B * C, r"(a \;\mathrm{mod}\; b) \cdot c"),
        (A % (B % C), r"a \;\mathrm{mod}\; (b \;\mathrm{mod}\; c)"),
        ((A + B) / (A - B), r"\frac{a + b}{a - b}"),
        ((A + B).sqrt() ** 2, r"\sqrt{a + b}^{2}"),
        ((A**B) ** C, r"(a^{b})^{c}"),
        (A ** (B + C), r"a^{b + c}"),
        (abs(A - B), r"\left|a - b\right|"),
        (A * 1e-7, r"a \cdot (1 \cdot 10^{-7})"),
        (A**1e300, r"a^{1 \cdot 10^{300}}"),
        (A.clip(0.0), r"\operatorname{clip}\left(a, 0, \infty\right)"),
        (ops.less(A, B) * C, r"[a < b] \cdot c"),
        (A.leaky_relu(), r"\operatorname{leaky\_relu}\left(a, 0.01\right)"),
    ],
)
def test_formulas_of_mathematics(node: Value, written: str) -> None:
    assert latex(node) == written
    set_in_type(written)


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("x", "x"),
        ("x_1", "x_{1}"),
        ("x_", r"x\_"),
        ("layer_1_w", r"layer_{1\_w}"),
        ("50%", r"50\%"),
        ("a{b}", r"a\{b\}"),
        ("$x$", r"\$x\$"),
        ("#&", r"\#\&"),
        ("\\input{x}", r"\textbackslash{}input\{x\}"),
        ("x^2", r"x\textasciicircum{}2"),
        ("a\nb\x00", "a b "),
        ("ω", "ω"),
    ],
)
def test_labels_are_taken_as_text(label: str, written: str) -> None:
    assert latex(Value(1.0, label=label)) == written


@given(st.text(max_size=20), st.text(max_size=20))
def test_hostile_labels_do_no_harm(one: str, other: str) -> None:
    a, b = Value(1.0, label=one), Value(2.0, label=other)
    for node in (a, a * b + a, Value(3.0, (a, b), one), (a + b).tanh()):
        formula = latex(node)
        bare = re.sub(r"\\[{}]", "", formula)
        assert bare.count("{") == bare.count("}")
        assert not re.search(r"(?<!\\)[$%#&~]", formula)
        assert formula.isprintable()
    shown = "".join(c if c.isprintable() else " " for c in one) or "1"
    assert text(-a) == f"-{shown}"


# --- length -----------------------------------------------------------------------------------------------------------


def test_short_formulas_are_written_whole() -> None:
    y = A
    for _ in range(100):
        y = y + B
    assert text(y) == "a" + " + b" * 100


@pytest.mark.parametrize("write", [text, latex])
def test_a_long_chain_keeps_its_end(write: Any) -> None:
    y = A
    for _ in range(100_000):
        y = y + B
    written = write(y)
    assert 500 < len(written) <= LONGEST
    assert written.startswith("... + b")
    assert set(re.split(r" \+ ", written)[1:]) == {"b"}


@pytest.mark.parametrize("write", [text, latex])
def test_shared_nodes_do_not_multiply(write: Any) -> None:
    y = A + B
    for _ in range(200):
        y = y * y + y
    written = write(y)
    assert len(written) <= LONGEST
    assert "..." in written
    assert written.count("(") == written.count(")")


@pytest.mark.parametrize("write", [text, latex])
def test_wide_and_deep_graphs_are_cut(write: Any) -> None:
    leaves = [Value(0.1 * k, label=f"w{k}") for k in range(300)]
    y = sum(a * b for a in leaves for b in leaves[:10])
    assert len(write(y)) <= LONGEST
    assert len(write(y.tanh() / y)) <= LONGEST


def test_a_long_label_is_cut_where_it_is_used() -> None:
    long = Value(1.0, label="x" * 10_000)
    assert text(long + A) == "... + a"
