"""A group of commands, each loaded from a module of its own when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from micrograd_plus.suggestions import did_you_mean


class LateGroup(click.Group):
    """A group of `summaries`, what `--help` says of each command, so that it need not load them.

    A module of the package `home`, its function and its command have one name; `kind` is what a command is called.
    """

    home: str
    kind: str
    summaries: Mapping[str, str]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        if cmd_name not in self.summaries:
            every = f"; the {self.kind}s are {', '.join(self.summaries)}"
            raise click.UsageError(f"no such {self.kind} {cmd_name!r}{did_you_mean(cmd_name, self.summaries) or every}")
        command: click.Command = getattr(import_module(f"{self.home}.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(f"{self.kind.capitalize()}s"):
            formatter.write_dl(list(self.summaries.items()))
