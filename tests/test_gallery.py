"""The gallery shows what its script draws: texts, code and, with the same Graphviz, pictures to the byte."""

import re
from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from micrograd_plus.viz import Drawing
from tests.test_golden_svg import DRAWN_BY, installed

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "gallery.md").read_text(encoding="utf-8")
SCRIPT = run_path(str(DOCS / "draw_gallery.py"))
EXHIBITS: list[Callable[[], Any]] = [exhibit for exhibits in SCRIPT["CHAPTERS"].values() for exhibit in exhibits]


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.__name__)
def test_text_and_code_of_an_exhibit_are_those_of_the_script(exhibit: Callable[[], Any]) -> None:
    assert f"{SCRIPT['_text'](exhibit)}\n{SCRIPT['_code'](exhibit)}" in PAGE


def test_every_file_that_the_page_shows_is_there_and_no_other() -> None:
    shown = set(re.findall(r"\(gallery/([\w.]+)\)", PAGE))
    assert shown == {file.name for file in (DOCS / "gallery").iterdir()}


def test_the_chapter_on_the_lab_is_that_of_the_script() -> None:
    assert PAGE.endswith("\n".join(SCRIPT["_lab"]()))


def test_the_lesson_shows_each_picture_of_its_script_below_the_command_that_draws_it() -> None:
    page = (DOCS / "lab.md").read_text(encoding="utf-8")
    pictures = run_path(str(DOCS / "draw_lab.py"))["PICTURES"]
    assert {file.stem for file in (DOCS / "lab").iterdir()} == set(pictures)
    for name, (command, _) in pictures.items():
        assert page.index(f"$ {command}\n") < page.index(f"](lab/{name}.png)")


@pytest.mark.slow
@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.__name__)
def test_what_an_exhibit_draws_is_what_hangs_there(exhibit: Callable[[], Any]) -> None:
    found = exhibit()
    if isinstance(found, str):
        assert found.strip() in PAGE
    elif isinstance(found, Drawing):
        if installed() != DRAWN_BY:
            pytest.skip(f"drawn by graphviz-pure {DRAWN_BY}; here is {installed()}")
        assert found.render("svg") == (DOCS / "gallery" / f"{exhibit.__name__}.svg").read_bytes()
    else:  # pages and plots, whose bytes depend on fonts and on versions of other libraries
        assert list((DOCS / "gallery").glob(f"{exhibit.__name__}.*"))
