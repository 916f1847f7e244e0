"""What Sphinx is told of our pages: their examples draw, formulas become MathML, docstrings are Markdown's."""

import pytest

from micrograd_plus import Value, viz
from tests.command_line import ROOT

pytest.importorskip("sphinx", reason="sphinx is not installed")


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "extensions"))


PAGE = """
```python
>>> from micrograd_plus import Value, viz
>>> picture = viz.draw(Value(2.0) * {number})
>>> picture.root.data
6.0

```
"""


def test_a_picture_is_what_the_examples_of_its_page_have_drawn() -> None:
    from drawn import file_of, variables_after

    content, ending = file_of(variables_after(PAGE.format(number=3.0), "page")["picture"])
    assert ending == "svg"
    assert content.startswith(b"<")
    assert b"data 6" in content


def test_an_example_that_prints_something_else_ends_the_build() -> None:
    from drawn import variables_after
    from sphinx.errors import ExtensionError

    with pytest.raises(ExtensionError, match=r"(?s)Expected:\s+6.0\s+Got:\s+8.0"):
        variables_after(PAGE.format(number=4.0), "page")


def test_players_and_plots_are_shown_and_numbers_are_not() -> None:
    from drawn import file_of
    from matplotlib.figure import Figure

    x = Value(1.0)
    shown = [viz.player(x * x), viz.player(x * x).html, viz.frames(x * x), Figure(), 2.0, "text"]
    assert [file_of(one)[1] for one in shown] == ["html", "html", "gif", "png", "", ""]


def test_a_formula_that_cannot_be_read_ends_the_build() -> None:
    from mathml import mathml
    from sphinx.errors import ExtensionError

    assert "<mfrac>" in mathml(r"\frac{a}{b}", is_block=True)
    with pytest.raises(ExtensionError, match="nothing_known"):
        mathml(r"\nothing_known", is_block=True)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("Return `x`, of `Value`s.", r"Return ``x``, of ``Value``\ s."),
        ("(`*args` and **options)", r"(``*args`` and \*\*options)"),
        ("names_ and |x| and a_b", r"names\_ and \|x\| and a_b"),
        ("X. Glorot wrote ``code``", r"\X. Glorot wrote ``code``"),
    ],
)
def test_a_line_of_a_docstring_is_translated(line: str, wanted: str) -> None:
    from docstrings import translated

    assert translated(line) == wanted


def test_an_underscore_in_the_name_of_an_operator_is_one() -> None:
    from mathml import mathml

    shown = mathml(r"\operatorname{leaky\_relu}\left(a\right)", is_block=True)
    assert "leaky_relu" in shown
    assert "\\" not in shown


def test_examples_in_docstrings_stay_as_they_are() -> None:
    from docstrings import translate

    lines = ["Return `x`.", "", ">>> f(*a)  # `x`", "[*]", "", "As `y`."]
    translate(None, "function", "f", None, None, lines)
    assert lines == ["Return ``x``.", "", ">>> f(*a)  # `x`", "[*]", "", "As ``y``."]
