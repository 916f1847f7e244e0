"""Lines and replies: what every front of the debugger has in common."""

from __future__ import annotations

from dataclasses import dataclass

from micrograd_plus.cli.debug_commands import MISTAKES, answer
from micrograd_plus.cli.debugging.command import Dialog
from micrograd_plus.cli.debugging.keeping import CommandFileError
from micrograd_plus.cli.debugging.positions import position
from micrograd_plus.cli.errors import message_of
from micrograd_plus.cli.interrupts import Interrupts

INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back of a line: `text`, and `problem` if something went wrong."""

    text: str = ""
    problem: str = ""


class Conversation:
    """Lines and replies; an empty line says the last one again."""

    def __init__(self, dialog: Dialog) -> None:
        self.dialog = dialog
        self._last = ""

    def reply(self, line: str) -> Reply:
        """Do what a line says, whatever comes of it; Ctrl-C ends what takes too long."""
        line = line.strip()
        if not self.dialog.quiz:
            line = self._last = line or self._last
        with Interrupts() as interrupts:  # one ends the command; the impatient ones behind it spoil no cleaning up
            try:
                with interrupts.let_through():
                    return Reply(answer(self.dialog, line))
            except CommandFileError as error:
                return Reply(error.answers, message_of(error))
            except MISTAKES as error:
                return Reply(problem=message_of(error))
            except KeyboardInterrupt as interrupt:
                debugger = self.dialog.session.debugger
                debugger.renew(self.dialog.session.pinned)  # gradients were perhaps on their way to another position
                when = f" {interrupt}" if str(interrupt) else ""
                return Reply(problem=f"{INTERRUPTED}{when}, at {position(debugger)}")
