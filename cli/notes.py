"""What a user should know of a file that can be used."""

from __future__ import annotations

from collections.abc import Iterable

import click


def echo_notes(notes: Iterable[str]) -> None:
    """Print notes on stderr, a line each."""
    for note in notes:
        click.echo(f"note: {note}", err=True)
