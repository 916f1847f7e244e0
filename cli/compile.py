"""`micrograd-plus compile`: the program that a script's loss becomes, its source and what was made of its graph."""

from __future__ import annotations

from pathlib import Path

import click

from micrograd_plus.cli.completion import a_file
from micrograd_plus.cli.echo import echo, echo_lines
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.named_path import NamedPath
from micrograd_plus.cli.script import node_of
from micrograd_plus.cli.sentences import say
from micrograd_plus.compiler import compilation


@click.command()
@click.argument("source", metavar="SCRIPT.py[:NAME]", shell_complete=a_file)
@click.option("--source", "only", flag_value="source", help="Print the source alone.")
@click.option("--report", "only", flag_value="report", help="Print the report alone.")
@click.option(
    "--save",
    "folder",
    type=NamedPath(file_okay=False),
    metavar="DIR",
    help="Write step.py and arrays.npz, which run with NumPy alone.",
)
def compile(source: str, only: str | None, folder: Path | None) -> None:  # noqa: A001 - the command's name
    """Turn a loss into a NumPy program that runs forward and backward; print its source and how it came about.

    \b
    micrograd-plus compile train.py:loss
    micrograd-plus compile train.py:loss --source > step.py
    micrograd-plus compile train.py:loss --save program

    A script is run as Python runs it, so run only what you trust; NAME (default: loss) is a Value, a Tensor, or a
    function of no arguments that returns one. Gradients are those of its parameters (nn.leaves.parameter); where it
    has none, of all its leaves.
    """
    root = node_of(source)
    with taken_as_mistakes():
        program = compilation.compile(root.refresh())
    if only != "report":
        echo_lines(program.source.rstrip("\n"))
    if not only:
        echo("")
    if only != "source":
        for line in program.report().rstrip("\n").split("\n"):
            say(line)
    if folder is not None:
        program.save(folder)
        echo(f"wrote {folder / 'step.py'}, arrays.npz", err=only == "source")
