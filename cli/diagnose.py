"""`micrograd-plus diagnose`: what is wrong with the graph of a script, a sentence each."""

from __future__ import annotations

import sys

import click

from micrograd_plus import diagnosis
from micrograd_plus.cli.completion import a_file
from micrograd_plus.cli.errors import FOUND, taken_as_mistakes
from micrograd_plus.cli.script import node_of
from micrograd_plus.cli.sentences import say


@click.command()
@click.argument("source", metavar="SCRIPT.py[:NAME]", shell_complete=a_file)
def diagnose(source: str) -> None:
    """Tell what is wrong with a loss: the first nan or inf, dead or saturated units, vanishing gradients, ...

    \b
    micrograd-plus diagnose train.py:loss

    A script is run as Python runs it, so run only what you trust; NAME (default: loss) is a Value, a Tensor, or a
    function of no arguments that returns one. Exits with status 1 if anything was found.
    """
    root = node_of(source)
    with taken_as_mistakes():
        found = diagnosis.diagnose(root.refresh())
    for line in repr(found).split("\n"):
        say(line)
    if found:
        sys.exit(FOUND)
