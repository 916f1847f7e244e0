"""The debugger's table of commands, and how a line is understood: names, aliases, beginnings of names, help."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from micrograd_plus.cli.debugging import (
    changing,
    explaining,
    keeping,
    listing,
    looking,
    moving,
    picturing,
    stopping,
    teaching,
)
from micrograd_plus.cli.debugging.command import WIDTH, Command, Dialog, Words, shown, something_in
from micrograd_plus.cli.debugging.keeping import CommandFileError, lines_of
from micrograd_plus.cli.debugging.positions import coming, position, short_position
from micrograd_plus.cli.debugging.teaching import quizzed
from micrograd_plus.cli.errors import message_of
from micrograd_plus.suggestions import did_you_mean
from micrograd_plus.texts import listed

_GLUE = "\N{NO-BREAK SPACE}"
_SMALL = 12  # nodes of a graph that is shown at once
_LONGEST_EXAMPLE = 10  # of a name on the first screen

MISTAKES = (TypeError, ValueError, RuntimeError, OSError)  # what the library answers a user's mistakes with


def answer(dialog: Dialog, line: str) -> str:
    """Do what a line says and return the answer; a user's mistake is raised as one of `MISTAKES`."""
    line = line.strip()
    if dialog.quiz:
        return quizzed(dialog, line)
    name, arguments = split(line)
    return found(name).run(dialog, arguments) if name else ""


def split(line: str) -> tuple[str, str]:
    """Return the name of the command in a line and what stands behind it.

    >>> split("p x.grad"), split("?why"), split("  ")
    (('p', 'x.grad'), ('?', 'why'), ('', ''))
    """
    line = line.strip()
    if line.startswith("?"):
        return "?", line[1:].strip()
    name, _, arguments = line.partition(" ")
    return name, arguments.strip()


def found(name: str) -> Command:
    """Return the command of a name, an alias, or the beginning of one name; ValueError with the close ones."""
    key = name.lower()
    if key in _BY_NAME:
        return _BY_NAME[key]
    beginnings = [command for command in TABLE if command.name.startswith(key)]
    if len(beginnings) == 1:
        return beginnings[0]
    if beginnings:
        raise ValueError(f"{name} can mean {listed([command.name for command in beginnings], 'or')}")
    hint = did_you_mean(name, _BY_NAME) or ": help lists them"
    raise ValueError(f"no command {shown(name)}{hint}")


def prompt(dialog: Dialog) -> str:
    """Return what stands before the user's next line: the position, as `goto` takes it."""
    if dialog.quiz:
        return f"(quiz {dialog.quiz.score.asked + 1}/{len(dialog.quiz)}) "
    return f"({short_position(dialog.session.debugger)}) "


def greeting(dialog: Dialog) -> str:
    """Return the first screen: what is debugged, where one is, and what to type."""
    debugger = dialog.session.debugger
    nodes, count = len(debugger.recording.nodes), len(debugger) - debugger.start
    title = textwrap.shorten(dialog.title or debugger.names[debugger.root], WIDTH - 30, placeholder=" ...")
    lines = [f"{title} = {looking.in_digits(debugger.root.data)}: {nodes:,} nodes, {count:,} steps back"]
    if nodes <= _SMALL:
        lines += ["", picturing.tree(dialog, debugger.root), ""]
    names = [name for name, _ in dialog.session.params()]
    example = next((name for name in names if len(name) < _LONGEST_EXAMPLE), "NODE")
    lines.append(f"{position(debugger)}, next: {coming(debugger) or 'nothing'}")
    lines.append(f"type s (step), back, n (next), c (continue), why {example}, tree, help or q (quit)")
    return "\n".join(lines)


# --- help and files of commands, which know the table -----------------------------------------------------------------


def _help(dialog: Dialog, text: str) -> str:
    if text:
        return _help_on(found(text))
    lines: list[str] = []
    for title, commands in _SUBJECTS.items():
        names = [_with_alias(command) for command in commands]
        listed = textwrap.wrap(
            f"{title:<9}" + ", ".join(names), WIDTH, subsequent_indent=" " * 9, break_on_hyphens=False
        )
        lines += [line.replace(_GLUE, " ") for line in listed]
    return "\n".join([*lines, "", "help COMMAND tells more. An empty line does the last command again."])


def _with_alias(command: Command) -> str:
    return f"{command.name}{_GLUE}({min(command.aliases, key=len)})" if command.aliases else command.name


def _help_on(command: Command) -> str:
    lines = [f"{command.name} {command.usage}".rstrip(), *textwrap.wrap(command.help, WIDTH)]
    lines.append(f"example: {command.example}")
    if command.aliases:
        lines.append(f"short:   {', '.join(command.aliases)}")
    if command.reverse:
        lines.append(f"reverse: {command.reverse}")
    return "\n".join(lines)


def _commands(dialog: Dialog, text: str) -> str:
    path = something_in(text, "commands", "a file", "commands walk.txt")
    if dialog.depth >= keeping.DEEPEST:
        raise ValueError(f"{path}: files of commands run each other more than {keeping.DEEPEST} deep")
    answers: list[str] = []
    dialog.depth += 1
    try:
        for number, line in lines_of(path):
            echo = f"{prompt(dialog)}{line}"
            try:
                answers += [echo, answer(dialog, line)]
            except CommandFileError as error:  # a file within this one, which says where
                error.answers = _inset([*answers, echo, error.answers])
                raise
            except MISTAKES as error:
                raise CommandFileError(path, number, message_of(error), _inset([*answers, echo])) from error
            if dialog.is_over:
                break
    finally:
        dialog.depth -= 1
    return _inset(answers)


def _inset(answers: Iterable[str]) -> str:
    return textwrap.indent("\n".join(answer for answer in answers if answer), "  ")


_HELP = Command(
    "help",
    _help,
    "List the commands, or tell what one does.",
    "help why",
    usage="[COMMAND]",
    aliases=("h", "?"),
    words=Words.COMMANDS,
)
_FILE = Command(
    "commands",
    _commands,
    "Do the commands in a file, a line each; # begins a comment. The first mistake ends it.",
    "commands walk.txt",
    usage="FILE",
    words=Words.FILES,
)

_SUBJECTS: dict[str, tuple[Command, ...]] = {
    "move": moving.COMMANDS,
    "stop": stopping.COMMANDS,
    "look": (*looking.COMMANDS, *listing.COMMANDS, *picturing.COMMANDS),
    "explain": explaining.COMMANDS,
    "learn": teaching.COMMANDS,
    "change": changing.COMMANDS,
    "keep": (*keeping.COMMANDS, _FILE, _HELP),
}
TABLE: tuple[Command, ...] = tuple(command for commands in _SUBJECTS.values() for command in commands)
_BY_NAME = {name: command for command in TABLE for name in (command.name, *command.aliases)}
