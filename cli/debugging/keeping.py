"""Commands that keep a session: files, and files of commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from micrograd_plus.cli.debugging.command import Command, Dialog, Words, nothing_in, shown, something_in, unpinned_root
from micrograd_plus.cli.debugging.positions import position
from micrograd_plus.cli.debugging.stopping import breakpoints_listed
from micrograd_plus.input_file import read_whole

DEEPEST = 8  # files of commands that run each other
COMMENT = "#"


class CommandFileError(ValueError):
    """A line in a file of commands that went wrong: nothing behind it is done. `answers` are those up to there."""

    def __init__(self, path: str, number: int, message: str, answers: str = "") -> None:
        super().__init__(f"{path}, line {number}: {message}")
        self.answers = answers


def lines_of(path: str) -> Iterator[tuple[int, str]]:
    """Yield each command in a file with its number; empty lines and comments are none. Raises OSError, ValueError."""
    try:
        text = read_whole(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no text in UTF-8") from None
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith(COMMENT):
            yield number, line.strip()


def _save(dialog: Dialog, text: str) -> str:
    from micrograd_plus.saved_session import save_session

    path = something_in(text, "save", "a file", "save session.json")
    debugger = dialog.session.debugger
    match Path(path).suffix.lower():
        case ".json":
            save_session(dialog.session, path)
        case ".html":
            _save_player(dialog, path)
        case _:
            raise ValueError(
                f"save wants a file that ends in .json (the session) or .html (the player), got {shown(path)}"
            )
    return f"wrote {path}, at {position(debugger)}"


def _save_player(dialog: Dialog, path: str) -> None:
    """Write the player, at this very step unless the graph is so large that it is played layer by layer."""
    from micrograd_plus.viz.playback import MOST_IN_FULL
    from micrograd_plus.viz.players import player

    root, debugger = unpinned_root(dialog, "the player"), dialog.session.debugger
    if len(debugger.recording.nodes) > MOST_IN_FULL:
        player(root, path)
    else:
        # One frame of the player says that the backward pass begins.
        start = debugger.at + (debugger.at >= debugger.start)
        player(root, path, by="contribution", start=start)


def _load(dialog: Dialog, text: str) -> str:
    from micrograd_plus.saved_session import load_session

    path = something_in(text, "load", "a file that save wrote", "load session.json")
    dialog.session = load_session(path)
    dialog.title, dialog.change = path, None
    dialog.moved_from = dialog.session.debugger.at
    return f"{path}: {position(dialog.session.debugger)}\n{breakpoints_listed(dialog)}"


def _quit(dialog: Dialog, text: str) -> str:
    nothing_in(text, "quit")
    dialog.is_over = True
    return ""


COMMANDS = (
    Command(
        "save",
        _save,
        "Save the session (.json: graph, numbers, history, breakpoints) or a page that plays it (.html).",
        "save session.json",
        usage="FILE",
        reverse="load",
        words=Words.FILES,
    ),
    Command(
        "load",
        _load,
        "Go on with a saved session in place of this one.",
        "load session.json",
        usage="FILE",
        reverse="save",
        words=Words.FILES,
    ),
    Command("quit", _quit, "End the session; Ctrl-D does it too.", "quit", aliases=("q", "exit")),
)
