"""The site of the documents: it builds without a warning, its links lead somewhere, and it needs no network."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from inspect import ismodule
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

import micrograd_plus
from micrograd_plus import losses, nn, viz
from micrograd_plus.array_functions import FUNCTIONS
from micrograd_plus.ops import ALIASES, TABLE
from tests.browser import opened
from tests.command_line import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

PICTURES_AND_PROGRAMS = {"audio", "embed", "iframe", "img", "script", "source", "video"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    pytest.importorskip("sphinx", reason="sphinx is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(ROOT / "docs"), str(folder)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return folder


class Page(HTMLParser):
    """The addresses in a page that lead elsewhere, those of what it is made of, and the places that can be led to."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.parts: set[str] = set()
        self.places: set[str] = {""}
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag == "link" and "href" in given:
            self.parts.add(given["href"])
        if tag in PICTURES_AND_PROGRAMS and "src" in given:
            self.parts.add(given["src"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {file: Page(file) for file in sorted(site.rglob("*.html")) if "_static" not in file.parts}


def test_every_link_leads_to_a_file_and_a_place_in_it(pages: dict[Path, Page]) -> None:
    lost, followed = [], 0
    for file, page in pages.items():
        for address in page.links | page.parts:
            parts = urlsplit(address)
            if parts.scheme:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            followed += 1
            has_place = target not in pages or unquote(parts.fragment) in pages[target].places
            if not target.is_file() or not has_place:
                lost.append(f"{file.name}: {address}")
    assert followed > 500
    assert lost == []


def test_nothing_that_a_page_is_made_of_comes_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    made_of = {address for page in pages.values() for address in page.parts}
    assert {address for address in made_of if urlsplit(address).scheme not in ("", "data")} == set()
    styles = "".join(file.read_text("utf-8") for file in site.rglob("*.css"))
    assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)\"']*", styles) == []


def test_the_front_page_finds_a_word_and_a_player_in_a_page_steps(site: Path, browser: Browser) -> None:
    with opened(browser, site / "index.html", within=site) as page:
        page.get_by_role("textbox", name="Search").fill("tangent")
        page.keyboard.press("Enter")
        page.locator("#search-results li a", has_text="Gradient descent").first.click()
        assert page.locator("h1").first.inner_text().startswith("Gradient descent")
        player = page.frame_locator("iframe.drawn")
        rule = player.locator(".rule").first
        before = rule.inner_text()
        player.get_by_role("slider").press("ArrowRight")
        assert rule.inner_text() != before
        assert "<-" in before


def test_the_reference_has_every_public_name(pages: dict[Path, Page]) -> None:
    places = set().union(*(page.places for page in pages.values()))
    rows = {row.name: row for row in TABLE.values()}
    of_tables = FUNCTIONS | ALIASES | rows
    first = {id(function): name for name, function in reversed(list((rows | FUNCTIONS).items()))}
    wanted = {first.get(id(of_tables[name]), name) for name in micrograd_plus.__all__ if name in of_tables}
    wanted |= {f"micrograd_plus.{name}" for name in micrograd_plus.__all__ if name not in of_tables}
    for part in (losses, nn, viz):
        wanted |= {f"{part.__name__}.{name}" for name in part.__all__ if not ismodule(getattr(part, name))}
    assert wanted - places == set()
