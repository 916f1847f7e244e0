"""Texts, figures and tables of pages hold what a user named as texts of one line, whatever is in them."""

from collections.abc import Callable
from html.parser import HTMLParser

from micrograd_plus.texts import printable
from micrograd_plus.viz.page_parts import columns, facts, figure, in_page
from tests.cases import each
from tests.hostile import TEXTS

# Each writes one text in each of its places, and says which these are: the elements, or attributes of one.
PARTS: dict[str, tuple[Callable[[str], str], list[str]]] = {
    "figure": (lambda text: figure("data:,", text, text), ["h2", "img.alt", "figcaption"]),
    "facts": (lambda text: facts(text, {text: text}), ["caption", "th", "td"]),
    "columns": (lambda text: columns([text], [[text]]), ["th", "td"]),
}


class Places(HTMLParser):
    """The texts of a piece of HTML, by their places; what is said in no place that is known is in `html` itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open = ["html"]
        self.found: dict[str, str] = {}
        self.tags: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(" ".join([tag, *(name for name, _ in attrs)]))
        self.found |= {f"{tag}.{name}": value or "" for name, value in attrs}
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.found[self.open[-1]] = self.found.get(self.open[-1], "") + data


@each("text", TEXTS)
def test_texts_are_texts_in_every_place(text: str) -> None:
    for write, places in PARTS.values():
        written, plain = Places(write(text)), Places(write("plain"))
        assert {place: written.found.get(place, "") for place in places} == dict.fromkeys(places, printable(text))
        assert written.tags == plain.tags
        assert all(line.isprintable() for line in write(text).split("\n")), ascii(write(text))


def test_a_text_is_of_one_line() -> None:
    assert in_page("two\nlines & <\x1b") == "two lines &amp; &lt; "
