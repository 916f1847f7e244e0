"""Transcripts of the debugger: read, said again, and written anew."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from micrograd_plus.cli import step as step_command
from micrograd_plus.cli.conversation import Conversation
from micrograd_plus.cli.debug_commands import prompt
from micrograd_plus.cli.debugging.command import Dialog

FOLDER = Path(__file__).parent / "golden" / "sessions"
SCRIPTS = sorted(FOLDER.glob("*.py"))
_PROMPT = re.compile(r"\((?:f?\d+/\d+|quiz \d+/\d+)\) ")


class Exchange(NamedTuple):
    """What was said, behind which prompt, and what came back."""

    prompt: str
    line: str
    answer: str


class Transcript(NamedTuple):
    """A session: the command that began it, and all that was said."""

    command: str
    exchanges: tuple[Exchange, ...]

    def __str__(self) -> str:
        said = [f"{e.prompt}{e.line}\n{e.answer}".rstrip("\n") for e in self.exchanges]
        return "\n".join([f"$ {self.command}", *said]) + "\n"


def read(text: str) -> Transcript:
    """Return the transcript that a text holds: a line with `$ micrograd-plus step ...`, then prompts and answers."""
    first, *lines = text.strip("\n").split("\n")
    exchanges: list[Exchange] = []
    for line in lines:
        if match := _PROMPT.match(line):
            exchanges.append(Exchange(match[0], line[match.end() :], ""))
        else:
            last = exchanges[-1]
            exchanges[-1] = last._replace(answer=f"{last.answer}\n{line}" if last.answer else line)
    return Transcript(first.removeprefix("$ "), tuple(exchanges))


def dialog_of(command: str) -> Dialog:
    """Return the dialog that `micrograd-plus step ...` begins, in the present folder."""
    program, subcommand, *arguments = shlex.split(command)
    assert (program, subcommand) == ("micrograd-plus", "step"), command
    context = step_command.step.make_context("step", arguments)
    return step_command.begun(context.params["source"], context.params["values"])


def said_again(command: str, lines: Iterable[str]) -> Transcript:
    """Return the transcript of saying these lines now."""
    dialog = dialog_of(command)
    conversation = Conversation(dialog)
    exchanges = []
    for line in lines:
        shown = prompt(dialog)
        reply = conversation.reply(line)
        problem = f"error: {reply.problem}" if reply.problem else ""
        exchanges.append(Exchange(shown, line, "\n".join(part for part in (reply.text, problem) if part)))
    return Transcript(command, tuple(exchanges))
