"""The reference of operations is what its script writes: all rows and functions are on it, by construction."""

import re
from pathlib import Path
from runpy import run_path

import pytest

from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.ops import TABLE

DOCS = Path(__file__).parents[1] / "docs"
SCRIPT = run_path(str(DOCS / "draw_operations.py"))
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("operations.md", "array_operations.md")}


def test_the_pages_are_what_the_script_writes() -> None:
    assert SCRIPT["pages"]() == PAGES, "run: python docs/draw_operations.py"


def test_every_row_and_function_has_a_section_and_what_it_shows_is_there() -> None:
    assert re.findall(r"^## (\w+)$", PAGES["operations.md"], flags=re.MULTILINE) == list(TABLE)
    functions = {function: name for name, function in reversed(FUNCTIONS.items())}
    headings = re.findall(r"^### (\w+)$", PAGES["array_operations.md"], flags=re.MULTILINE)
    assert sorted(headings) == sorted(functions.values())
    shown = set(re.findall(r"\(operations/([\w.]+)\)", "".join(PAGES.values())))
    assert shown == {file.name for file in (DOCS / "operations").iterdir()}


@pytest.mark.parametrize("row", sorted(TABLE))
def test_curves_are_those_of_the_row(row: str) -> None:
    assert SCRIPT["curves"](TABLE[row]) == (DOCS / "operations" / f"{row}.svg").read_text(encoding="utf-8")


def test_an_example_is_derived_and_drawn() -> None:
    case = SCRIPT["example_of"]("matmul")
    assert [x.label for x, _ in SCRIPT["gradients_of"](case)] == ["a", "b"]
    assert SCRIPT["picture_of"](case).root.op.name == "matmul"
