"""What a shell offers for an argument when Tab is pressed; click asks, once the shell has been told of the command."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def a_file(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Leave it to the shell, which knows the files."""
    return [CompletionItem(begun, type="file")]


def one_of(*lists: Iterable[str]) -> Offer:
    """Offer the names that begin so."""
    names = [name for names in lists for name in names]

    def offer(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in names if name.startswith(begun)]

    return offer


def one_of_or_a_file(*lists: Iterable[str]) -> Offer:
    """Offer the names that begin so, and files where there is none."""
    names = one_of(*lists)

    def offer(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
        return names(ctx, param, begun) or a_file(ctx, param, begun)

    return offer
