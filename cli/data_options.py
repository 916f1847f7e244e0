"""The options that say how a command reads a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from micrograd_plus.cli.completion import one_of
from micrograd_plus.tables.reading import WAYS

_Command = TypeVar("_Command", bound=Callable[..., Any])

_TARGET = click.option("--target", metavar="NAME", help="The label column of a CSV file.  [default: the last one]")
_MISSING = click.option(
    "--missing",
    default="error",
    show_default=True,
    metavar="WAY",
    shell_complete=one_of(WAYS),
    help="For empty cells, NA, ? and the like in a CSV file: error, drop (their rows) or mean (of the column).",
)


def data_options(command: _Command) -> _Command:
    """Give a command the options `--target` and `--missing`, as `data.load` takes them."""
    return _TARGET(_MISSING(command))
