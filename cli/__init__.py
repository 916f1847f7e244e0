"""The command `micrograd-plus`: one file a command, loaded when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from micrograd_plus import __version__
from micrograd_plus.cli.errors import STATUSES, one_line_each
from micrograd_plus.cli.late_group import LateGroup

COMMANDS = {
    "demo": "Train a small network; draw its gradients and its boundary.",
    "train": "Train a classifier on a toy problem or on a CSV file.",
    "predict": "Predict the classes of a CSV file's rows with a trained model.",
    "export": "Write a trained model as ONNX, C, Python, or in PyTorch's layout.",
    "lab": "Experiments: learning rate, batch size, optimizer, ..., measured.",
    "sweep": "Train over a grid of settings and seeds, on all cores.",
    "graph": "Draw an expression with all its values and gradients.",
    "step": "Walk through the backward pass, both ways; ask why; change data.",
    "compile": "Turn a loss into a NumPy program, and print it.",
    "diagnose": "Tell what is wrong with a loss: nan, dead units, tiny gradients.",
    "doctor": "Tell what pictures are drawn with, and what is missing.",
}


class CommandLine(LateGroup):
    """The group of `COMMANDS`, which answers a user's mistake in one line and with exit status 2."""

    home, kind, summaries = "micrograd_plus.cli", "command", COMMANDS

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        _open_closed_streams()
        with one_line_each():
            sys.exit(super().main(args, prog_name, complete_var, standalone_mode=False, **extra))


def _open_closed_streams() -> None:
    """Let output go nowhere where it has been closed (`>&-`): Python then has None in its place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # until the process ends


@click.group(
    cls=CommandLine,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Exit status: {', '.join(f'{status} {text}' for status, text in STATUSES.items())}.",
)
@click.version_option(__version__, prog_name="micrograd-plus")
@click.pass_context
def main(ctx: click.Context) -> None:
    """See every gradient, then make it fast.

    \b
    micrograd-plus demo
    micrograd-plus COMMAND --help
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
