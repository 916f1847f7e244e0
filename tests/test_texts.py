"""Texts for people: counts with their nouns, names in a row, names cut to a length."""

import pytest

from micrograd_plus.texts import counted, listed, one_line, shortened


@pytest.mark.parametrize(("count", "text"), [(0, "0 steps"), (1, "1 step"), (2, "2 steps"), (12345, "12,345 steps")])
def test_a_noun_agrees_with_its_count(count: int, text: str) -> None:
    assert counted(count, "step") == text


def test_names_are_listed_with_commas_and_one_word() -> None:
    assert [listed("abc"[:k]) for k in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
    assert listed("abc", "or") == "a, b or c"


@pytest.mark.parametrize("label", ["\x00", "\u202e", "\ud800", "\u2028", "\ufffe", "\u200f", "\x1b[31m"])
def test_what_is_not_printable_is_replaced(label: str) -> None:
    text = shortened(f"a{label}b")
    assert all(c.isprintable() for c in text)
    assert text.encode().startswith(b"a")


def test_names_are_shortened() -> None:
    assert len(shortened("x" * 10_000)) == 40
    assert shortened("two\nlines") == "two\nlines"
    assert one_line("two\nlines") == "two lines"
