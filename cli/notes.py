"""What a user should know of a file that can be used."""

from __future__ import annotations

from collections.abc import Iterable

from micrograd_plus.cli.sentences import say


def echo_notes(notes: Iterable[str]) -> None:
    """Print notes on stderr, a sentence each."""
    for note in notes:
        say(f"note: {note}".replace("\n", "?"), err=True)
