"""The command `micrograd-plus`: one file a command, loaded when it is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from micrograd_plus import __version__
from micrograd_plus.cli.errors import one_line_each
from micrograd_plus.suggestions import did_you_mean

# What `--help` says of each, here so that it need not load them: a module, its function and its command have one name.
COMMANDS = {
    "demo": "Train a small network, draw its gradients and its decision boundary.",
    "train": "Train a classifier on a toy problem or on a CSV file.",
    "predict": "Predict the classes of a CSV file's rows with a trained model.",
    "graph": "Draw an expression with all its values and gradients.",
    "step": "Walk through the backward pass, forwards and back; ask why; change numbers.",
    "compile": "Turn a loss into a NumPy program, and print it.",
    "diagnose": "Tell what is wrong with a loss: nan, dead or saturated units, vanishing gradients.",
    "doctor": "Tell what pictures are drawn with, and what is missing.",
}


class CommandLine(click.Group):
    """The group of `COMMANDS`, which answers a user's mistake in one line and with exit status 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        if cmd_name not in COMMANDS:
            known = did_you_mean(cmd_name, COMMANDS) or f"; the commands are {', '.join(COMMANDS)}"
            raise click.UsageError(f"no such command {cmd_name!r}{known}")
        command: click.Command = getattr(import_module(f"micrograd_plus.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

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
        with one_line_each():
            sys.exit(super().main(args, prog_name, complete_var, standalone_mode=False, **extra))


@click.group(cls=CommandLine, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
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
