"""Pages hold themselves together: what stands in them is text, and nothing but our scripts may run."""

import base64
import hashlib
import html
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_plus.viz.page import Page, json_text, page
from tests.hostile import DRAWN as HOSTILE

STATIC = Path(__file__).parents[1] / "viz" / "static"


class Elements(HTMLParser):
    """The start tags of a page with their attributes, and the text inside each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open = tag

    def handle_endtag(self, tag: str) -> None:
        self.open = ""

    def handle_data(self, data: str) -> None:
        self.texts[self.open] = self.texts.get(self.open, "") + data


def policy(text: str) -> str:
    contents = [attributes.get("content") for tag, attributes in Elements(text).tags if "http-equiv" in attributes]
    assert len(contents) == 1
    return contents[0] or ""


# --- data -------------------------------------------------------------------------------------------------------------


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_says_what_it_was_told_and_can_stand_in_a_script(data: Any) -> None:
    text = json_text(data)
    assert json.loads(text) == data
    assert not set("<>&\u2028\u2029") & set(text)


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_texts_survive_as_they_are(label: str) -> None:
    text = json_text([label])
    assert json.loads(text) == [label]
    text.encode()  # no lone surrogate is left in it


def test_numbers_that_are_not_finite_become_texts_that_javascript_reads() -> None:
    numbers = [math.nan, math.inf, -math.inf, np.float32(0.5)]
    assert json.loads(json_text({"x": np.array(numbers), "y": (numbers,)})) == {
        "x": ["NaN", "Infinity", "-Infinity", 0.5],
        "y": [["NaN", "Infinity", "-Infinity", 0.5]],
    }


def test_what_is_no_data_is_refused() -> None:
    with pytest.raises(TypeError):
        json_text([object()])


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_policy_knows_our_scripts_by_their_hashes_and_no_others() -> None:
    text = page("title", "<p>body</p>", scripts=["transport.js", "zoom.js"])
    assert policy(text).startswith("default-src 'none';")
    assert "'unsafe-inline'" not in policy(text).partition("script-src")[2]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in scripts]
    assert re.findall(r"'sha256-(.*?)'", policy(text)) == hashes
    assert scripts == [(STATIC / name).read_text("utf-8") for name in ("transport.js", "zoom.js")]


def test_without_scripts_none_may_run() -> None:
    assert policy(page("title", "")).endswith("script-src 'none'")


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_is_text(title: str) -> None:
    found = Elements(page(title, "", data=[title]))
    assert [tag for tag, _ in found.tags if tag in ("img", "script")] == ["script"]
    seen = "".join(" " if c == "\n" else c if c.isprintable() else "\ufffd" for c in title)
    assert found.texts["title"][:100] == seen[:100]
    assert json.loads(found.texts["script"]) == [title]


def test_a_page_asks_for_nothing() -> None:
    for file in STATIC.iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")  # a name, not an address
        assert "http" not in text
        assert "url(" not in text
        assert "innerHTML" not in text
        assert "</script" not in text


def test_what_no_file_can_hold_is_replaced() -> None:
    assert "<p>bad?.csv</p>" in page("bad\udcff.csv", "<p>bad\udcff.csv</p>").encode().decode()


def test_saved_and_shown(tmp_path: Path) -> None:
    made = Page(page("title", "<p>a &amp; b</p>"), height=300)
    made.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8") == made.html
    [(tag, attributes)] = Elements(made._repr_html_()).tags
    assert tag == "iframe"
    assert attributes["sandbox"] == "allow-scripts"
    assert attributes["srcdoc"] == made.html
    assert "300px" in (attributes["style"] or "")
    assert html.unescape(made._repr_mimebundle_()["text/html"]) == html.unescape(made._repr_html_())
    assert made._repr_mimebundle_()["text/plain"] == repr(made)
