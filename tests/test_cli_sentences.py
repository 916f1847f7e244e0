"""Sentences are broken between words in a terminal, and nowhere else."""

import io
from contextlib import redirect_stderr, redirect_stdout

import pytest

from micrograd_plus.cli.errors import one_line_each
from micrograd_plus.cli.sentences import say

SENTENCE = "small  vanishes: the signal shrinks by 0.0577 a layer"


class Terminal(io.StringIO):
    """A text that is taken for a terminal."""

    def isatty(self) -> bool:
        return True


def printed(text: str, stream: io.StringIO, indent: int = 2) -> list[str]:
    with redirect_stdout(stream):
        say(text, indent=indent)
    return stream.getvalue().splitlines()


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")


def test_a_file_gets_one_line() -> None:
    assert printed(SENTENCE * 9, io.StringIO()) == [SENTENCE * 9]


def test_a_terminal_gets_lines_that_fit_and_begin_below_the_text() -> None:
    lines = ["small  vanishes: the signal", "       shrinks by 0.0577 a", "       layer"]
    assert printed(SENTENCE, Terminal(), indent=7) == lines


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (io.StringIO, ["error: small vanishes: the signal shrinks by 0.0577 a layer"]),
        (Terminal, ["error: small vanishes: the", "  signal shrinks by 0.0577 a", "  layer"]),
    ],
)
def test_mistakes_are_sentences_too(stream: type[io.StringIO], lines: list[str]) -> None:
    with redirect_stderr(stream()) as errors, pytest.raises(SystemExit), one_line_each():
        raise MemoryError(SENTENCE)
    assert errors.getvalue().splitlines() == lines


def test_what_is_indented_stays_so_and_goes_on_below_itself() -> None:
    assert printed("  numbers stay numbers of Python here", Terminal()) == [
        "  numbers stay numbers of",
        "    Python here",
    ]


def test_lines_are_never_too_long_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    assert 80 < max(map(len, printed(SENTENCE * 9, Terminal()))) <= 100


def test_a_word_is_not_broken() -> None:
    word = "x" * 40 + "-" + "y" * 40
    assert printed(f"loss {word}", Terminal()) == ["loss", f"  {word}"]
