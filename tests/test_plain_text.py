"""What is written fits the encoding that it is written in."""

import pytest

from micrograd_plus.cli.plain_text import writable

SIGNS = "∂out/∂x += 3 · 2 → ⇢ Σ … ×2\n├ a\n│ └ b"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "utf-8", None])
def test_any_encoding_can_write_it(encoding: str | None) -> None:
    text = writable(SIGNS, encoding)
    assert text.encode(encoding or "ascii").decode(encoding or "ascii") == text
    assert "?" not in text


def test_columns_of_a_tree_stay_in_line() -> None:
    tree = "├ a  1\n│ └ b  2"
    assert [len(line) for line in writable(tree, "ascii").splitlines()] == [len(line) for line in tree.splitlines()]


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert writable("a\x1b[31mb\x07\rc\x9b", "utf-8") == "a?[31mb??c?"
