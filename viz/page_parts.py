"""Parts of a report as HTML: figures with pictures in them, and tables."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape


def figure(source: str, title: str, text: str, *, is_wide: bool = False) -> str:
    """Return a picture, given as a URI, between its title and a text."""
    return (
        f"<figure{' class=wide' * is_wide}>\n<h2>{escape(title)}</h2>\n<img src='{source}' alt='{escape(title)}'>\n"
        f"<figcaption>{escape(text)}</figcaption>\n</figure>\n"
    )


def picture_uri(picture: bytes) -> str:
    """Return a PNG or a GIF as a URI."""
    return data_uri("gif" if picture.startswith(b"GIF") else "png", picture)


def data_uri(kind: str, picture: bytes) -> str:
    """Return a picture as a URI that holds it; `kind` is "png", "gif" or "svg+xml"."""
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def facts(title: str, rows: Mapping[str, str]) -> str:
    """Return a section with a table of names and what is to be said of each."""
    cells = "".join(f"<tr><th scope='row'>{escape(key)}</th><td>{escape(text)}</td></tr>" for key, text in rows.items())
    return f"<section>\n<table><caption>{escape(title)}</caption>{cells}</table>\n</section>\n"


def columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table with a name above each column."""
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table class='columns'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>\n"
