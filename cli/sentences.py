"""Sentences in the terminal, broken between words; files and pipes get each as one line."""

from __future__ import annotations

import shutil
import sys
import textwrap

from micrograd_plus.cli.echo import echo_lines

_WIDEST = 100  # columns; longer lines are hard to read


def say(text: str, *, indent: int = 2, err: bool = False) -> None:
    """Print a sentence; where it is more than one line of a terminal, the others begin `indent` columns further in."""
    if (sys.stderr if err else sys.stdout).isatty():
        indent += len(text) - len(text.lstrip(" "))
        width = max(min(shutil.get_terminal_size().columns, _WIDEST), 2 * indent)
        text = textwrap.fill(
            text,
            width,
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    echo_lines(text, err=err)
