"""The report of an experiment: what was asked, what came out, and how that looks, on one page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from micrograd_plus.viz.page import page
from micrograd_plus.viz.page_parts import columns, in_page, picture_uri


@dataclass(frozen=True)
class Section:
    """A part of a report; `text` has a paragraph a line, `pictures` are PNG or GIF, `rows` a table under `header`."""

    heading: str
    text: str = ""
    pictures: Sequence[bytes] = ()
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def lab_page(title: str, lead: str, sections: Iterable[Section]) -> str:
    """Return an HTML page that needs nothing but itself; all texts are plain, the `lead` has a paragraph a line.

    >>> "<h2>Curves</h2>" in lab_page("Learning rates", "Three rates.", [Section("Curves", "Of the loss.")])
    True
    """
    header = f"<header>\n<h1>{in_page(title)}</h1>\n{_paragraphs(lead)}</header>"
    body = "".join(map(_section, sections))
    return page(title, f"{header}\n<main>\n{body}</main>", styles=["report.css"])


def _section(section: Section) -> str:
    heading = in_page(section.heading)
    parts = [f"<h2>{heading}</h2>\n", _paragraphs(section.text)]
    parts += [f"<img src='{picture_uri(picture)}' alt='{heading}'>\n" for picture in section.pictures]
    if section.rows:
        parts.append(columns(section.header, section.rows))
    return f"<section class=wide>\n{''.join(parts)}</section>\n"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{in_page(line)}</p>\n" for line in text.splitlines() if line.strip())
