"""Pages that are read on a code host too: what stands in them for its sake reads well on the site as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx import addnodes
from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx change pages as it reads and writes them."""
    app.add_lexer("mermaid", TextLexer)  # flowcharts, which code hosts draw
    app.connect("doctree-read", end_code_without_blank_line)
    app.connect("doctree-read", name_folders)
    app.connect("doctree-resolved", open_players)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def end_code_without_blank_line(app: Sphinx, page: nodes.document) -> None:
    """Take away the line that doctest wants after an example's output."""
    for block in page.findall(nodes.literal_block):
        block.rawsource = block.astext().rstrip("\n")  # else Sphinx leaves doctest's marks in
        block[:] = [nodes.Text(block.rawsource)]


def name_folders(app: Sphinx, page: nodes.document) -> None:
    """Leave of links to folders of the project, which a site has no pages of, their text."""
    beside = Path(page["source"]).parent
    for link in list(page.findall(addnodes.pending_xref)):
        if (beside / link["reftarget"]).is_dir():
            link.replace_self(link.children)


def open_players(app: Sphinx, page: nodes.document, name: str) -> None:
    """Make links to players open them, where Sphinx would have them downloaded."""
    root = app.builder.get_relative_uri(name, "index").removesuffix("index.html")
    for link in list(page.findall(addnodes.download_reference)):
        if link.get("filename", "").endswith(".html"):
            link.replace_self(nodes.reference("", "", *link.children, refuri=f"{root}_downloads/{link['filename']}"))
