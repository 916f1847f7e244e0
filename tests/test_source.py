"""A program's text: it runs as it stands, imports what it needs, and calls things by names that mean nothing else."""

import ast
import builtins
import keyword
from typing import Any

import numpy as np
import pytest

from micrograd_plus.array_ops import total
from micrograd_plus.compiler.arrays import Array, Builder
from micrograd_plus.compiler.lowering import lowered
from micrograd_plus.compiler.placing import Plan, placed
from micrograd_plus.compiler.source import RESERVED, Source
from micrograd_plus.ops import TABLE


def planned(root: Any) -> tuple[Plan, list[Array]]:
    flat = lowered([root])
    return placed(flat, []), flat


def source_of(root: Any, *given: str) -> Source:
    source = Source(given)
    plan, results = planned(root)
    source.function_of("step", plan, results)
    return source


def summed(x: Any) -> Any:
    return total(x, axis=None, keepdims=False)


def run(source: Source, **buffers: Any) -> Any:
    """Run the text, and its function, in an empty module."""
    names: dict[str, Any] = {**buffers, **source.functions, "constants": source.constants}
    exec(source.text("A test."), names)  # noqa: S102 - the text under test
    return names["step"]()


def stored(name: str = "x", *shape: int) -> Array:
    return Builder().stored(name, shape or (3,), np.float64)


def names_in(text: str) -> set[str]:
    """Return the names that a text gives to things."""
    tree = ast.parse(text)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


X = np.array([0.5, -1.0, 2.0])


def test_the_text_runs_as_it_stands() -> None:
    x = stored()
    assert run(source_of(summed(x.tanh() * x + 1.0)), x=X) == pytest.approx(float((np.tanh(X) * X + 1.0).sum()))


def test_it_imports_what_it_uses_and_nothing_else() -> None:
    x = stored()
    text = source_of(summed(x.tanh() * x[::-1] + 1.0) * summed(x).exp()).text("A test.")
    imported = {
        alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert imported <= used
    assert "import math" in text
    assert "import math" not in source_of(summed(x.tanh())).text("A test.")


def test_it_begins_with_its_title() -> None:
    tree = ast.parse(source_of(summed(stored().tanh())).text("What it does."))
    assert ast.get_docstring(tree) == "What it does."


def test_the_same_plan_gives_the_same_text() -> None:
    def text() -> str:
        x = stored()
        return source_of(summed(x.sigmoid() * x.gelu()) + x[1]).text("A test.")

    assert text() == text()


def test_results_may_be_several_numbers() -> None:
    x = stored()
    source = Source()
    flat = lowered([summed(x), x[0], summed(x) * 0.0 + 1.0])
    source.function_of("step", placed(flat, []), flat)
    assert run(source, x=X) == (1.5, 0.5, 1.0)


def test_results_are_floats() -> None:
    x = stored()
    for root in (x[1], x[1].tanh(), summed(x), summed(x * x), summed(x).less(2.0), summed(x).erf(), summed(x) ** 2.5):
        assert run(source_of(root), x=X).__class__ is float


def test_a_function_without_statements_passes() -> None:
    source = Source()
    source.function_of("step", Plan([]), [])
    assert run(source) is None


def test_arguments_are_numbers_that_the_function_is_called_with() -> None:
    builder = Builder()
    x, rate = builder.stored("x", (3,), np.float64), builder.argument("rate")
    flat = lowered([summed(x * rate), rate])
    source = Source()
    source.function_of("step", placed(flat[:1], []), flat[:1], [("rate", flat[1])])
    names: dict[str, Any] = {"x": X}
    exec(source.text("A test."), names)  # noqa: S102 - the text under test
    assert names["step"](2.0) == 3.0
    assert "def step(rate):" in source.text("A test.")


def test_two_functions_share_what_they_are_given() -> None:
    x = stored()
    source = Source()
    for name, root in (("first", summed(x.tanh())), ("second", summed(x.tanh() * 2.0))):
        plan, results = planned(root)
        source.function_of(name, plan, results)
    names: dict[str, Any] = {"x": X}
    exec(source.text("A test."), names)  # noqa: S102 - the text under test
    assert names["second"]() == pytest.approx(2.0 * names["first"]())


@pytest.mark.parametrize("number", [np.inf, -np.inf, 0.1, -3.0, 1e300, 5e-324, -0.0])
def test_numbers_read_back_as_they_are(number: float) -> None:
    x = stored()
    expected = float(np.where(X < 1.0, number, X)[1])
    found = run(source_of(TABLE["where"](x.less(1.0), number, x)[1]), x=X)
    assert (found, np.signbit(found)) == (expected, np.signbit(expected))
    one = run(source_of(TABLE["maximum"](x[0], number)), x=X)
    assert one == max(0.5, number)


def test_nan_is_a_number_too() -> None:
    assert np.isnan(run(source_of(stored()[0] + np.nan), x=X))


def test_constants_are_kept_once() -> None:
    x = stored()
    weights = np.array([1.0, 2.0, 3.0])
    source = source_of(summed(x * weights) + summed(x.exp() * weights.copy()))
    assert [value.tolist() for value in source.constants.values()] == [[1.0, 2.0, 3.0]]


def test_constants_of_equal_numbers_are_written_out() -> None:
    x = stored("x", 2, 3)
    source = source_of(summed(x + np.full((1, 3), 0.5)))
    assert source.constants == {}
    assert run(source, x=np.zeros((2, 3))) == 3.0


# --- names ------------------------------------------------------------------------------------------------------------

WISHES = [
    "lambda",
    "add",
    "float",
    "x",
    "loss",
    "2nd",
    "",
    "x y",
    "layer1.w",
    "größe",
    "σ",
    "x²",
    "ﬁ",
    "፩",
    "__",
    "a",
    "e",
    "print",
]


@pytest.mark.parametrize("wish", WISHES)
def test_any_wish_becomes_a_name_that_means_nothing_else(wish: str) -> None:
    x = stored()
    y, number = x.tanh(), summed(x.exp())
    y.name = number.name = wish
    source = source_of(summed(y * y.exp()) + number * number.tanh(), "x", "gradients")
    expected = float((np.tanh(X) * np.exp(np.tanh(X))).sum() + np.exp(X).sum() * np.tanh(np.exp(X).sum()))
    assert run(source, x=X) == pytest.approx(expected)
    names = names_in(source.text("A test."))
    assert not names & (RESERVED | {"x", "gradients"})
    assert not any(keyword.iskeyword(name) or hasattr(np, name) for name in names)


def test_many_of_one_name_are_numbered() -> None:
    x = stored()
    total_: Any = 0.0
    for k in range(5):
        part = summed((x * (k + 2.0)).sin())
        part.name = "part"
        total_ = part.tanh() + total_
    text = source_of(total_).text("A test.")
    assert {"part", "part1", "part2", "part3", "part4"} <= names_in(text)


def test_names_of_what_the_text_makes_are_no_builtins_that_it_calls() -> None:
    x = stored()
    y = x.tanh()
    y.name = "float"
    text = source_of(summed(y * y.exp())).text("A test.")
    called = {
        node.func.id
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not names_in(text) & called & set(dir(builtins))


def test_a_comment_stands_behind_the_line_it_is_of() -> None:
    x = stored()
    y = x.tanh()
    y.comment = "3 values"
    lines = source_of(summed(y * y.exp())).text("A test.").splitlines()
    assert [line.split("(")[0].strip() for line in lines if line.endswith("# 3 values")] == ["tanh"]
