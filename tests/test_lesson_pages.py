"""Every page of the lesson is whole: formula, our code, a picture, a player, an exercise with its check.

That the examples print what the pages say, doctest finds; that code and pictures are there, the build of the site.
"""

import re
from doctest import DocTestParser
from pathlib import Path

import pytest

from tests.command_line import ROOT

LESSON = ROOT / "docs" / "lesson"
PAGES = sorted(page for page in LESSON.glob("*.md") if page.stem != "index")
_CHECK = re.compile(r"^check\(.*\)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_formula_code_picture_and_player(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "\n$$ " in text
    assert re.search(r"^```\{literalinclude\} ../../micrograd_plus/\S+\.py\n:pyobject: \w", text, re.MULTILINE)
    assert "```{drawn} picture\n:alt: " in text
    assert "```{drawn} player\n:alt: " in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_an_exercise_tells_right_answers_from_wrong_ones(page: Path) -> None:
    examples = DocTestParser().get_examples(page.read_text("utf-8"))
    verdicts = [example.want.strip("'\"\n") for example in examples if _CHECK.match(example.source)]
    assert "right" in verdicts
    assert any(verdict.startswith("wrong: ") for verdict in verdicts)


def test_the_index_leads_to_every_page() -> None:
    index = (LESSON / "index.md").read_text("utf-8")
    assert len(PAGES) == 9
    assert [page.stem for page in PAGES if f"\n{page.stem}\n" not in index] == []
