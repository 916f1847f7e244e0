"""Texts for people: counts with their nouns, names in a row, names cut to a length."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """Return a number and a noun, with an s unless it is one.

    >>> counted(1, "step"), counted(2000, "step")
    ('1 step', '2,000 steps')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Return names as a sentence lists them; `last` stands before the last one.

    >>> listed(["sgd", "adam", "adamw"])
    'sgd, adam and adamw'
    """
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else names[0]


def one_line(name: str, most: int = 40) -> str:
    """Return a name as `shortened` does, in one line.

    >>> one_line("two\\nlines")
    'two lines'
    """
    return shortened(" ".join(name.split()), most)


def shortened(text: str, most: int = 40) -> str:
    """Return a name of at most so many characters, none of which is not seen or turns the text around.

    >>> shortened("w" * 100, most=8), shortened("a\\u202eb")
    ('wwwww...', 'a\ufffdb')
    """
    text = text if len(text) <= most else text[: most - 3] + "..."
    return "".join(c if c == "\n" or c.isprintable() else "\ufffd" for c in text)


def printable(text: str) -> str:
    """Return a text in one line, with blanks in the place of what a terminal would obey or not show.

    >>> printable("two\\nlines")
    'two lines'
    """
    return "".join(c if c.isprintable() else " " for c in text)
