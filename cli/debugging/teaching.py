"""Commands to learn by: what classic mistakes do to a graph, and a quiz."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from micrograd_plus.cli.debugging.command import Command, Dialog, Words, something_in, unpinned_root, wrapped

if TYPE_CHECKING:
    from micrograd_plus.museum import Exhibit

SHEET = "--sheet"
QUIZ_WORDS = ("hint", "reveal", "stop")  # that are offered; quizzed() takes shorter ones too
QUIZ_HELP = f"Type a number or a fraction, or: {', '.join(QUIZ_WORDS)}."


def _museum(dialog: Dialog, text: str) -> str:
    from micrograd_plus.museum import MISTAKES, exhibit

    if not text:
        width = max(map(len, MISTAKES))
        listed = [
            textwrap.fill(f"  {name:<{width}}  {mistake.written}", dialog.columns, subsequent_indent=" " * (width + 4))
            for name, mistake in MISTAKES.items()
        ]
        return "\n".join(["classic mistakes; museum NAME shows what one does to this graph:", *listed])
    name, _, path = text.partition(" ")
    made = exhibit(dialog.session.root, name, dialog.session.pinned)
    told = wrapped(repr(made), dialog.columns)
    return f"{told}\n\n{_pictured(dialog, made, path.strip())}" if path else told


def _pictured(dialog: Dialog, made: Exhibit, path: str) -> str:
    """Write the picture of the graph with the wrong gradients, around the first of them."""
    from micrograd_plus.viz.drawing import draw

    saved = [(node, node.grad) for node in dialog.session.debugger.recording.nodes]
    try:
        for node, gradient in made.wrong.items():
            node.grad = gradient
        with dialog.progress("drawing", 1):
            draw(made.root, focus=made.first).save(path)
    finally:
        for node, gradient in saved:
            node.grad = gradient
    return f"wrote {path}: the wrong gradients, around the first of them"


def _quiz(dialog: Dialog, text: str) -> str:
    from micrograd_plus.quiz import Quiz

    if text.startswith(SHEET):
        return _sheet(dialog, text.removeprefix(SHEET).strip())

    dialog.quiz = Quiz(dialog.session.root, of=text or "all", pinned=dialog.session.pinned)
    count = len(dialog.quiz)
    told = f"{count} gradient{' is' if count == 1 else 's are'} asked for. {QUIZ_HELP}"
    return f"{told}\n\n{dialog.quiz.question}"


def _sheet(dialog: Dialog, path: str) -> str:
    from micrograd_plus.viz.worksheet import quiz_sheet

    something_in(path, f"quiz {SHEET}", "a file", f"quiz {SHEET} sheet.pdf")
    return f"wrote {' and '.join(map(str, quiz_sheet(unpinned_root(dialog, 'a sheet'), path)))}"


def quizzed(dialog: Dialog, line: str) -> str:
    """Return the answer to a line that is typed while a quiz is on."""
    quiz = dialog.quiz
    assert quiz is not None, "asked only during a quiz"
    match line:
        case "stop" | "quit" | "q" | "exit":
            dialog.quiz = None
            return f"the quiz is over: {quiz.score}"
        case "hint" | "h":
            return quiz.hint()
        case "" | "help" | "?":
            return f"{QUIZ_HELP}\n\n{quiz.question}"
        case "reveal" | "skip":
            told = quiz.reveal()
        case _:
            if not quiz.answer(line):
                return "no; try again, hint or reveal"
            told = "right"
    if quiz.current:
        return f"{told}\n\n{quiz.question}"
    dialog.quiz = None
    return f"{told}\n\nthe quiz is over: {quiz.score}"


COMMANDS = (
    Command(
        "museum",
        _museum,
        "Make a classic mistake on this graph, see which gradients go wrong, and draw them into FILE.",
        "museum overwrite",
        usage="[MISTAKE [FILE]]",
        words=Words.MISTAKES,
    ),
    Command(
        "quiz",
        _quiz,
        "Be asked for the gradients, one after the other, or print a sheet that asks for them.",
        "quiz leaves",
        usage="[all | leaves | parameters | --sheet FILE]",
    ),
)
