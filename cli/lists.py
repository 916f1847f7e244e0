"""Lists with commas as values of options."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

T = TypeVar("T")


def list_of(
    kind: Callable[[str], T], wanted: str
) -> Callable[[click.Context, click.Parameter, str | None], tuple[T, ...] | None]:
    """Return a callback for click that takes a list such as 0.1,0.3 apart; an error says that `wanted` is wanted."""

    def parsed(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[T, ...] | None:
        if text is None:
            return None
        try:
            return tuple(kind(part.strip()) for part in text.split(","))
        except ValueError:
            raise click.BadParameter(f"{text!r} is no list of {wanted}", ctx, param) from None

    return parsed


numbers = list_of(float, "numbers such as 0.1,1")


def names(ctx: click.Context, param: click.Parameter, text: str) -> tuple[str, ...]:
    """Return the names in a list such as "relu,tanh", each once; for click."""
    found = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not found:
        raise click.BadParameter("wanted at least one name", ctx, param)
    return found
