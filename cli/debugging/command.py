"""What a command of the debugger is, what it works on, and how its arguments are read."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Protocol

from micrograd_plus.engine import Node
from micrograd_plus.session import Session
from micrograd_plus.session_history import Change

if TYPE_CHECKING:
    from micrograd_plus.quiz import Quiz

WIDTH = 80  # columns, where a terminal does not say how many it has
MOST_ROWS = 20
NOT_YET = "not yet"


class Progress(Protocol):
    """Shows how far something has come while the numbers that it gives are worked through."""

    def __call__(self, what: str, count: int) -> AbstractContextManager[Iterable[int]]:
        """Give the numbers from 0 to `count`, for a block that does `what`."""


def silently(what: str, count: int) -> AbstractContextManager[Iterable[int]]:
    """Show nothing: a `Progress` for scripts."""
    return nullcontext(range(count))


@dataclass(slots=True)
class Dialog:
    """A session and what a conversation about it has to remember.

    `moved_from` is where the last move began, `change` what was set last, None after a move; `progress` shows what
    takes long.
    """

    session: Session
    title: str = ""
    progress: Progress = silently
    moved_from: int = 0
    change: Change | None = None
    quiz: Quiz | None = None
    is_over: bool = False
    depth: int = 0  # of files of commands that run each other
    columns: int = WIDTH  # of the terminal

    def __post_init__(self) -> None:
        self.moved_from = self.session.debugger.at


def unpinned_root(dialog: Dialog, what: str) -> Node:
    """Return the root for `what` knows no pins and would show other gradients; ValueError if there are any."""
    session = dialog.session
    if session.pinned:
        names = ", ".join(session.debugger.names[node] for node in session.pinned)
        raise ValueError(f"{what} shows the graph without pins, and {names} is pinned: unset it first")
    return session.root


class Words(Enum):
    """What can stand as the argument of a command, for completion."""

    NONE = auto()
    COMMANDS = auto()
    NODES = auto()
    FORMULA = auto()
    PINNED = auto()
    STOPS = auto()
    WHY = auto()
    MISTAKES = auto()
    FILES = auto()


@dataclass(frozen=True, slots=True)
class Command:
    """One command: `run` takes the dialog and what stands behind the name, and returns the answer.

    `usage` shows the arguments. A mistake of the user's is a TypeError, ValueError, RuntimeError or OSError.
    """

    name: str
    run: Callable[[Dialog, str], str]
    help: str
    example: str
    usage: str = ""
    aliases: tuple[str, ...] = ()
    reverse: str = ""
    words: Words = Words.NONE


def count_in(text: str, command: str) -> int:
    """Return the number of times that is meant: 1 if `text` is empty; ValueError if it is no such number."""
    if not text:
        return 1
    return whole(text, f"{command} wants how often, a whole number of at least 1", least=1)


def whole(text: str, wanted: str, least: int = 0) -> int:
    """Return a whole number; ValueError with what is `wanted` if `text` is none, or if it is too small."""
    number = text.strip().replace(",", "")
    if not (number.isascii() and number.isdigit()) or len(number) > 15 or int(number) < least:
        raise ValueError(f"{wanted}, got {shown(text)}")
    return int(number)


def nothing_in(text: str, command: str) -> None:
    """Raise a ValueError unless `text` is empty."""
    if text:
        raise ValueError(f"{command} takes no argument, got {shown(text)}")


def something_in(text: str, command: str, wanted: str, example: str) -> str:
    """Return `text`; ValueError if it is empty."""
    if not text:
        raise ValueError(f"{command} wants {wanted}, as in: {example}")
    return text


def shown(text: str) -> str:
    """Return a user's text as it can stand in an answer."""
    return repr(clipped(text, 40))


def clipped(line: str, columns: int) -> str:
    """Return a line that ends with an ellipsis where it would be longer than so many columns."""
    return line if len(line) <= columns else f"{line[: columns - 1]}…"


def wrapped(text: str, columns: int) -> str:
    """Return a text with its long lines broken between words, and what follows set in."""
    lines = text.splitlines()
    return "\n".join(textwrap.fill(x, columns, subsequent_indent="    ") if len(x) > columns else x for x in lines)


def cut_rows(rows: Sequence[Any], most: int, noun: str) -> list[str]:
    """Return a line that says how many rows are left out, if there are more than `most`."""
    return [f"... and {len(rows) - most:,} more {noun}"] if len(rows) > most else []
