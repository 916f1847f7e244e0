"""`micrograd-plus step`: walk through the backward pass of an expression, a script's graph, or a saved session."""

from __future__ import annotations

import io
from pathlib import Path

import click

from micrograd_plus.cli.completion import a_file
from micrograd_plus.cli.debugging.command import Dialog
from micrograd_plus.cli.errors import taken_as_mistakes
from micrograd_plus.cli.minus import Minus
from micrograd_plus.cli.named_path import NamedPath
from micrograd_plus.cli.repl import run, run_script
from micrograd_plus.cli.sources import assignments, root_of
from micrograd_plus.input_file import open_regular
from micrograd_plus.session import Session

SAVED = ".json"


@click.command(cls=Minus)
@click.argument("source", metavar="EXPRESSION|SCRIPT.py[:NAME]|SESSION.json", shell_complete=a_file)
@click.option("--at", "values", multiple=True, callback=assignments, metavar="NAME=NUMBER", help="The value of a name.")
@click.option(
    "--commands",
    "script",
    type=NamedPath(exists=True, dir_okay=False),
    metavar="FILE",
    help="Do the commands in FILE, a line each, and end.",
)
def step(source: str, values: dict[str, float], script: Path | None) -> None:
    """Walk through the chain rule, forwards and back; ask why; change numbers.

    \b
    micrograd-plus step "tanh(x*w + b)" --at x=2 --at w=-3 --at b=1
    micrograd-plus step neuron.py:loss
    micrograd-plus step neuron.py:loss --commands walk.txt > walk.log

    A script is run as Python runs it, so run only what you trust; NAME (default: loss) is a Value, a Tensor, or a
    function of no arguments that returns one. In the session, `help` lists the commands. Commands come from the
    terminal, from FILE, or from a pipe; then each is written out with its answer, and the first mistake ends it with
    status 2.
    """
    dialog = begun(source, values)
    if script is None:
        run(dialog)
        return
    with io.TextIOWrapper(open_regular(script), encoding="utf-8-sig", errors="replace") as lines:
        run_script(dialog, lines, str(script))


def begun(source: str, values: dict[str, float]) -> Dialog:
    """Return a dialog about what `source` names, at its beginning; errors are the user's mistakes."""
    if source.endswith(SAVED):
        from micrograd_plus.saved_session import load_session

        if values:
            raise click.UsageError("--at is for expressions; a session holds its values")
        return Dialog(load_session(source), source)
    root = root_of(source, values)
    with taken_as_mistakes():
        return Dialog(Session(root.refresh()), source)
