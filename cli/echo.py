"""What is printed: whatever a text holds, the terminal only shows it."""

from __future__ import annotations

import sys

import click

from micrograd_plus.cli.plain_text import writable


def echo(line: str, *, err: bool = False) -> None:
    """Print a line; signs that would do something to the terminal, end the line or reorder it become `?`."""
    echo_lines(line.replace("\n", "?"), err=err)


def echo_lines(text: str, *, err: bool = False) -> None:
    """Print lines, as `echo` prints one."""
    stream = sys.stderr if err else sys.stdout
    click.echo(writable(text, getattr(stream, "encoding", None) or "utf-8"), err=err)
