"""Parts of a page as HTML: texts, figures with pictures in them, and tables."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from micrograd_plus.texts import printable


def in_page(text: str) -> str:
    """Return a text as pages write it: nothing in it is markup, or turns round or hides what stands there.

    >>> in_page("a < b\\x1b[31m")
    'a &lt; b [31m'
    """
    return escape(printable(text))


def figure(source: str, title: str, text: str, *, is_wide: bool = False) -> str:
    """Return a picture, given as a URI, between its title and a text."""
    return (
        f"<figure{' class=wide' * is_wide}>\n<h2>{in_page(title)}</h2>\n<img src='{source}' alt='{in_page(title)}'>\n"
        f"<figcaption>{in_page(text)}</figcaption>\n</figure>\n"
    )


def picture_uri(picture: bytes) -> str:
    """Return a PNG or a GIF as a URI."""
    return data_uri("gif" if picture.startswith(b"GIF") else "png", picture)


def data_uri(kind: str, picture: bytes) -> str:
    """Return a picture as a URI that holds it; `kind` is "png", "gif" or "svg+xml"."""
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def facts(title: str, rows: Mapping[str, str]) -> str:
    """Return a section with a table of names and what is to be said of each."""
    cells = "".join(
        f"<tr><th scope='row'>{in_page(key)}</th><td>{in_page(text)}</td></tr>" for key, text in rows.items()
    )
    return f"<section>\n<table><caption>{in_page(title)}</caption>{cells}</table>\n</section>\n"


def columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table with a name above each column."""
    head = "".join(f"<th scope='col'>{in_page(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{in_page(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table class='columns'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>\n"
