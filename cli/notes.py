"""What a user should know of a file that can be used."""

from __future__ import annotations

from collections.abc import Iterable

from micrograd_plus.cli.echo import echo


def echo_notes(notes: Iterable[str]) -> None:
    """Print notes on stderr, a line each."""
    for note in notes:
        echo(f"note: {note}", err=True)
