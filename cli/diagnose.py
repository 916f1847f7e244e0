"""`micrograd-plus diagnose`: what is wrong with the graph of a script, a sentence each."""

from __future__ import annotations

import sys

import click

from micrograd_plus import diagnosis
from micrograd_plus.cli.echo import echo_lines
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.script import is_script, node_of

FOUND = 1


@click.command()
@click.argument("source", metavar="SCRIPT.py[:NAME]")
def diagnose(source: str) -> None:
    """Tell what is wrong with a loss: the first nan or inf, dead or saturated units, vanishing gradients, ...

    \b
    micrograd-plus diagnose train.py:loss

    A script is run as Python runs it, so run only what you trust; NAME (default: loss) is a Value, a Tensor, or a
    function of no arguments that returns one. Exits with status 1 if anything was found.
    """
    if not is_script(source):
        raise click.UsageError(f"wanted a script such as train.py:loss, got {source!r}")
    root = node_of(source)
    with taken_as_mistakes():
        found = diagnosis.diagnose(root.refresh())
    echo_lines(repr(found))
    if found:
        sys.exit(FOUND)
