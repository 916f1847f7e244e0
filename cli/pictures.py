"""A graph in every format there is, as bytes: which formats there are and which options each of them heeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from micrograd_plus.engine import Node
from micrograd_plus.viz.backward_player import player_html
from micrograd_plus.viz.drawing import draw
from micrograd_plus.viz.flowchart import mermaid
from micrograd_plus.viz.outline import text
from micrograd_plus.viz.slides import frames

_VIEW = ("detail", "rankdir", "expand", "focus", "up", "down", "depth", "min_grad", "shares")


class Made(NamedTuple):
    """A picture's content, and what is in it in words."""

    content: bytes
    summary: str


class Format(NamedTuple):
    """How a picture is made of a graph, the options that `make` takes, and the ending of files."""

    make: Callable[..., Made]
    options: tuple[str, ...]
    ending: str
    is_text: bool = False


def _drawn(format: str) -> Callable[..., Made]:
    def make(root: Node, **options: Any) -> Made:
        drawing = draw(root, **options)
        content = drawing.dot.encode() if format == "dot" else drawing.render(format)
        return Made(content, drawing.picture.summary)

    return make


def _player(root: Node, **options: Any) -> Made:
    return Made(player_html(root, **options).encode(), "open it in a browser to play forward and backward pass")


def _tree(root: Node, **options: Any) -> Made:
    written = text(root, **options)
    return Made(f"{written}\n".encode(), "the tree of values")


def _mermaid(root: Node, **options: Any) -> Made:
    return Made(mermaid(root, **options).encode(), "a Mermaid flowchart")


def _gif(root: Node, **options: Any) -> Made:
    made = frames(root, **options)
    return Made(made.gif(), f"{len(made)} frames of the backward pass")


FORMATS: Mapping[str, Format] = {
    "svg": Format(_drawn("svg"), _VIEW, ".svg", is_text=True),
    "png": Format(_drawn("png"), _VIEW, ".png"),
    "pdf": Format(_drawn("pdf"), _VIEW, ".pdf"),
    "gif": Format(_gif, ("by", "rankdir"), ".gif"),
    "html": Format(_player, ("by", "rankdir", "detail"), ".html", is_text=True),
    "dot": Format(_drawn("dot"), _VIEW, ".dot", is_text=True),
    "mermaid": Format(_mermaid, _VIEW, ".mmd", is_text=True),
    "text": Format(_tree, ("depth",), ".txt", is_text=True),
}
ENDINGS = " ".join(format.ending for format in FORMATS.values())


def format_of(path: Path) -> str | None:
    """Return the name of the format that a file's name ends in, None if there is none."""
    return next((name for name, format in FORMATS.items() if format.ending == path.suffix.lower()), None)
