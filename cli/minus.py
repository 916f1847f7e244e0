"""A command whose argument may begin with a minus."""

from __future__ import annotations

import re

import click


class Minus(click.Command):
    """A command that takes `-x*y` for its argument where click would look for an option -x."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption:
            rearranged = self._rearranged(given)
            if rearranged is None:
                raise
            return super().parse_args(ctx, rearranged)

    def _rearranged(self, args: list[str]) -> list[str] | None:
        """Return the arguments with the one that begins with a minus at the end, after "--"; None if there is none."""
        options = [option for option in self.params if isinstance(option, click.Option)]
        taking = {name for option in options if not option.is_flag for name in option.opts}
        is_value = [False, *(arg in taking for arg in args)]
        found = [k for k, arg in enumerate(args) if re.match(r"-[^-]", arg) and not is_value[k] and arg not in taking]
        others = [k for k, arg in enumerate(args) if not arg.startswith("-") and not is_value[k]]
        if len(found) != 1 or others or "--" in args:
            return None  # an option that there is not
        [k] = found
        return [*args[:k], *args[k + 1 :], "--", args[k]]
