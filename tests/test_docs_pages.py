"""Every page of the documents is in a table of contents: Sphinx would complain of one that nobody finds."""

import re

from tests.command_line import ROOT

DOCS = ROOT / "docs"
_TOCTREE = re.compile(r"^```\{toctree\}\n(?::[^\n]*\n)*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_every_page_is_in_a_table_of_contents() -> None:
    pages = {page.relative_to(DOCS).with_suffix("") for page in DOCS.rglob("*.md")}
    listed = {
        (page.parent / name).relative_to(DOCS)
        for page in DOCS.rglob("*.md")
        for contents in _TOCTREE.findall(page.read_text("utf-8"))
        for name in contents.split()
    }
    assert listed == {page for page in pages if page.name != "index" or page.parent.name}
