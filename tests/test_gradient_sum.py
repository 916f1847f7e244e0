"""One sum, three forms: each says the same, and no label can break out of it."""

import html
import re

import numpy as np
import pytest

from micrograd_plus import Tensor, Value
from micrograd_plus.gradient_sum import GradientSum, Term
from micrograd_plus.why import explain

HOSTILE = "a|b_{c}\n$x$ `<script>` **d** \\end{aligned} & %"


def two_paths(label: str = "w") -> GradientSum:
    x, w = Value(2.0, label="x"), Value(0.25, label=label)
    return explain((x * w).tanh() - 3 * w, w)


def test_text_holds_symbols_and_numbers_of_each_path() -> None:
    lines = repr(two_paths()).splitlines()
    slope = 1 - np.tanh(0.5) ** 2
    assert lines[0] == f"∂out/∂w = {2 * slope - 3:.4g}: the sum of 2 paths"
    assert [line.split() for line in lines[3:5]] == [
        ["-3", f"{100 * 3 / (3 + 2 * slope):.3g}", "%", "w", "→", "*#6", "→", "out"],
        ["3", "·", "(-1)"],
    ]
    assert lines[6].strip() == f"x · (1 - tanh#4 * tanh#4) = 2 · {slope:.4g}"
    assert lines[-1] == f"sum of all paths = {2 * slope - 3:.4g} = the gradient"


def test_markdown_is_a_table_of_the_same_terms() -> None:
    found = two_paths()
    rows = [line for line in found.markdown.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(found.terms)
    cells = [[html.unescape(cell.strip()) for cell in row.strip("|").split(" | ")] for row in rows]
    assert cells[0] == ["share", "of all", "path", "local derivatives"]
    assert [cell[2] for cell in cells[2:]] == [term.title for term in found.terms]
    assert found._repr_markdown_() == found.markdown


def test_latex_is_a_sum_of_products() -> None:
    found = two_paths()
    assert found.latex.startswith("\\begin{aligned}\n\\frac{\\partial out}{\\partial w} &= ")
    assert r"\underbrace{3 \cdot (-1)}_{-3}" in found.latex
    assert r"x \cdot \left(1 - tanh\#4 \cdot tanh\#4\right)" in found.latex
    assert found.latex.count("{") == found.latex.count("}")
    assert found._repr_latex_() == f"$$\n{found.latex}\n$$"


@pytest.mark.parametrize("by", ["path", "reader"])
def test_labels_stay_labels_in_every_form(by: str) -> None:
    w = Value(0.25, label=HOSTILE)
    plain, hostile = explain(Value(2.0, label="x") * w + w, w, by), two_paths(HOSTILE)
    for found in (plain, hostile):
        assert len(repr(found).splitlines()) == len(repr(found).split("\n"))
        table = [line for line in found.markdown.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in table}) == 1
        assert not re.search(r"[<`$]", found.markdown)
        assert found.latex.count("\\end{aligned}") == 1
        assert not re.search(r"(?<!\\)[%$]", found.latex)


def test_arrays_are_shown_as_ranges() -> None:
    w = Tensor([1.0, -2.0], label="w")
    found = explain((w * [3.0, 4.0]).sum() + (w * w).sum(), w)
    assert "[3 .. 4]" in repr(found)
    assert r"[3 \ldots 4]" in found.latex
    assert found.head.startswith("∂out/∂w = [0 .. 5]: the sum of 3 paths")


def test_a_sum_that_is_not_the_gradient_is_told() -> None:
    wrong = GradientSum("out", "x", 2.0, 3.0, 0.0, 1e-12, "path", 1, (Term(3.0, 1.0, "x → out"),), {})
    assert not wrong.is_right
    assert wrong.check == "sum of all paths = 3, but the gradient is 2"


def test_nan_is_no_contradiction() -> None:
    x = Value(0.0, label="x")
    with np.errstate(all="ignore"):
        found = explain(x.log() * 0.0, x)
    assert "nan" in repr(found)
    assert r"\partial" in found.latex
    assert found.is_right
